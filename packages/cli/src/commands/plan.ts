import * as Command from "@effect/cli/Command"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as RunMetrics from "@sweepline/core/RunMetrics"
import type { Recording } from "@sweepline/simulation/Recordings"
import type * as FailureModel from "@sweepline/simulation/FailureModel"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Local from "../Local.js"
import * as LocalMachine from "../LocalMachine.js"
import * as LocalSweep from "../LocalSweep.js"
import * as Places from "../Places.js"
import * as FileOutput from "../FileOutput.js"
import * as FileProblem from "../FileProblem.js"
import * as bounds from "../boundOptions.js"
import * as options from "../options.js"
import { Output } from "../Output.js"
import * as CurveFile from "../plan/CurveFile.js"
import * as Gantt from "../plan/Gantt.js"
import * as GanttSvg from "../plan/GanttSvg.js"
import * as GanttText from "../plan/GanttText.js"
import * as LikeSweep from "../plan/LikeSweep.js"
import * as Plan from "../plan/Plan.js"
import * as PlanCommands from "../plan/PlanCommands.js"
import * as PlanReport from "../plan/PlanReport.js"
import * as PlanSamples from "../plan/PlanSamples.js"
import * as PlanTask from "../plan/PlanTask.js"
import * as Sample from "../plan/Sample.js"
import * as planOptions from "../planOptions.js"
import * as SweepFile from "../SweepFile.js"
import * as SweepSettings from "../SweepSettings.js"
import * as SweepTotal from "../SweepTotal.js"
import * as Text from "../Text.js"
import { UsageError } from "../UsageError.js"

const usage = (message: string) => new UsageError({ message })

/** The runs to repeat, from the one source that was named. */
const recorded = Effect.fnUntraced(function* (given: {
  readonly like: Option.Option<string>
  readonly curves: Option.Option<string>
  readonly dir: string
}) {
  if (Option.isSome(given.like) && Option.isSome(given.curves)) {
    return yield* usage("--like and --curves both say how runs went: give one of them.")
  }
  if (Option.isSome(given.like)) {
    const recordings = yield* LikeSweep.recordings(given.like.value, given.like).pipe(
      Effect.provide(Local.layer(given.dir, { access: "read" }))
    )
    return { recordings, source: `sweep ${given.like.value}` }
  }
  if (Option.isNone(given.curves)) return undefined
  const file = given.curves.value
  const fs = yield* FileSystem.FileSystem
  const text = yield* Effect.mapError(fs.readFileString(file), (error) =>
    usage(
      `Could not read ${file}: ${FileProblem.ofReading(error)}. Name a file that sweepline export --history has written.`
    )
  )
  const recordings: readonly [Recording, ...ReadonlyArray<Recording>] = yield* Either.mapLeft(
    CurveFile.parse(text),
    (problem) => usage(`${file} can't be read as curves: ${problem}.`)
  )
  return { recordings, source: file }
})

const ratesOf = (given: {
  readonly failures: Option.Option<number>
  readonly crashes: Option.Option<number>
  readonly preemptions: Option.Option<number>
}): Effect.Effect<FailureModel.Rates, UsageError> => {
  const rates = {
    ...(Option.isSome(given.failures) ? { fails: given.failures.value } : {}),
    ...(Option.isSome(given.crashes) ? { crashes: given.crashes.value } : {}),
    ...(Option.isSome(given.preemptions) ? { preempted: given.preemptions.value } : {})
  }
  const sum = Object.values(rates).reduce((a, b) => a + b, 0)
  return sum > 1
    ? usage("--failures, --crashes and --preemptions make up more than all attempts.")
    : rates.preempted === 1
      ? usage("--preemptions 1: no run would ever come to its end.")
      : Effect.succeed(rates)
}

