import { CommError } from "@sweepline/core/CommError"
import * as Reading from "@sweepline/core/Reading"
import { RunId } from "@sweepline/core/RunId"
import * as RunState from "@sweepline/core/RunState"
import type { StopReason } from "@sweepline/core/StopReason"
import type { SweepApi } from "@sweepline/core/SweepApi"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as FileStream from "../FileStream.js"
import * as NodeId from "../NodeId.js"
import { StopRun } from "../operations/StopRun.js"
import { UpsertBucket } from "../operations/UpsertBucket.js"
import * as RetryPolicy from "../RetryPolicy.js"
import { execute } from "../WandbClient.js"
import * as WireFailure from "../WireFailure.js"
import { newRunId } from "./newRunId.js"
import { reportMessage } from "./runReports.js"
import { stopStatus } from "./stopStatus.js"
import type { World } from "./sweepCalls.js"
import { wireConfig } from "./sweepRecords.js"

type RunCalls = Pick<
  SweepApi["Type"],
  "runState" | "runStates" | "createRun" | "requeueRun" | "stopRun" | "stopRequested" | "stopRequests" | "reportRun"
>

/** The calls of `SweepApi` that are about a run. */
export const runCalls = ({ client, place, reads }: World): RunCalls => {
  /** The state of a run for a call that fails with status 404 where there is none. */
  const stateFor = (operation: string, run: RunId) =>
    Effect.catchTag(reads.run({ ...place, run }), "SweepNotFoundError", () => noRun(operation, run))

  const stopRequested = (run: RunId): Effect.Effect<Option.Option<StopReason>, CommError> =>
    Effect.flatMap(stopStatus(client, place, run), (asked) =>
      asked === undefined
        ? noRun(`ask whether run ${run} is to stop`, run)
        : Effect.succeed(asked ? Option.some("Killed") : Option.none())
    )

  return {
    runState: ({ run }) => reads.run({ ...place, run }),

    runStates: ({ runs }) => Reading.ofEach(runs, (run) => Reading.ofRun(reads.run({ ...place, run }))),

    createRun: Effect.fn("WandbSweepApi.createRun")(function* ({ sweep, trial }) {
      yield* reads.sweep({ ...place, sweep })
      // With a name of ours, asking twice creates one run.
      const name = yield* newRunId
      const { upsertBucket } = yield* execute(
        client,
        UpsertBucket,
        { ...place, name, config: wireConfig(trial), sweep, state: "pending" },
        { doing: `create a run of sweep ${sweep}`, policy: RetryPolicy.upsertRun }
      )
      return RunId.make(upsertBucket.bucket.name)
    }),

    requeueRun: Effect.fn("WandbSweepApi.requeueRun")(function* ({ run }) {
      const doing = `put run ${run} back to pending`
      const state = yield* stateFor(doing, run)
      if (Either.isRight(state) && state.right === "pending") return
      yield* execute(
        client,
        UpsertBucket,
        { ...place, name: run, state: "pending" },
        { doing, policy: RetryPolicy.upsertRun }
      )
    }),

    stopRun: Effect.fn("WandbSweepApi.stopRun")(function* ({ run }) {
      const doing = `stop run ${run}`
      const { stopRun } = yield* execute(client, StopRun, { id: NodeId.ofRun({ ...place, run }) }, { doing })
      if (stopRun?.success === true || (stopRun !== null && stopRun.success === undefined)) return
      return yield* new CommError({
        reason: "GraphQL",
        operation: doing,
        detail: "the server says that it did not stop it",
        retryable: true
      })
    }),

    stopRequested: ({ run }) => stopRequested(run),

    stopRequests: ({ runs }) =>
      Effect.forEach(runs, (run) => Effect.map(stopRequested(run), (reason) => [run, reason] as const), {
        concurrency: "unbounded"
      }).pipe(
        Effect.map(
          (asked) =>
            new Map(asked.flatMap(([run, reason]) => (Option.isSome(reason) ? [[run, reason.value] as const] : [])))
        )
      ),

    reportRun: Effect.fn("WandbSweepApi.reportRun")(function* ({ report, run }) {
      const doing = `report the state of run ${run}`
      const state = yield* stateFor(doing, run)
      // The run's own client has the last word on how it ended.
      if (Either.isRight(state) && RunState.isTerminal(state.right)) return
      yield* Effect.mapError(
        FileStream.send(client, { ...place, run }, reportMessage(report), RetryPolicy.heartbeat),
        WireFailure.toCommError(doing)
      )
    })
  }
}

const noRun = (operation: string, run: RunId): CommError =>
  new CommError({ reason: "Status", status: 404, operation, detail: `There is no run ${run}`, retryable: false })
