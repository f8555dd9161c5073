/**
 * The other half of launching: leases what a scheduler pushed, has an engine run it, and reports what became
 * of it. Jobs outlive an agent; the next one of the same name goes on with them.
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberMap from "effect/FiberMap"
import * as Layer from "effect/Layer"
import * as LogLevel from "effect/LogLevel"
import * as Mailbox from "effect/Mailbox"
import * as PubSub from "effect/PubSub"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Executor } from "./Executor.js"
import * as HeldHandle from "./HeldHandle.js"
import * as jobWatch from "./internal/agent/jobWatch.js"
import { meter } from "./internal/metering.js"
import * as liveRun from "./internal/agent/liveRun.js"
import { isRetryable, persistently } from "./internal/agent/patience.js"
import * as runExecution from "./internal/agent/runExecution.js"
import * as signsOfLife from "./internal/agent/signsOfLife.js"
import * as slotDesk from "./internal/agent/slotDesk.js"
import * as stopRequests from "./internal/agent/stopRequests.js"
import { onEach } from "./Signal.js"
import type { JobBuilder } from "./JobBuilder.js"
import { LaunchAgentConfig } from "./LaunchAgentConfig.js"
import * as LaunchAgentMetrics from "./LaunchAgentMetrics.js"
import * as LaunchNotice from "./LaunchNotice.js"
import { LaunchQueue, type QueueItem } from "./LaunchQueue.js"
import type { RunLog } from "./RunLog.js"
import type { Slot } from "./Slots.js"
import type { RunKey } from "./RunKey.js"
import type { SweepApi } from "./SweepApi.js"

/** Launches runs. */
export class LaunchAgent extends Context.Tag("@sweepline/core/LaunchAgent")<
  LaunchAgent,
  {
    /**
     * Launches and watches until it is interrupted. Then nothing more is leased, a submit and the report of a run
     * that has ended are given a few seconds to finish, and running jobs are left alone: the next agent of this name
     * adopts them. Dies of defects only.
     */
    readonly run: Effect.Effect<never>
    /**
     * What a person, or the scheduler beside it (`SweepRunner`), should know. A late listener hears the latest ones
     * since `run` began: what stopped an earlier sweep says nothing of the next.
     */
    readonly notices: Stream.Stream<LaunchNotice.LaunchNotice>
    /** Gives it further slots, those that it doesn't have yet. */
    readonly extend: (slots: ReadonlyArray<Slot>) => Effect.Effect<void>
    /** Runs that have shown a sign of life, as often as `activityInterval` says. */
    readonly activity: Stream.Stream<RunKey>
  }
>() {}

/** Asks queue, engine and stop requests now and then, should a notification be lost. */
export const pollSchedule = (config: LaunchAgentConfig["Type"]) => Schedule.spaced(config.pollInterval)

/** Reads the output of running jobs. */
export const outputSchedule = (config: LaunchAgentConfig["Type"]) => Schedule.spaced(config.outputInterval)

/** The agent over the ports of its context. */
export const make = Effect.gen(function* () {
  const ports = yield* Effect.context<Executor | JobBuilder | LaunchAgentConfig | LaunchQueue | RunLog | SweepApi>()
  const notices = yield* Effect.acquireRelease(PubSub.unbounded<LaunchNotice.LaunchNotice>(), PubSub.shutdown)
  let latest: ReadonlyArray<LaunchNotice.LaunchNotice> = []
  const active = yield* Effect.acquireRelease(PubSub.sliding<RunKey>(1024), PubSub.shutdown)
  const more = yield* Mailbox.make<ReadonlyArray<Slot>>()
  const tell = (notice: LaunchNotice.LaunchNotice) =>
    Effect.zipRight(
      Effect.logWithLevel(logLevels[notice._tag], "Launching met a problem").pipe(
        Effect.annotateLogs({ notice: notice._tag, problem: LaunchNotice.message(notice) })
      ),
      Effect.suspend(() => {
        latest = [...latest, notice].slice(-replayed)
        return PubSub.publish(notices, notice)
      })
    )
  const forget = Effect.sync(() => {
    latest = []
  })
  return LaunchAgent.of({
    run: Effect.zipRight(forget, work(tell, active, more)).pipe(
      Effect.scoped,
      Effect.provide(ports),
      Effect.annotateLogs({ package: "@sweepline/core", module: "LaunchAgent" })
    ),
    notices: Stream.unwrapScoped(
      Effect.map(PubSub.subscribe(notices), (heard) =>
        Stream.concat(Stream.fromIterable(latest), Stream.fromQueue(heard))
      )
    ),
    extend: (slots) => Effect.asVoid(more.offer(slots)),
    activity: Stream.fromPubSub(active)
  })
})

/** The agent, over whichever queue, engine and backend. It works while `run` does. */
export const layer: Layer.Layer<
  LaunchAgent,
  never,
  Executor | JobBuilder | LaunchAgentConfig | LaunchQueue | RunLog | SweepApi
> = Layer.scoped(LaunchAgent, make)

// internal

/** A run that fails is a result like another. */
const logLevels = {
  RunFailed: LogLevel.Info,
  RunRefused: LogLevel.Warning,
  SlotSetAside: LogLevel.Warning,
  LaunchingStopped: LogLevel.Error,
  LineSkipped: LogLevel.Warning
} as const satisfies Record<LaunchNotice.LaunchNotice["_tag"], LogLevel.LogLevel>

/** How many notices a late listener hears. */
const replayed = 64

/** How many outputs are read at a time. */
const readers = 8

/**
 * One fiber for each run. When the scope closes they are interrupted; what they have begun may finish for a
 * while, and is then abandoned.
 */
