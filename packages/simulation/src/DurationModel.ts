import * as Data from "effect/Data"
import * as Either from "effect/Either"
import type * as Draws from "./Draws.js"

/** How long something lasts. All numbers but `sigma` are milliseconds. */
export type DurationModel = Data.TaggedEnum<{
  Constant: { readonly millis: number }
  Uniform: { readonly min: number; readonly max: number }
  /** Half of the draws are below `median`; `sigma` is the standard deviation of the logarithm. */
  LogNormal: { readonly median: number; readonly sigma: number }
  Exponential: { readonly mean: number }
  /** One of these, each as likely: for example the durations of a finished sweep. Never empty. */
  OneOf: { readonly millis: readonly [number, ...ReadonlyArray<number>] }
}>

const { Constant, Exponential, LogNormal, OneOf, Uniform, $match } = Data.taggedEnum<DurationModel>()

/** Always the same. */
export const constant = (millis: number): DurationModel => Constant({ millis })

/** No time at all. */
export const zero: DurationModel = constant(0)

/** Anything between two bounds, each as likely. */
export const uniform = (min: number, max: number): DurationModel => Uniform({ min, max })

/** What training times mostly look like: a median, and a long tail upwards. */
export const logNormal = (median: number, sigma: number): DurationModel => LogNormal({ median, sigma })

/** Mostly short, now and then long. */
export const exponential = (mean: number): DurationModel => Exponential({ mean })

/** One of the given durations, each as likely. */
export const oneOf = (first: number, ...rest: ReadonlyArray<number>): DurationModel =>
  OneOf({ millis: [first, ...rest] })

/** A duration in whole milliseconds. */
export const draw = (self: DurationModel, draws: Draws.Draws): number =>
  Math.round(
    $match(self, {
      Constant: ({ millis }) => millis,
      Uniform: ({ min, max }) => min + (max - min) * draws.uniform(),
      LogNormal: ({ median, sigma }) => median * Math.exp(sigma * draws.normal()),
      Exponential: ({ mean }) => mean * draws.exponential(),
      OneOf: ({ millis }) => millis[Math.floor(draws.uniform() * millis.length)] ?? millis[0]
    })
  )

/** A duration model's text could not be read; the message says where, and what is possible. */
export class DurationModelError extends Data.TaggedError("DurationModelError")<{
  readonly text: string
  readonly detail: string
}> {
  override get message(): string {
    return `${JSON.stringify(this.text)} is not a duration model: ${this.detail}`
  }
}

const units = new Map([
  ["ms", 1],
  ["s", 1_000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000]
])

const durationPattern = /^(?:\d+(?:\.\d+)?(?:ms|[smhd]))+$/
const partPattern = /(\d+(?:\.\d+)?)(ms|[smhd])/g

const parseDuration = (text: string): Either.Either<number, string> => {
  const compact = text.replace(/\s+/g, "")
  if (compact === "") return Either.left("a duration is missing, for example 90s or 1h30m")
  if (compact === "0") return Either.right(0)
  if (/^\d+(\.\d+)?$/.test(compact)) return Either.left(`${compact} has no unit: write ${compact}s or ${compact}m`)
  if (!durationPattern.test(compact))
    return Either.left(`${text} is not a duration; write a number with ms, s, m, h or d, for example 90s or 1h30m`)
  let millis = 0
  for (const [, amount, unit] of compact.matchAll(partPattern)) millis += Number(amount) * (units.get(unit ?? "") ?? 0)
  return Either.right(millis)
}

const parseNumber = (text: string): Either.Either<number, string> =>
  /^\d+(\.\d+)?$/.test(text) ? Either.right(Number(text)) : Either.left(`${text} is not a number of 0 or more`)

interface Form {
  readonly example: string
  readonly read: (args: ReadonlyArray<string>) => Either.Either<DurationModel, string>
}

