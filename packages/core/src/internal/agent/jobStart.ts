import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Executor, type Job, type JobHandle } from "../../Executor.js"
import * as HeldHandle from "../../HeldHandle.js"
import { JobBuilder } from "../../JobBuilder.js"
import { LaunchAgentConfig } from "../../LaunchAgentConfig.js"
import * as LaunchAgentMetrics from "../../LaunchAgentMetrics.js"
import { LaunchNotice } from "../../LaunchNotice.js"
import * as OutputTail from "../../OutputTail.js"
import { RunLog } from "../../RunLog.js"
import type { Slot } from "../../Slots.js"
import type { StopReason } from "../../StopReason.js"
import { SweepApi } from "../../SweepApi.js"
import * as SweepState from "../../SweepState.js"
import { meter } from "../metering.js"
import * as Moment from "../moment.js"
import { spans } from "../spans.js"
import * as liveRun from "./liveRun.js"
import { isRetryable, isUnavailable, persistently } from "../patience.js"
import type { RunReports } from "./runReports.js"
import type { SlotDesk } from "./slotDesk.js"

type LiveRun = liveRun.LiveRun

/** Why a run has no job. */
export type NotStarted = Data.TaggedEnum<{
  /** It can't be run, here or elsewhere. */
  Refused: { readonly detail: string }
  /** Somebody asked to stop it before it had one. */
  Stopped: { readonly reason: StopReason }
  /** Nothing may be launched at the moment. */
  HeldBack: {}
}>

/** Constructors and matchers. */
export const NotStarted = Data.taggedEnum<NotStarted>()

/**
 * Sees to it that the engine has the job of a run: finds the one of an earlier lease, or submits it. From then on it is
 * watched, and its output read. To be called where nothing interrupts: only what asks and waits can be interrupted here.
 */
export const make = Effect.fnUntraced(function* (options: {
  readonly desk: SlotDesk
  readonly reports: RunReports
  readonly tell: (notice: LaunchNotice) => Effect.Effect<void>
}) {
  const { desk, reports, tell } = options
  const api = yield* SweepApi
  const builder = yield* JobBuilder
  const { lineLimit } = yield* LaunchAgentConfig
  const executor = yield* Executor
  const runLog = yield* RunLog
  const count = yield* meter
  const { around } = yield* spans

  const attach = (run: LiveRun, handle: JobHandle) => {
    const { sweep } = run.item.request
    const onSkipped = Effect.suspend(() => tell(LaunchNotice.LineSkipped({ sweep, key: run.key, limit: lineLimit })))
    run.tail = OutputTail.make(executor, runLog, { handle, sweep, lineLimit, onSkipped })
    run.handle = handle
  }

  /** Looks for the job that an earlier lease has submitted, or was about to. */
  const recover = Effect.fnUntraced(function* (run: LiveRun) {
    // It may have ended while nobody watched.
    run.noticed = true
    if (run.item.handle !== undefined) {
      return attach(run, { key: run.key, data: HeldHandle.decode(run.item.handle).data })
    }
    const found = yield* persistently("Could not look for a job", executor.find(run.key), isUnavailable).pipe(
      Effect.mapError(({ detail }) => NotStarted.Refused({ detail })),
      Effect.interruptible
    )
    run.submitted = Option.isSome(found)
    if (Option.isNone(found)) return
    attach(run, found.value)
    yield* reports.acknowledged(run, found.value)
  })

  const build = (run: LiveRun, slot: Slot) =>
    persistently(
      "Could not read what a run executes",
      builder.build(run.item.request, slot),
      (error) => error._tag === "CommError" && isRetryable(error)
    ).pipe(
      Effect.mapError((error) =>
        NotStarted.Refused({ detail: error._tag === "LaunchError" ? error.detail : error.message })
      )
    )

  /** Whether the sweep was paused, or cancelled, since the run was leased. What can't be read is as it was then. */
  const isHeldBack = ({ item: { request } }: LiveRun) =>
    Effect.match(api.sweepState(request.sweep), {
      onSuccess: Option.exists(SweepState.holdsBack),
      onFailure: () => false
    })

  const submit = Effect.fnUntraced(function* (run: LiveRun, job: Job) {
    run.submitted = true
    const submitting = around(executor.submit(job, run.key), "LaunchAgent.submit", liveRun.attributes(run))
    const handle = yield* Effect.mapError(
      persistently("Could not submit a job", Effect.uninterruptible(submitting), isUnavailable),
      ({ detail }) => NotStarted.Refused({ detail })
    )
    desk.started(run, yield* Moment.awake)
    attach(run, handle)
    count(LaunchAgentMetrics.submits, 1)
    yield* reports.acknowledged(run, handle)
  })

  /** What a run is to execute in its slot, if it is still to begin. */
  const prepare = Effect.fnUntraced(function* (run: LiveRun, slot: Slot) {
    const job = yield* build(run, slot)
    if (desk.halted(run.item.request.sweep) || (yield* isHeldBack(run)))
      return yield* Effect.fail(NotStarted.HeldBack())
    return job
  }, Effect.interruptible)

  /** Submits a job that the engine doesn't have yet. */
  const launch = Effect.fnUntraced(function* (run: LiveRun) {
    if (run.stop !== undefined) return yield* Effect.fail(NotStarted.Stopped({ reason: run.stop }))
    if (run.slot === undefined) return yield* Effect.fail(NotStarted.HeldBack())
    yield* submit(run, yield* prepare(run, run.slot))
  })

  return Effect.fnUntraced(function* (run: LiveRun): Effect.fn.Return<void, NotStarted> {
    // A lease may be a second one: what is only to be stopped could run already, and must not be forgotten.
    if (run.adopted || run.stop !== undefined) yield* recover(run)
    if (run.handle === undefined) yield* launch(run)
  })
})
