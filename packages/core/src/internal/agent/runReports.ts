import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as LogLevel from "effect/LogLevel"
import type { JobHandle } from "../../Executor.js"
import * as HeldHandle from "../../HeldHandle.js"
import { LaunchAgentConfig } from "../../LaunchAgentConfig.js"
import * as LaunchAgentMetrics from "../../LaunchAgentMetrics.js"
import { LaunchQueue } from "../../LaunchQueue.js"
import type { PythonDict } from "../../PythonValue.js"
import type { RunState } from "../../RunState.js"
import { SweepApi } from "../../SweepApi.js"
import { meter } from "../metering.js"
import { spans } from "../spans.js"
import type { LiveRun } from "./liveRun.js"
import { patiently } from "../patience.js"
import type { EndState, Outcome } from "./runOutcome.js"

/** How a run ended, as far as its reports say. */
export type ReportedEnd = Told<EndState>

/** What is reported of a run beside its summary. */
type Told<State> = { readonly state: State } & Partial<Pick<Outcome, "endedAt" | "exitCode">>

/** Tells backend and queue what becomes of a run. Neither is asked to believe it in vain: it is told until it is taken. */
export interface RunReports {
  /** The engine has its job. */
  readonly acknowledged: (run: LiveRun, handle: JobHandle) => Effect.Effect<void>
  readonly running: (run: LiveRun) => Effect.Effect<void>
  /** First the backend is told, and only then the queue, whose item tells a later agent that something is still to be done. */
  readonly ended: (run: LiveRun, end: ReportedEnd) => Effect.Effect<void>
  /** It could not be started, and never will be. */
  readonly refused: (run: LiveRun, detail: string) => Effect.Effect<void>
  /** It never ran here, and may elsewhere. */
  readonly released: (run: LiveRun) => Effect.Effect<void>
}

export const make = Effect.gen(function* () {
  const api = yield* SweepApi
  const queue = yield* LaunchQueue
  const { agent } = yield* LaunchAgentConfig
  const count = yield* meter
  const { read: traced } = yield* spans
  // A log call costs some thirty steps also where its level is switched off.
  const debugs = LogLevel.lessThanEqual(yield* FiberRef.get(FiberRef.currentMinimumLogLevel), LogLevel.Debug)

  const report = ({ item: { request }, tail }: LiveRun, { endedAt, exitCode, state }: Told<RunState>) =>
    patiently(
      "Could not report the state of a run",
      api.reportRun({
        sweep: request.sweep,
        run: request.run,
        report: { attempt: request.attempt, state, exitCode, endedAt, summary: tail?.summary() ?? nothing }
      })
    )

  return {
    acknowledged: (run, handle) =>
      patiently(
        "Could not acknowledge a queue item",
        queue.acknowledge(run.item.id, HeldHandle.encode(run.slot?.name, handle.data))
      ),
    running: (run) => report(run, { state: "running" }),
    ended: Effect.fnUntraced(function* (run, end) {
      yield* report(run, end)
      yield* patiently("Could not complete a queue item", queue.complete(run.item.id))
      count(LaunchAgentMetrics.endedRuns[end.state], 1)
      const said = { state: end.state, exitCode: end.exitCode }
      if (traced) yield* Effect.annotateCurrentSpan(said)
      if (debugs) yield* Effect.logDebug("A run ended").pipe(Effect.annotateLogs(said))
    }),
    refused: Effect.fnUntraced(function* (run, detail) {
      yield* report(run, { state: "failed" })
      yield* patiently("Could not fail a queue item", queue.fail(run.item.id, detail))
      count(LaunchAgentMetrics.endedRuns.failed, 1)
      if (traced) yield* Effect.annotateCurrentSpan({ state: "failed", refused: detail })
    }),
    released: (run) => patiently("Could not release a queue item", queue.release(run.item.id, agent))
  } satisfies RunReports as RunReports
})

// internal

const nothing: PythonDict = new Map()
