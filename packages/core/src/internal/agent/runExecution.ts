import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FiberRef from "effect/FiberRef"
import * as HashMap from "effect/HashMap"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import { Executor, type Job, type JobHandle } from "../../Executor.js"
import * as HeldHandle from "../../HeldHandle.js"
import { JobBuilder } from "../../JobBuilder.js"
import { LaunchAgentConfig } from "../../LaunchAgentConfig.js"
import * as LaunchAgentMetrics from "../../LaunchAgentMetrics.js"
import { LaunchNotice } from "../../LaunchNotice.js"
import { LaunchQueue } from "../../LaunchQueue.js"
import * as OutputTail from "../../OutputTail.js"
import type { PythonDict } from "../../PythonValue.js"
import { RunLog } from "../../RunLog.js"
import type { RunKey } from "../../RunKey.js"
import type { RunState } from "../../RunState.js"
import type { Slot } from "../../Slots.js"
import type { StopReason } from "../../StopReason.js"
import { SweepApi } from "../../SweepApi.js"
import * as SweepState from "../../SweepState.js"
import { meter } from "../metering.js"
import { spans } from "../spans.js"
import * as announcements from "./announcements.js"
import type { JobWatch } from "./jobWatch.js"
import type { LiveRun } from "./liveRun.js"
import { briefly, isRetryable, isUnavailable, patiently, persistently } from "./patience.js"
import { type EndedStatus, type EndState, outcome, type Outcome, stoppedState } from "./runOutcome.js"
import type { SlotDesk } from "./slotDesk.js"
import type { StopRequests } from "./stopRequests.js"

const nothing: PythonDict = new Map()

const attributesOf = ({ adopted, item: { request }, slot }: LiveRun): Record<string, unknown> => ({
  sweepId: request.sweep,
  runId: request.run,
  attempt: request.attempt,
  slot: slot?.name,
  adopted
})

/** What is reported of a run beside its summary. */
type Told<State> = { readonly state: State } & Partial<Pick<Outcome, "endedAt" | "exitCode">>

/**
 * Takes a run from its lease to its report. The order is what makes it survive a crash at any point: submit
 * under the key, acknowledge, report running; and at the end the last output, the report, and only then the
 * queue item, whose presence tells a later agent that something is still to be done.
 */
