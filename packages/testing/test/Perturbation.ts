/** A world in which calls fail, happen twice and answer late: an interceptor for `Faults.intercept`. */
import { Effect, Random } from "effect"
import { CommError } from "@sweepline/core/CommError"
import { ExecutorError } from "@sweepline/core/ExecutorError"
import type * as Reading from "@sweepline/core/Reading"
import type * as Faults from "../src/Faults.js"

/** How often what goes wrong, as probabilities of each call. */
export interface Rates {
  /** Nothing happens, and the call fails. */
  readonly failsBefore: number
  /** It happens, and the call fails all the same. */
  readonly failsAfter: number
  /** It happens twice; either answer counts. */
  readonly repeats: number
  /** It happens late, and the answer comes later still, so that others overtake it. */
  readonly late: number
  /** By at most so many milliseconds each. */
  readonly delay: number
}

/** Calls by which a sweep begins: when they fail, the person is told so and starts again. */
const spared: ReadonlySet<string> = new Set([
  "SweepApi.createSweep",
  "SweepApi.sweep",
  "SweepApi.runs",
  "SweepApi.registerAgent",
  "SchedulerRun.start"
])

/** How often in a row it fails to write a sweep's state: a scheduler that has tried five times leaves without it. */
const mostInARow = 3

/** Looks at many things at once: they can't fail, only what they look at can. */
const looks: ReadonlySet<string> = new Set(["SweepApi.runStates", "LaunchQueue.itemStates"])

const missed: Reading.Missed = { _tag: "Missed", gone: false, detail: "perturbed" }

const errorOf = ({ name, port }: Faults.Call): CommError | ExecutorError =>
  port === "Executor"
    ? new ExecutorError({ reason: "Unavailable", subject: name, detail: "perturbed" })
    : new CommError({ reason: "Unreachable", operation: name, detail: "perturbed", retryable: true })

/** What is drawn is drawn from the program's own `Random`, so that its seed repeats it. */
export const interceptor = (rates: Rates): Faults.Interceptor => {
  let unwritten = 0
  return (call, effect) => {
    const name = `${call.port}.${call.name}`
    if (spared.has(name)) return effect
    const happens = (rate: number) => Effect.map(Random.next, (draw) => draw < rate)
    const pause = Effect.flatMap(happens(rates.late), (late) =>
      late ? Effect.flatMap(Random.nextIntBetween(1, rates.delay + 1), Effect.sleep) : Effect.void
    )
    if (looks.has(name)) {
      return Effect.gen(function* () {
        yield* pause
        const readings = yield* effect
        yield* pause
        if (!Array.isArray(readings)) return readings
        return yield* Effect.forEach(readings, (reading: unknown) =>
          Effect.map(happens(rates.failsBefore + rates.failsAfter), (fails) => (fails ? missed : reading))
        )
      })
    }
    const failing = (rate: number) =>
      Effect.map(happens(rate), (fails) => {
        if (name !== "SweepApi.setSweepState") return fails
        unwritten = fails && unwritten < mostInARow ? unwritten + 1 : 0
        return unwritten > 0
      })
    return Effect.gen(function* () {
      yield* pause
      if (yield* failing(rates.failsBefore)) return yield* errorOf(call)
      const first = yield* effect
      const second = (yield* happens(rates.repeats)) ? yield* effect : first
      if (yield* happens(rates.failsAfter)) return yield* errorOf(call)
      yield* pause
      return (yield* Random.nextBoolean) ? first : second
    })
  }
}