/** `sweepline plan`: a sweep in virtual time, many times over, before it is run. */
export const plan = Command.make(
  "plan",
  {
    file: options.sweepFile,
    duration: planOptions.duration,
    like: planOptions.like,
    curves: planOptions.curves,
    metric: planOptions.metric,
    steps: planOptions.steps,
    failures: planOptions.failures,
    crashes: planOptions.crashes,
    preemptions: planOptions.preemptions,
    queueWait: planOptions.queueWait,
    samples: planOptions.samples,
    seed: options.seed,
    workers: options.workers,
    gpus: options.gpus,
    gpusPerRun: planOptions.gpusPerRun,
    price: planOptions.price,
    runCap: bounds.runCap,
    retries: options.retries,
    grace: options.grace,
    deadline: planOptions.deadline,
    budget: bounds.budget,
    project: options.project,
    svg: planOptions.svg,
    commands: planOptions.commands,
    dir: options.dir,
    json: options.json
  },
  Effect.fnUntraced(function* (given) {
    const output = yield* Output
    const path = yield* Path.Path
    if (Option.contains(given.svg, "-")) {
      return yield* usage("--svg - would put the picture among the plan's text: name a file, such as plan.svg.")
    }
    const asWritten = yield* SweepFile.read(given.file)
    yield* SweepFile.refuseUnsearchable(given.file, asWritten.config)
    const sweepFile = yield* Option.match(given.runCap, {
      onNone: () => Effect.succeed(asWritten),
      onSome: (cap) => SweepFile.withRunCap(asWritten, cap)
    })
    const { config } = sweepFile
    const settings = SweepSettings.merge(
      { ...SweepSettings.defaults(yield* SweepFile.workingDirectory(sweepFile)), project: config.project },
      { ...LocalSweep.nothingGiven, ...given, deadline: Option.none() }
    )
    // Such a sweep goes on until somebody stops it, and nobody does in a plan.
    const isEndless = SweepTotal.of(config) === undefined
    if (isEndless && Option.isNone(given.deadline) && settings.budget === undefined) {
      const ends = RunMetrics.hasTarget(config)
        ? "ends only at its target, which a plan may never reach"
        : "has no end to plan to"
      return yield* usage(`${given.file} ${ends}: give --run-cap, --deadline or --budget.`)
    }
    const { length: workers } = yield* Places.slots(settings)
    const rates = yield* ratesOf(given)
    const like = yield* recorded(given)
    const seed = Option.getOrElse(given.seed, () => 0)
    const task: PlanTask.PlanTask = {
      config: sweepFile.text,
      models: {
        duration: Option.getOrUndefined(given.duration),
        recordings: like?.recordings,
        source: like?.source,
        metric: Option.getOrUndefined(given.metric),
        steps: Option.getOrUndefined(given.steps),
        rates,
        queueWait: Option.getOrUndefined(given.queueWait)
      },
      workers,
      retries: settings.retries,
      grace: settings.grace,
      deadline: Option.getOrUndefined(given.deadline),
      budget: settings.budget,
      gpusPerRun: given.gpusPerRun,
      seed
    }
    const simulator = yield* Either.mapLeft(PlanTask.simulator(task), usage)
    const first = yield* simulator.simulate(0)
    const attempts = Sample.attempts(first)
    const others = yield* PlanSamples.others({
      task,
      simulator,
      samples: given.samples,
      begins: (sample) => output.redraw([`Sample ${sample + 1} of ${given.samples}`])
    })
    const samples = [Sample.of(first, config), ...others]
    yield* output.redraw([])

    const price = Option.getOrUndefined(given.price)
    const result = Plan.make(samples, { gpusPerRun: given.gpusPerRun, price })
    const facts: PlanReport.Facts = {
      file: given.file,
      config,
      workers,
      seed,
      price,
      gpusPerRun: given.gpusPerRun,
      deadline: Option.getOrUndefined(given.deadline),
      assumed: simulator.models.assumed
    }
    const chart = Gantt.make(attempts)
    if (Option.isSome(given.svg)) {
      const title = `${config.name ?? path.basename(given.file)}: ${config.method}, ${Text.count(workers, "worker")}`
      yield* FileOutput.write(given.svg.value, GanttSvg.render(chart, title), "--svg")
    }
    const place = LocalMachine.place(path.resolve(given.dir), settings)
    if (given.json) {
      const planned = yield* PlanCommands.make(place, config, attempts)
      yield* Effect.forEach(planned, (each) => output.json(PlanCommands.json(each)), { discard: true })
      return yield* output.json(PlanReport.json(facts, result))
    }
    const look = { columns: yield* output.columns, colors: output.colors }
    const launched = attempts.filter(({ attempt }) => attempt === 1)
    const planned = yield* PlanCommands.make(place, config, launched.slice(0, given.commands))
    const left = launched.length - planned.length
    yield* output.print(
      ...PlanReport.heading(facts, result, look),
      "",
      ...PlanReport.figures(facts, result, look),
      ...PlanReport.rungs(facts, result, look),
      "",
      look.colors.bold(given.samples === 1 ? "Timeline" : "Timeline of the first sample"),
      ...GanttText.lines(chart, look),
      ...(planned.length === 0
        ? []
        : [
            "",
            look.colors.bold("Commands, in order of launch"),
            // As one text: a call takes no more than some hundred thousand arguments.
            PlanCommands.lines(planned, look.colors).join("\n")
          ]),
      ...(left > 0 && planned.length > 0
        ? [look.colors.dim(`  and ${left.toLocaleString("en-US")} more; print them with --commands ${launched.length}`)]
        : [])
    )
  })
).pipe(
  Command.withDescription("Simulate a sweep before it is run: how long it takes, what it costs, how its runs end.")
)
