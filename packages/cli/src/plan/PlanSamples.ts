import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import { existsSync } from "node:fs"
import { availableParallelism } from "node:os"
import { Worker } from "node:worker_threads"
import * as PlanTask from "./PlanTask.js"
import type { Answer } from "./PlanWorker.js"
import * as Sample from "./Sample.js"

/** A thread takes seconds of a processor before it is as fast as this one: less work than this isn't worth it. */
const worthThreads = Duration.seconds(8)

/** How long samples are made before it is known how long one takes: the first ones take much longer. */
const usualWarmUp = Duration.seconds(1.5)

/**
 * The samples of a task from the second on, in order. Where they make enough work, other processors help: which
 * thread simulates a sample changes nothing in it.
 */
export const others = Effect.fnUntraced(function* (options: {
  readonly task: PlanTask.PlanTask
  readonly simulator: PlanTask.Simulator
  /** How many there are in all. */
  readonly samples: number
  /** Told of each sample that begins. */
  readonly begins: (sample: number) => Effect.Effect<void>
  /** How many threads may simulate, this one included; as many as there are processors, if not given. */
  readonly threads?: number
  /** The program of the threads. */
  readonly entry?: URL
  /** Threads are started where more than this is left to do. */
  readonly worth?: Duration.Duration
  /** But not before samples were made for so long. */
  readonly warmUp?: Duration.Duration
}) {
  const { begins, samples, simulator, task } = options
  const { entry = beside, threads = availableParallelism(), warmUp = usualWarmUp, worth = worthThreads } = options
  const found: Array<Sample.Sample> = []
  /** Shared by all who take from it. */
  const numbers = Array.from({ length: samples - 1 }, (_, index) => index + 1).values()

  /** After a turn for signals and for the answers of threads, which a short sample gives none. */
  const inline = (sample: number) =>
    Effect.map(Effect.zipRight(Effect.sleep(Duration.zero), simulator.simulate(sample)), (simulated) =>
      Sample.of(simulated, simulator.config)
    )

  const make = Effect.fnUntraced(function* <E>(
    sample: number,
    simulate: (sample: number) => Effect.Effect<Sample.Sample, E>
  ) {
    yield* begins(sample)
    found[sample - 1] = yield* simulate(sample)
  })

  /** Takes samples as long as there are any. Whatever a thread can't do shows its cause here. */
  const help = Effect.gen(function* () {
    const ask = yield* thread(entry, task)
    const simulate = (sample: number) =>
      Effect.flatMap(ask(sample), (it) => (it === undefined ? inline(sample) : Effect.succeed(it)))
    for (const sample of numbers) yield* make(sample, simulate)
  })

  const startHelper = Effect.forkScoped(help)
  let helpers: ReadonlyArray<Effect.Effect.Success<typeof startHelper>> = []
  let spent = Duration.zero
  for (const sample of numbers) {
    const [took] = yield* Effect.timed(make(sample, inline))
    spent = Duration.sum(spent, took)
    const left = samples - sample - 1
    // By the mean of all that were made here: one alone may have been held up.
    const expected = Duration.times(spent, left / sample)
    if (helpers.length > 0 || Duration.lessThan(spent, warmUp) || Duration.lessThan(expected, worth)) continue
    helpers = yield* Effect.replicateEffect(startHelper, Math.min(threads - 1, left - 1))
  }
  yield* Fiber.joinAll(helpers)
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
