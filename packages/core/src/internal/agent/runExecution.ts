import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as HashMap from "effect/HashMap"
import { LaunchAgentConfig } from "../../LaunchAgentConfig.js"
import type { LaunchNotice } from "../../LaunchNotice.js"
import { LaunchQueue } from "../../LaunchQueue.js"
import type { RunKey } from "../../RunKey.js"
import type { StopReason } from "../../StopReason.js"
import * as Moment from "../moment.js"
import { spans } from "../spans.js"
import * as announcements from "./announcements.js"
import * as jobStart from "./jobStart.js"
import type { JobWatch } from "./jobWatch.js"
import * as liveRun from "./liveRun.js"
import type { OutputReading } from "./outputReading.js"
import { type EndedStatus, outcome, stoppedState } from "./runOutcome.js"
import * as runReports from "./runReports.js"
import type { SlotDesk } from "./slotDesk.js"
import type { StopRequests } from "./stopRequests.js"

type LiveRun = liveRun.LiveRun

/** Which runs were asked to stop since they were leased. */
type Asked = Effect.Effect<ReadonlyMap<RunKey, StopReason>>

/** The whole of a run. */
export interface Execute {
  (run: LiveRun, asked: Asked): Effect.Effect<void>
}

/**
 * Takes a run from its lease to its report. The order is what makes it survive a crash at any point: submit
 * under the key, acknowledge, report running; and at the end the last output, the report, and only then the
 * queue item. Nothing of it is interrupted half-way: that only happens where it asks or waits.
 */
export const make = Effect.fnUntraced(function* (options: {
  readonly desk: SlotDesk
  readonly output: OutputReading
  readonly stops: StopRequests
  readonly watch: JobWatch
  readonly tell: (notice: LaunchNotice) => Effect.Effect<void>
}) {
  const { desk, output, stops, tell, watch } = options
  const { agent, shutdownGrace } = yield* LaunchAgentConfig
  const queue = yield* LaunchQueue
  const { around } = yield* spans
  const announce = yield* announcements.make({ desk, tell })
  const reports = yield* runReports.make
  const start = yield* jobStart.make({ desk, reports, tell })

  /** Interrupted before its submit, its item goes back; later it is somebody else's to lease, or done with. */
  const begin = (run: LiveRun, asked: Asked) =>
    Effect.interruptible(asked).pipe(
      Effect.flatMap((reasons) => {
        run.stop ??= reasons.get(run.key)
        return start(run)
      }),
      Effect.onInterrupt(() =>
        run.submitted
          ? Effect.void
          : Effect.ignore(Effect.interruptible(queue.release(run.item.id, agent)).pipe(Effect.timeout(shutdownGrace)))
      )
    )

  const refuse = Effect.fnUntraced(function* (run: LiveRun, detail: string) {
    const now = yield* Moment.awake
    desk.started(run, now)
    yield* announce.refused(run, detail, desk.vacate(run, "failed", now))
    yield* reports.refused(run, detail)
  })

  /** Its item goes back, unless somebody asked to stop the run meanwhile. */
  const giveBack = Effect.fnUntraced(function* (run: LiveRun) {
    yield* reports.released(run)
    const reason = run.stop ?? (yield* Effect.interruptible(stops.read([run]))).get(run.key)
    if (reason !== undefined) yield* reports.ended(run, { state: stoppedState[reason] })
  })

  const turnAway = (run: LiveRun, why: jobStart.NotStarted): Effect.Effect<void> => {
    switch (why._tag) {
      case "Refused":
        return refuse(run, why.detail)
      case "Stopped":
        return reports.ended(run, { state: stoppedState[why.reason] })
      case "HeldBack":
        return giveBack(run)
    }
  }

  /** The job has ended. The slot is free at once; whether it may be used again was judged before. */
  const settle = Effect.fnUntraced(function* (run: LiveRun, status: EndedStatus) {
    const finished = status._tag === "Exited" && status.code === 0
    if (!finished && run.stop === undefined) run.stop = (yield* stops.read([run])).get(run.key)
    const result = outcome(status, { reason: run.stop, signalled: run.signalled })
    const verdict = desk.vacate(run, result.state, yield* Moment.awake)
    if (run.tail !== undefined) yield* output.rest(run.tail)
    if (result.state === "failed" || result.state === "crashed") yield* announce.failed(run, result, verdict)
    yield* reports.ended(run, result)
  })

  /**
   * Waits for the job that the engine has. A run whose fiber is interrupted isn't reported to be running any more: whoever
   * adopts it may find that it has ended.
   */
  const watched = Effect.fnUntraced(function* (run: LiveRun) {
    yield* reports.running(run)
    if (run.stop !== undefined) yield* stops.signal(run)
    return yield* watch.ended(run)
  }, Effect.interruptible)

  const body: Execute = Effect.fnUntraced(function* (run, asked) {
    // For the rest of the fiber: a region of its own would cost more than what most runs do in it.
    yield* FiberRef.update(FiberRef.currentLogAnnotations, (annotations) =>
      annotations.pipe(
        HashMap.set<string, unknown>("fiber", "run"),
        HashMap.set<string, unknown>("runId", run.item.request.run),
        HashMap.set<string, unknown>("attempt", run.item.request.attempt)
      )
    )
    yield* Effect.matchEffect(begin(run, asked), {
      onFailure: (why) => turnAway(run, why),
      onSuccess: () => Effect.flatMap(watched(run), (status) => settle(run, status))
    })
  }, Effect.uninterruptible)

  const execute: Execute = (run, asked) => around(body(run, asked), "LaunchAgent.execute", liveRun.attributes(run))
  return execute
})
