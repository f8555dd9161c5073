/**
 * The other half of launching: leases what a scheduler pushed, has an engine run it, and reports what became
 * of it. Jobs outlive an agent; the next one of the same name goes on with them.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as PubSub from "effect/PubSub"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import type { Executor } from "./Executor.js"
import * as jobWatch from "./internal/agent/jobWatch.js"
import * as Leasing from "./internal/agent/leasing.js"
import type { LiveRun } from "./internal/agent/liveRun.js"
import * as noticeBoard from "./internal/agent/noticeBoard.js"
import * as outputReading from "./internal/agent/outputReading.js"
import * as runExecution from "./internal/agent/runExecution.js"
import * as runFibers from "./internal/agent/runFibers.js"
import * as signsOfLife from "./internal/agent/signsOfLife.js"
import * as slotDesk from "./internal/agent/slotDesk.js"
import * as stopRequests from "./internal/agent/stopRequests.js"
import * as turns from "./internal/turns.js"
import type { JobBuilder } from "./JobBuilder.js"
import { LaunchAgentConfig } from "./LaunchAgentConfig.js"
import type { LaunchNotice } from "./LaunchNotice.js"
import type { LaunchQueue } from "./LaunchQueue.js"
import type { RunLog } from "./RunLog.js"
import type { RunKey } from "./RunKey.js"
import * as Signal from "./Signal.js"
import type { Slot } from "./Slots.js"
import type { SweepApi } from "./SweepApi.js"

/** Launches runs. */
export class LaunchAgent extends Context.Tag("@sweepline/core/LaunchAgent")<
  LaunchAgent,
  {
    /**
     * Launches and watches until it is interrupted. Then nothing more is leased, a submit and the report of a run
     * that has ended are given a few seconds to finish, and running jobs are left alone: the next agent of this name
     * adopts them. Dies of defects only. Where it works already it waits for that to end: its slots are there once.
     */
    readonly run: Effect.Effect<never>
    /**
     * What a person, or the scheduler beside it (`SweepRunner`), should know. A late listener hears the latest ones
     * since `run` began: what stopped an earlier sweep says nothing of the next.
     */
    readonly notices: Stream.Stream<LaunchNotice>
    /** Gives it further slots, those that it doesn't have yet, for this life and those to come. */
    readonly extend: (slots: ReadonlyArray<Slot>) => Effect.Effect<void>
    /** Runs that have shown a sign of life, as often as `activityInterval` says. */
    readonly activity: Stream.Stream<RunKey>
  }
>() {}

/** Asks queue, engine and stop requests now and then, should a notification be lost. */
export const pollSchedule = (config: LaunchAgentConfig["Type"]) => Schedule.spaced(config.pollInterval)

/** The agent over the ports of its context. */
export const make = Effect.gen(function* () {
  const ports = yield* Effect.context<Executor | JobBuilder | LaunchAgentConfig | LaunchQueue | RunLog | SweepApi>()
  const board = yield* noticeBoard.make
  const active = yield* Effect.acquireRelease(PubSub.sliding<RunKey>(1024), PubSub.shutdown)
  const added: Array<Slot> = []
  const more = Signal.make<ReadonlyArray<Slot>>("each")
  const lives = turns.make()
  return LaunchAgent.of({
    run: Effect.zipRight(board.clear, work({ tell: board.tell, active, added, more: more.changes })).pipe(
      Effect.scoped,
      Effect.provide(ports),
      Effect.annotateLogs({ package: "@sweepline/core", module: "LaunchAgent" }),
      lives.take,
      // Also before its turn: whoever listens while it waits isn't told what stopped those before.
      (life) => Effect.zipRight(board.clear, life)
    ),
    notices: board.notices,
    extend: (slots) =>
      Effect.sync(() => {
        for (const slot of slots) added.push(slot)
        more.emit(slots)
      }),
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

/** One life of the agent: its parts, and the fibers that they need. */
const work = Effect.fnUntraced(function* (options: {
  readonly tell: (notice: LaunchNotice) => Effect.Effect<void>
  readonly active: PubSub.PubSub<RunKey>
  /** The slots that it was given so far beside those of its config, and those that it is given from now on. */
  readonly added: ReadonlyArray<Slot>
  readonly more: Stream.Stream<ReadonlyArray<Slot>>
}) {
  const { active, added, more, tell } = options
  const config = yield* LaunchAgentConfig
  const live = new Map<RunKey, LiveRun>()
  const wake = yield* Effect.makeLatch(true)
  const desk = slotDesk.make(config, live, () => wake.unsafeOpen())
  const watch = yield* jobWatch.make(live)
  const stops = yield* stopRequests.make(live)
  const output = yield* outputReading.make(live)
  const activity = yield* signsOfLife.make(live, (key) => PubSub.publish(active, key))
  const execute = yield* runExecution.make({ desk, output, stops, watch, tell })
  const runs = yield* runFibers.make({ live, desk, stops, execute })
  const leasing = yield* Leasing.make({ desk, wake, admit: runs.admit })

  const polling = Effect.suspend(() => {
    leasing.look()
    watch.due()
    stops.due()
    return stops.tidy
  }).pipe(Effect.repeat(pollSchedule(config)), Effect.annotateLogs({ fiber: "poll" }))

  // What was added before it listens is taken when it begins to: neither is missed.
  const extending = Effect.suspend(() => {
    desk.extend(added)
    return Signal.onEach(more, desk.extend)
  })

  // Whoever listens comes before whoever leases, so that nothing falls in between.
  const loops = [runs.defects, watch.loop, stops.loop, polling, output.loop, activity, extending, leasing.loop]
  yield* Effect.all(loops, { concurrency: "unbounded", discard: true })
  return yield* Effect.never
})
