/**
 * A scheduler and a launch agent that work on one sweep side by side, in one process: each is told what only the other
 * can see.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { JournalUnavailable } from "./JournalUnavailable.js"
import { LaunchAgent } from "./LaunchAgent.js"
import * as LaunchNotice from "./LaunchNotice.js"
import type { LeaseHeldError } from "./LeaseHeldError.js"
import * as RunKey from "./RunKey.js"
import * as Scheduler from "./Scheduler.js"
import type { SweepId } from "./SweepId.js"

/**
 * Starts to work on a sweep, until the scope closes. The launch agent begins once the scheduler has the sweep, so that
 * two agents of one sweep never work at once.
 */
export const start: (
  sweep: SweepId
) => Effect.Effect<
  Scheduler.RunningScheduler,
  Scheduler.SchedulerFailure,
  Scheduler.Scheduler | LaunchAgent | Scope.Scope
> = Effect.fnUntraced(function* (sweep: SweepId) {
  const scheduler = yield* Scheduler.Scheduler
  const agent = yield* LaunchAgent
  return yield* withAgent(yield* scheduler.start(sweep), agent)
})

/**
 * Works on a sweep to its end. Interrupting it stops the runs, and waits until the scheduler has left.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import { SweepApi } from "@sweepline/core/SweepApi"
 * import * as SweepRunner from "@sweepline/core/SweepRunner"
 *
 * const program = Effect.gen(function* () {
 *   const api = yield* SweepApi
 *   const config = "program: train.py\nmethod: grid\nparameters: {lr: {values: [0.1, 0.01]}}"
 *   const sweep = yield* api.createSweep({ config, name: "first", seed: 1 })
 *   const outcome = yield* SweepRunner.run(sweep)
 *   yield* Effect.log(`The sweep ended: ${outcome.reason}`)
 * })
 * ```
 */
export const run = (
  sweep: SweepId
): Effect.Effect<Scheduler.Outcome, Scheduler.SchedulerFailure, Scheduler.Scheduler | LaunchAgent> =>
  Scheduler.toEnd(start(sweep))

/** What a launch agent says when it launches nothing any more. */
export type LaunchingStopped = Extract<LaunchNotice.LaunchNotice, { readonly _tag: "LaunchingStopped" }>

/**
 * Has a launch agent work beside a scheduler that has started, until the scope closes. The scheduler is told what only
 * the agent sees: signs of life of the runs, for `runTimeout`; and that nothing of it is launched any more, which ends
 * the sweep (`BrokenScript`, with what `detail` makes of it). Where the agent dies, so does the outcome: without it, no run
 * would begin or end. Several schedulers can share an agent: it works beside one after the other, for all of them.
 */
export const withAgent: (
  running: Scheduler.RunningScheduler,
  agent: LaunchAgent["Type"],
  detail?: (stopped: LaunchingStopped) => string
) => Effect.Effect<Scheduler.RunningScheduler, never, Scope.Scope> = Effect.fnUntraced(function* (
  running: Scheduler.RunningScheduler,
  agent: LaunchAgent["Type"],
  detail: (stopped: LaunchingStopped) => string = LaunchNotice.message
) {
  const ended = yield* Deferred.make<Scheduler.Outcome, JournalUnavailable | LeaseHeldError>()
  yield* Effect.forkScoped(Effect.tapDefect(agent.run, (cause) => Deferred.failCause(ended, cause)))
  // After the agent has begun: before, one would hear what stopped the last sweep.
  yield* agent.notices.pipe(
    Stream.runForEach((notice) =>
      notice._tag === "LaunchingStopped" && concerns(notice, running.sweep)
        ? running.giveUp("BrokenScript", detail(notice))
        : Effect.void
    ),
    Effect.forkScoped
  )
  yield* agent.activity.pipe(
    Stream.runForEach((key) => running.active(RunKey.run(key), RunKey.attempt(key))),
    Effect.forkScoped
  )
  yield* Effect.forkScoped(Effect.intoDeferred(running.outcome, ended))
  return { ...running, outcome: Deferred.await(ended) }
})

// internal

/** Whether a sweep can't go on: its own script is broken, or there is no slot for any. */
const concerns = ({ reason, sweep }: LaunchingStopped, own: SweepId): boolean => reason === "NoSlots" || sweep === own
