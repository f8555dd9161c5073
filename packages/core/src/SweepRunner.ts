/**
 * A scheduler and a launch agent that work on one sweep side by side, in one process: each is told what only the other
 * can see.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { LaunchAgent } from "./LaunchAgent.js"
import * as LaunchNotice from "./LaunchNotice.js"
import * as RunKey from "./RunKey.js"
import * as Scheduler from "./Scheduler.js"
import type { SweepId } from "./SweepId.js"

/**
 * Starts to work on a sweep, until the scope closes. The launch agent begins once the scheduler has the sweep, so that
 * two agents of one sweep never work at once.
 */
export const start = Effect.fnUntraced(function* (
  sweep: SweepId
): Effect.fn.Return<
  Scheduler.RunningScheduler,
  Scheduler.SchedulerFailure,
  Scheduler.Scheduler | LaunchAgent | Scope.Scope
> {
  const scheduler = yield* Scheduler.Scheduler
  const agent = yield* LaunchAgent
  const running = yield* scheduler.start(sweep)
  yield* Effect.forkScoped(agent.run)
  // After the agent has begun: before, it would hear what stopped the last sweep.
  yield* connect(running, agent)
  return running
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

/**
 * Tells a scheduler what its launch agent sees, until the scope closes: signs of life of the runs, for `runTimeout`; and
 * that nothing is launched any more, which ends the sweep (`BrokenScript`).
 */
export const connect = (
  running: Scheduler.RunningScheduler,
  agent: LaunchAgent["Type"]
): Effect.Effect<void, never, Scope.Scope> =>
  Effect.zipRight(
    Effect.forkScoped(
      Stream.runForEach(agent.notices, (notice) =>
        notice._tag === "LaunchingStopped" ? running.giveUp("BrokenScript", LaunchNotice.message(notice)) : Effect.void
      )
    ),
    Effect.forkScoped(Stream.runForEach(agent.activity, (key) => running.active(RunKey.run(key), RunKey.attempt(key))))
  )
