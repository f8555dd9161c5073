// The entry of the worker threads that `PlanSamples` starts: simulates the samples that it is asked for, one by one.
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import { parentPort, workerData } from "node:worker_threads"
import * as PlanTask from "./PlanTask.js"
import * as Sample from "./Sample.js"

/** A sample, or `undefined` where it can't be made: whoever asked makes it himself, and sees why. */
export type Answer = Sample.Sample | undefined

const task = PlanTask.given(workerData)
if (task !== undefined && parentPort !== null) {
  const port = parentPort
  const made = PlanTask.simulator(task)
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port, not a window
  const answer = (it: Answer) => port.postMessage(it)
  port.on("message", (sample: number) => {
    if (Either.isLeft(made)) return answer(undefined)
    const { config, simulate } = made.right
    Effect.runFork(simulate(sample)).addObserver((exit) =>
      answer(Exit.isSuccess(exit) ? Sample.of(exit.value, config) : undefined)
    )
  })
}
