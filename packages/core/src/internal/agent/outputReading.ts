import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { CommError } from "../../CommError.js"
import type { ExecutorError } from "../../ExecutorError.js"
import { LaunchAgentConfig } from "../../LaunchAgentConfig.js"
import * as Obstacle from "../../Obstacle.js"
import type { OutputTail } from "../../OutputTail.js"
import type { LiveRun, LiveRuns } from "./liveRun.js"
import { briefly, isRetryable, persistently } from "../patience.js"

/** Reads what jobs print. */
export interface OutputReading {
  /** Reads what is new of each that runs, as often as the config says. */
  readonly loop: Effect.Effect<void>
  /** Reads all that is left of one that has ended. */
  readonly rest: (tail: OutputTail) => Effect.Effect<void>
}

export const make = Effect.fnUntraced(function* (
  live: LiveRuns
): Effect.fn.Return<OutputReading, never, LaunchAgentConfig> {
  const { outputInterval } = yield* LaunchAgentConfig

  const obstacles = new WeakMap<OutputTail, Obstacle.Obstacle<CommError | ExecutorError>>()

  const obstacleOf = (tail: OutputTail, { item }: LiveRun) => {
    const obstacle =
      obstacles.get(tail) ??
      Obstacle.make((error) =>
        Effect.annotateLogs(Effect.logWarning("Could not read the output of a run", error), "runId", item.request.run)
      )
    obstacles.set(tail, obstacle)
    return obstacle
  }

  const advance = (run: LiveRun) => {
    const { tail } = run
    if (tail === undefined) return Effect.void
    return Effect.matchEffect(tail.advance, {
      onFailure: (error) => obstacleOf(tail, run).met(error),
      onSuccess: () => obstacles.get(tail)?.gone ?? Effect.void
    })
  }

  const look = Effect.suspend(() =>
    Effect.forEach(
      [...live.values()].filter((run) => !run.over),
      advance,
      { concurrency: readers, discard: true }
    )
  )

  return {
    loop: Duration.isFinite(outputInterval)
      ? look.pipe(Effect.repeat(Schedule.spaced(outputInterval)), Effect.annotateLogs({ fiber: "output" }))
      : Effect.void,
    rest: (tail) => {
      const stored = persistently(failure, tail.finish, (error) => error._tag === "CommError" && isRetryable(error))
      return persistently(failure, stored, (error) => error._tag === "ExecutorError", briefly).pipe(
        Effect.catchAll((error) => Effect.logError(`${failure}; gave up`, error))
      )
    }
  }
})

// internal

const failure = "Could not read the output of a run to its end"

/** How many outputs are read at a time. */
const readers = 8
