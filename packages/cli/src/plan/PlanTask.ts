import * as SweepConfig from "@sweepline/core/SweepConfig"
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import * as Models from "./Models.js"
import * as SimulatedSweep from "./SimulatedSweep.js"

/** All that a plan's samples depend on, as plain data: a worker thread can be given it. */
export interface PlanTask extends Omit<SimulatedSweep.Setting, "chance" | "engine" | "judgedEvery"> {
  readonly models: Models.Given
}

const marker = "sweepline/plan/PlanTask"

/** A task as a worker thread is given it when it starts. */
export const workerData = (task: PlanTask) => ({ marker, task })

/** The task of this worker thread; `undefined` where this thread was started for something else. */
export const given = (data: unknown): PlanTask | undefined => (isWorkerData(data) ? data.task : undefined)

/** A task that was read. */
export interface Simulator {
  readonly config: SweepConfig.SweepConfig
  readonly models: Models.Models
  /** The sample of a number: the same task gives the same sweep, in whichever thread and order. */
  readonly simulate: (sample: number) => ReturnType<typeof SimulatedSweep.simulate>
}

/** Reads a task. `Left` is a sentence. */
export const simulator = (task: PlanTask): Either.Either<Simulator, string> =>
  Either.gen(function* () {
    const config = yield* Either.mapLeft(
      SweepConfig.parse({ file: "the sweep config", text: task.config }),
      ({ message }) => message
    )
    const models = yield* Models.make(task.models, config)
    const judgedEvery = config.earlyTerminate === undefined ? undefined : Math.max(1, Math.ceil(models.rowEvery / 2))
    const { seed, models: _, ...setting } = task
    return {
      config,
      models,
      simulate: (sample) =>
        SimulatedSweep.simulate({
          ...setting,
          seed,
          judgedEvery,
          chance: `${seed}/${sample}`,
          engine: (trialOf) => models.engine(`${seed}/${sample}`, trialOf)
        })
    }
  })

// internal

const isWorkerData = (data: unknown): data is ReturnType<typeof workerData> =>
  Predicate.hasProperty(data, "marker") && data.marker === marker
