import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { existsSync } from "node:fs"
import { availableParallelism } from "node:os"
import { Worker } from "node:worker_threads"
import * as PlanTask from "./PlanTask.js"
import type { Answer } from "./PlanWorker.js"
import * as Sample from "./Sample.js"

/** Below so many milliseconds of work it takes longer to start threads than they save. */
const worthThreads = 1000

/**
 * The samples of a task from the second on, in order. Where they make enough work, other processors help: which
 * thread simulates a sample changes nothing in it.
 */
export const others = Effect.fnUntraced(function* (options: {
  readonly task: PlanTask.PlanTask
  readonly simulator: PlanTask.Simulator
  /** How many there are in all. */
  readonly samples: number
  /** How many milliseconds the first one took. */
  readonly took: number
  /** Told of each sample that begins. */
  readonly begins: (sample: number) => Effect.Effect<void>
  /** How many threads may simulate, this one included; as many as there are processors, if not given. */
  readonly threads?: number
  /** The program of the threads. */
  readonly entry?: URL
}) {
  const { begins, entry = beside, samples, simulator, task, threads = availableParallelism(), took } = options
  const left = samples - 1
  const found: Array<Sample.Sample> = []
  let next = 1

  /** After a turn for signals and for the answers of threads, which a short sample gives none. */
  const inline = (sample: number) =>
    Effect.map(Effect.zipRight(Effect.sleep(Duration.zero), simulator.simulate(sample)), (simulated) =>
      Sample.of(simulated, simulator.config)
    )

  /** Takes samples as long as there are any. */
  const lane = Effect.fnUntraced(function* <E>(simulate: (sample: number) => Effect.Effect<Sample.Sample, E>) {
    while (next < samples) {
      const sample = next++
      yield* begins(sample)
      found[sample - 1] = yield* simulate(sample)
    }
  })

  /** Whatever a thread can't do shows its cause here. */
  const helped = (ask: Ask) =>
    lane((sample) => Effect.flatMap(ask(sample), (it) => (it === undefined ? inline(sample) : Effect.succeed(it))))

  const helpers = took * left < worthThreads ? 0 : Math.min(threads - 1, left - 1)
  const others = helpers <= 0 ? [] : yield* Effect.replicateEffect(thread(entry, task), helpers)
  yield* Effect.all([lane(inline), ...others.map(helped)], { concurrency: "unbounded", discard: true })
  return found
}, Effect.scoped)

// internal

type Ask = (sample: number) => Effect.Effect<Answer>

const beside = new URL("./PlanWorker.js", import.meta.url)

/** A thread that simulates. It answers nothing once it is gone, or where its program doesn't lie beside this one. */
const thread = (entry: URL, task: PlanTask.PlanTask): Effect.Effect<Ask, never, Scope.Scope> =>
  Effect.gen(function* () {
    if (!existsSync(entry)) return () => Effect.succeed(undefined)
    const worker = yield* Effect.acquireRelease(
      Effect.sync(() => new Worker(entry, { workerData: PlanTask.workerData(task) })),
      (started) => Effect.promise(() => started.terminate())
    )
    let lost = false
    let resume: ((answer: Answer) => void) | undefined
    const lose = () => {
      lost = true
      resume?.(undefined)
    }
    worker.on("message", (answer: Answer) => resume?.(answer))
    worker.on("error", lose)
    worker.on("exit", lose)
    return (sample: number) =>
      Effect.async<Answer>((done) => {
        if (lost) return done(Effect.succeed(undefined))
        resume = (answer) => done(Effect.succeed(answer))
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker, not a window
        worker.postMessage(sample)
      })
  })