export const make = Effect.fnUntraced(function* (options: {
  readonly desk: SlotDesk
  readonly stops: StopRequests
  readonly watch: JobWatch
  readonly tell: (notice: LaunchNotice) => Effect.Effect<void>
}) {
  const { desk, stops, tell, watch } = options
  const api = yield* SweepApi
  const builder = yield* JobBuilder
  const config = yield* LaunchAgentConfig
  const executor = yield* Executor
  const queue = yield* LaunchQueue
  const count = yield* meter
  const { around, read: traced } = yield* spans
  const runLog = yield* RunLog
  const { failed, refused } = yield* announcements.make(options)
  // A log call costs some thirty steps also where its level is switched off.
  const debugs = LogLevel.lessThanEqual(yield* FiberRef.get(FiberRef.currentMinimumLogLevel), LogLevel.Debug)

  const report = ({ item: { request }, tail }: LiveRun, { endedAt, exitCode, state }: Told<RunState>) =>
    patiently(
      "Could not report the state of a run",
      api.reportRun({
        sweep: request.sweep,
        run: request.run,
        report: {
          attempt: request.attempt,
          state,
          exitCode,
          endedAt,
          summary: tail?.summary() ?? nothing
        }
      })
    )

  const conclude = Effect.fnUntraced(function* (run: LiveRun, end: Told<EndState>) {
    yield* report(run, end)
    yield* patiently("Could not complete a queue item", queue.complete(run.item.id))
    count(LaunchAgentMetrics.endedRuns[end.state], 1)
    if (traced) yield* Effect.annotateCurrentSpan({ state: end.state, exitCode: end.exitCode })
    if (debugs) {
      yield* Effect.logDebug("A run ended").pipe(Effect.annotateLogs({ state: end.state, exitCode: end.exitCode }))
    }
  })

  /** A run that never ran here: its item goes back, unless somebody asked to stop the run meanwhile. */
  const giveBack = Effect.fnUntraced(function* (run: LiveRun) {
    yield* patiently("Could not release a queue item", queue.release(run.item.id))
    const asked = yield* stops.read([run])
    const reason = run.stop ?? asked.get(run.key)
    if (reason !== undefined) yield* conclude(run, { state: stoppedState[reason] })
  })

  /** Whether the sweep was paused, or cancelled, since the run was leased. What can't be read is as it was then. */
  const isHeldBack = ({ item: { request } }: LiveRun) =>
    Effect.match(api.sweepState(request.sweep), {
      onSuccess: Option.exists(SweepState.holdsBack),
      onFailure: () => false
    })

  const refuse = Effect.fnUntraced(function* (run: LiveRun, detail: string) {
    const now = yield* Clock.currentTimeMillis
    desk.started(run, now)
    const verdict = desk.vacate(run, "failed", now)
    yield* refused(run, detail, verdict)
    yield* report(run, { state: "failed" })
    yield* patiently("Could not fail a queue item", queue.fail(run.item.id, detail))
    count(LaunchAgentMetrics.endedRuns.failed, 1)
    if (traced) yield* Effect.annotateCurrentSpan({ state: "failed", refused: detail })
  })

  /** The engine has the job: from here on it is watched, and its output read. */
  const attach = (run: LiveRun, handle: JobHandle) => {
    const { sweep } = run.item.request
    run.tail = OutputTail.make(executor, runLog, {
      handle,
      sweep,
      lineLimit: config.lineLimit,
      onSkipped: Effect.suspend(() => tell(LaunchNotice.LineSkipped({ sweep, key: run.key, limit: config.lineLimit })))
    })
    run.handle = handle
  }

  const acknowledge = (run: LiveRun, handle: JobHandle) =>
    patiently(
      "Could not acknowledge a queue item",
      queue.acknowledge(run.item.id, HeldHandle.encode(run.slot?.name, handle.data))
    )

  /** Looks for the job that an earlier lease has submitted, or was about to. False: the engine doesn't hold it where we can see it. */
  const recover = Effect.fnUntraced(function* (run: LiveRun) {
    if (run.item.handle !== undefined) {
      attach(run, { key: run.key, data: HeldHandle.decode(run.item.handle).data })
      return true
    }
    const found = yield* Effect.either(persistently("Could not look for a job", executor.find(run.key), isUnavailable))
    if (Either.isLeft(found)) {
      yield* refuse(run, found.left.detail)
      return false
    }
    run.submitted = Option.isSome(found.right)
    if (Option.isNone(found.right)) return true
    attach(run, found.right.value)
    yield* acknowledge(run, found.right.value)
    return true
  })

  const submit = Effect.fnUntraced(function* (run: LiveRun, job: Job) {
    run.submitted = true
    const submitting = around(executor.submit(job, run.key), "LaunchAgent.submit", attributesOf(run))
    const submitted = yield* Effect.either(
      persistently("Could not submit a job", Effect.uninterruptible(submitting), isUnavailable)
    )
    if (Either.isLeft(submitted)) {
      yield* refuse(run, submitted.left.detail)
      return false
    }
    desk.started(run, yield* Clock.currentTimeMillis)
    attach(run, submitted.right)
    count(LaunchAgentMetrics.submits, 1)
    yield* acknowledge(run, submitted.right)
    return true
  })

  const build = (run: LiveRun, slot: Slot) =>
    Effect.either(
      persistently(
        "Could not read what a run executes",
        builder.build(run.item.request, slot),
        (error) => error._tag === "CommError" && isRetryable(error)
      )
    )

  /** Submits a job that the engine doesn't have yet. False: there is none, and the run is done with. */
  const launch = Effect.fnUntraced(function* (run: LiveRun) {
    if (run.stop !== undefined) {
      yield* conclude(run, { state: stoppedState[run.stop] })
      return false
    }
    const job = run.slot === undefined ? undefined : yield* build(run, run.slot)
    if (job !== undefined && Either.isLeft(job)) {
      yield* refuse(run, job.left._tag === "LaunchError" ? job.left.detail : job.left.message)
      return false
    }
    if (job === undefined || desk.halted() || (yield* isHeldBack(run))) {
      yield* giveBack(run)
      return false
    }
    return yield* Effect.uninterruptible(submit(run, job.right))
  })

  const readRest = (tail: OutputTail.OutputTail) => {
    const failure = "Could not read the output of a run to its end"
    const stored = persistently(failure, tail.finish, (error) => error._tag === "CommError" && isRetryable(error))
    return persistently(failure, stored, (error) => error._tag === "ExecutorError", briefly).pipe(
      Effect.catchAll((error) => Effect.logError(`${failure}; gave up`, error))
    )
  }

  /** The job has ended. The slot is free at once; whether it may be used again was judged before. */
  const settle = Effect.fnUntraced(function* (run: LiveRun, status: EndedStatus) {
    const finished = status._tag === "Exited" && status.code === 0
    if (!finished && run.stop === undefined) run.stop = (yield* stops.read([run])).get(run.key)
    const result = outcome(status, { reason: run.stop, signalled: run.signalled })
    const verdict = desk.vacate(run, result.state, yield* Clock.currentTimeMillis)
    if (run.tail !== undefined) yield* readRest(run.tail)
    if (result.state === "failed" || result.state === "crashed") yield* failed(run, result, verdict)
    yield* conclude(run, result)
  })

  const body = Effect.fnUntraced(function* (run: LiveRun, asked: Effect.Effect<ReadonlyMap<RunKey, StopReason>>) {
    // For the rest of the fiber: a region of its own would cost more than what most runs do in it.
    yield* FiberRef.update(FiberRef.currentLogAnnotations, (annotations) =>
      annotations.pipe(
        HashMap.set<string, unknown>("fiber", "run"),
        HashMap.set<string, unknown>("runId", run.item.request.run),
        HashMap.set<string, unknown>("attempt", run.item.request.attempt)
      )
    )
    run.stop ??= (yield* asked).get(run.key)
    // A lease may be a second one: what is only to be stopped could run already, and must not be forgotten.
    if ((run.adopted || run.stop !== undefined) && !(yield* recover(run))) return
    if (run.handle === undefined && !(yield* launch(run))) return
    yield* report(run, { state: "running" })
    if (run.stop !== undefined) yield* stops.signal(run)
    const status = yield* watch.ended(run)
    yield* Effect.uninterruptible(settle(run, status))
  })

  /** The whole of a run; interrupted before its submit, its item goes back. */
  return (run: LiveRun, asked: Effect.Effect<ReadonlyMap<RunKey, StopReason>>): Effect.Effect<void> =>
    around(body(run, asked), "LaunchAgent.execute", attributesOf(run)).pipe(
      Effect.onInterrupt(() =>
        run.submitted
          ? Effect.void
          : Effect.ignore(Effect.interruptible(queue.release(run.item.id)).pipe(Effect.timeout(config.shutdownGrace)))
      )
    )
})
