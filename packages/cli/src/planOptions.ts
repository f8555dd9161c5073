import * as Options from "@effect/cli/Options"
import * as Draws from "@sweepline/simulation/Draws"
import * as DurationModel from "@sweepline/simulation/DurationModel"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { invalid, natural } from "./OptionText.js"

// The options that only `plan` has, each once, with its help text.

/** An option that takes a part of 1, as a percentage or a number. */
const part = (name: string, about: string) =>
  Options.text(name).pipe(
    Options.withPseudoName("P"),
    Options.withDescription(about),
    Options.mapEffect((text) => {
      const [, digits, percent] = /^([0-9]*\.?[0-9]+)(%?)$/.exec(text.trim()) ?? []
      const value = Number(digits) / (percent === "%" ? 100 : 1)
      return value >= 0 && value <= 1
        ? Effect.succeed(value)
        : Effect.fail(invalid(`--${name} takes a part, for example 5% or 0.05, not "${text}".`))
    }),
    Options.optional
  )

const model = (name: string, pseudoName: string, about: string) =>
  Options.text(name).pipe(Options.withPseudoName(pseudoName), Options.withDescription(about), Options.optional)

export const duration = model(
  "duration",
  "MODEL",
  "How long a run takes: 10m, uniform(5m, 20m), lognormal(10m, 0.4), exponential(10m), list(8m, 25m), or parameter(epochs, 2m)."
)

export const like = model(
  "like",
  "SWEEP",
  "Repeat the runs of a finished sweep: durations, waits, failures and metrics."
)

export const curves = model(
  "curves",
  "FILE",
  "The same from a file, as export --history writes it (CSV or JSON lines)."
)

export const metric = model(
  "metric",
  "MODEL",
  "How a run's metric goes: decay(FROM, TO, SPREAD), where SPREAD is how much runs differ at the end."
)

export const steps = natural("steps", 1).pipe(
  Options.withDescription("How often a run logs its metric."),
  Options.optional
)

export const failures = part("failures", "The part of attempts that fail, for example 5%.")

export const crashes = part("crashes", "The part of attempts that go away without an exit code.")

export const preemptions = part("preemptions", "The part of attempts that lose their machine, and run again later.")

export const queueWait = model(
  "queue-wait",
  "MODEL",
  "How long a run waits from its launch to its start, as --duration has it."
)

export const deadline = Options.text("deadline").pipe(
  Options.withPseudoName("TIME"),
  Options.withDescription("End the sweep after so long, for example 2h, as run --deadline does."),
  Options.mapEffect((text) =>
    DurationModel.parse(text).pipe(
      Either.filterOrLeft(
        (model) => model._tag === "Constant",
        () => "not a time"
      ),
      Either.match({
        onLeft: () => Effect.fail(invalid(`"${text}" is no time for --deadline. Write one like 2h or 90m.`)),
        onRight: (model) => Effect.succeed(DurationModel.draw(model, Draws.make(0)))
      })
    )
  ),
  Options.optional
)

export const samples = natural("samples", 1).pipe(
  Options.withDescription("How many sweeps to simulate, each with other luck."),
  Options.withDefault(50)
)

export const gpusPerRun = natural("gpus-per-run", 1).pipe(
  Options.withDescription("How many GPUs a run occupies."),
  Options.withDefault(1)
)

export const price = Options.text("price").pipe(
  Options.withPseudoName("AMOUNT"),
  Options.withDescription("What a GPU costs for an hour."),
  Options.mapEffect((text) =>
    /^[0-9]*\.?[0-9]+$/.test(text)
      ? Effect.succeed(Number(text))
      : Effect.fail(invalid(`--price takes a number, for example 2.5, not "${text}".`))
  ),
  Options.optional
)

export const svg = Options.text("svg").pipe(
  Options.withPseudoName("FILE"),
  Options.withDescription("Write the timeline of the first sample as an SVG picture."),
  Options.optional
)

export const commands = natural("commands", 0).pipe(
  Options.withDescription("How many of the runs' commands to print; --json prints all."),
  Options.withDefault(10)
)