const launchFibers = Effect.fnUntraced(function* (grace: Duration.Duration) {
  const scope = yield* Scope.make()
  yield* Effect.addFinalizer((exit) =>
    Scope.close(scope, exit).pipe(Effect.disconnect, Effect.interruptible, Effect.timeoutOption(grace))
  )
  return yield* FiberMap.make<RunKey, void, never>().pipe(Scope.extend(scope))
})

const work = Effect.fnUntraced(function* (
  tell: (notice: LaunchNotice.LaunchNotice) => Effect.Effect<unknown>,
  active: PubSub.PubSub<RunKey>,
  more: Mailbox.ReadonlyMailbox<ReadonlyArray<Slot>>
) {
  const config = yield* LaunchAgentConfig
  const queue = yield* LaunchQueue
  const live = new Map<RunKey, liveRun.LiveRun>()
  const wake = yield* Effect.makeLatch(true)
  /** Whether the queue may hold an item; a slot that falls free is no reason to ask a queue that is known to be empty. */
  let waiting = true
  const desk = slotDesk.make(config, live, () => {
    if (waiting) wake.unsafeOpen()
  })
  const watch = yield* jobWatch.make(live)
  const stops = yield* stopRequests.make(live)
  const execute = yield* runExecution.make({ desk, stops, watch, tell })
  const activity = yield* signsOfLife.make(live, (key) => PubSub.publish(active, key))
  const fibers = yield* launchFibers(config.shutdownGrace)
  const fork = yield* FiberMap.runtime(fibers)()
  const count = yield* meter

  const look = () => {
    waiting = true
    wake.unsafeOpen()
  }

  const forget = (run: liveRun.LiveRun) =>
    Effect.sync(() => {
      live.delete(run.key)
      desk.leave(run)
      count(LaunchAgentMetrics.activeRuns, live.size)
    })

  /** Takes leased items on, each in a fiber of its own. */
  const admit = Effect.fnUntraced(function* (items: ReadonlyArray<QueueItem>, adopted: boolean) {
    const runs: Array<liveRun.LiveRun> = []
    for (const item of items) {
      // A lease that ran out comes back to the agent that still has the run.
      if (live.has(item.request.key)) continue
      const run = liveRun.make(item, adopted)
      if (adopted) desk.adopt(run, item.handle === undefined ? undefined : HeldHandle.decode(item.handle).slot)
      else desk.take(run)
      live.set(run.key, run)
      runs.push(run)
    }
    // One read for all, made by whichever needs it first.
    const asked = runs.length > 1 ? yield* Effect.cached(stops.read(runs)) : stops.read(runs)
    for (const run of runs) {
      yield* stops.follow(run.item.request.sweep)
      fork(run.key, Effect.ensuring(execute(run, asked), forget(run)), { onlyIfMissing: true })
    }
    count(LaunchAgentMetrics.activeRuns, live.size)
  })

  /** Leases as long as there are slots and items. What was leased is admitted, whatever interrupts. */
  const lease: Effect.Effect<void> = Effect.uninterruptibleMask((restore) => {
    const max = desk.free()
    if (!waiting || max === 0) return Effect.void
    waiting = false
    return Effect.matchEffect(restore(queue.lease({ queue: config.queue, agent: config.agent, max })), {
      onFailure: (error) => Effect.logWarning("Could not lease from the launch queue", error),
      onSuccess: (items) => {
        if (items.length === 0) return Effect.void
        if (items.length >= max) waiting = true
        return Effect.zipRight(admit(items, false), lease)
      }
    })
  })

  const adopt = Effect.gen(function* () {
    const read = queue.held({ queue: config.queue, agent: config.agent })
    const held = yield* persistently("Could not read the runs of an earlier agent", read, isRetryable).pipe(
      Effect.catchAll((error) => Effect.as(Effect.logError("Runs of an earlier agent are not adopted", error), []))
    )
    if (held.length > 0) yield* Effect.uninterruptible(admit(held, true))
  })

  const leasing = Effect.gen(function* () {
    yield* adopt
    while (true) {
      yield* wake.await
      wake.unsafeClose()
      yield* lease
    }
  }).pipe(Effect.annotateLogs({ fiber: "lease" }))

  const polling = Effect.suspend(() => {
    look()
    watch.due()
    stops.due()
    return stops.tidy
  }).pipe(Effect.repeat(pollSchedule(config)), Effect.annotateLogs({ fiber: "poll" }))

  const readOutput = ({ item, tail }: liveRun.LiveRun) =>
    (tail?.advance ?? Effect.void).pipe(
      Effect.catchAll((error) => Effect.logWarning("Could not read the output of a run", error)),
      Effect.annotateLogs({ runId: item.request.run })
    )

  const reading = Duration.isFinite(config.outputInterval)
    ? Effect.suspend(() =>
        Effect.forEach(
          [...live.values()].filter((run) => !run.over),
          readOutput,
          { concurrency: readers, discard: true }
        )
      ).pipe(Effect.repeat(outputSchedule(config)), Effect.annotateLogs({ fiber: "output" }))
    : Effect.void

  const listening = Effect.suspend(() => onEach(queue.changes(config.queue), look))

  const extending = Effect.forever(
    Effect.map(
      Effect.orElse(more.take, () => Effect.never),
      desk.extend
    )
  )

  // A defect of one run's fiber is a defect of the agent: jobs go on, and the next agent finds them. Whoever
  // listens comes before whoever asks, so that nothing falls in between.
  const loops = [
    FiberMap.join(fibers),
    listening,
    watch.loop,
    stops.loop,
    polling,
    reading,
    activity,
    extending,
    leasing
  ]
  yield* Effect.all(loops, { concurrency: "unbounded", discard: true })
  return yield* Effect.never
})