const count = (args: ReadonlyArray<string>, n: number): Either.Either<ReadonlyArray<string>, string> =>
  args.length === n ? Either.right(args) : Either.left(`it takes ${n === 1 ? "one argument" : `${n} arguments`}`)

const one = (make: (millis: number) => DurationModel) => (args: ReadonlyArray<string>) =>
  count(args, 1).pipe(
    Either.flatMap(([text = ""]) => parseDuration(text)),
    Either.map(make)
  )

const forms = new Map<string, Form>([
  ["constant", { example: "constant(10m)", read: one(constant) }],
  [
    "uniform",
    {
      example: "uniform(5m, 20m)",
      read: (args) =>
        count(args, 2).pipe(
          Either.flatMap((texts) => Either.all(texts.map(parseDuration))),
          Either.flatMap(([min = 0, max = 0]) =>
            min <= max ? Either.right(uniform(min, max)) : Either.left("the first bound must not be above the second")
          )
        )
    }
  ],
  [
    "lognormal",
    {
      example: "lognormal(10m, 0.4)",
      read: (args) =>
        count(args, 2).pipe(
          Either.flatMap(([median = "", sigma = ""]) => Either.all([parseDuration(median), parseNumber(sigma)])),
          Either.map(([median, sigma]) => logNormal(median, sigma))
        )
    }
  ],
  ["exponential", { example: "exponential(10m)", read: one(exponential) }],
  [
    "list",
    {
      example: "list(8m, 10m, 25m)",
      read: (args) =>
        Either.all(args.map(parseDuration)).pipe(
          Either.flatMap(([first, ...rest]) =>
            first === undefined ? Either.left("it takes at least one argument") : Either.right(oneOf(first, ...rest))
          )
        )
    }
  ]
])

const examples = ["10m", ...Array.from(forms.values(), (form) => form.example)].join(", ")

/**
 * Reads a model from its text: a plain duration such as `10m` or `1h30m`, or one of
 * `constant(10m)`, `uniform(5m, 20m)`, `lognormal(10m, 0.4)` (median, sigma),
 * `exponential(10m)` (mean) and `list(8m, 10m, 25m)`.
 */
export const parse = (text: string): Either.Either<DurationModel, DurationModelError> => {
  const fail = (detail: string) => new DurationModelError({ text, detail })
  const call = /^\s*([a-z_-]+)\s*\(([^()]*)\)\s*$/i.exec(text)
  if (call === null) {
    return text.includes("(") || text.includes(")")
      ? Either.left(fail(`write a name with its arguments in one pair of brackets; possible are ${examples}`))
      : parseDuration(text.trim()).pipe(Either.mapBoth({ onLeft: fail, onRight: constant }))
  }
  const [, name = "", inside = ""] = call
  const form = forms.get(name.toLowerCase().replace(/[_-]/g, ""))
  if (form === undefined) return Either.left(fail(`there is no ${name}; possible are ${examples}`))
  const args = inside.trim() === "" ? [] : inside.split(",").map((arg) => arg.trim())
  return form.read(args).pipe(Either.mapLeft((detail) => fail(`${detail}, as in ${form.example}`)))
}

const formatDuration = (millis: number): string => {
  if (millis === 0) return "0s"
  for (const [unit, size] of Array.from(units).reverse()) if (millis % size === 0) return `${millis / size}${unit}`
  return `${millis}ms`
}

/** A model's text, from which `parse` makes the same model. */
export const format = (self: DurationModel): string =>
  $match(self, {
    Constant: ({ millis }) => formatDuration(millis),
    Uniform: ({ min, max }) => `uniform(${formatDuration(min)}, ${formatDuration(max)})`,
    LogNormal: ({ median, sigma }) => `lognormal(${formatDuration(median)}, ${sigma})`,
    Exponential: ({ mean }) => `exponential(${formatDuration(mean)})`,
    OneOf: ({ millis }) => `list(${millis.map(formatDuration).join(", ")})`
  })
