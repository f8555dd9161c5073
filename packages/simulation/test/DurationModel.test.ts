import { assert, describe, it } from "@effect/vitest"
import { Either, FastCheck } from "effect"
import * as Draws from "@sweepline/simulation/Draws"
import * as DurationModel from "@sweepline/simulation/DurationModel"

const drawn = (model: DurationModel.DurationModel, n: number): Array<number> =>
  Array.from({ length: n }, (_, index) => DurationModel.draw(model, Draws.make(1, `run${index}#1`))).sort(
    (a, b) => a - b
  )

const quantile = (sorted: ReadonlyArray<number>, q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN

const mean = (values: ReadonlyArray<number>): number => values.reduce((sum, value) => sum + value, 0) / values.length

const message = (text: string): string =>
  Either.match(DurationModel.parse(text), {
    onLeft: (error) => error.message,
    onRight: () => assert.fail(`${text} was read`)
  })

describe("what is drawn", () => {
  it("a constant is always the same", () => {
    assert.deepStrictEqual(new Set(drawn(DurationModel.constant(600_000), 50)), new Set([600_000]))
  })

  it("a uniform duration lies between its bounds, evenly", () => {
    const sorted = drawn(DurationModel.uniform(1_000, 3_000), 4_000)
    assert.isAtLeast(quantile(sorted, 0), 1_000)
    assert.isAtMost(quantile(sorted, 1), 3_000)
    assert.closeTo(mean(sorted), 2_000, 50)
    assert.closeTo(quantile(sorted, 0.25), 1_500, 60)
  })

  it("a lognormal one has its median in the middle and its sigma on the log scale", () => {
    const sorted = drawn(DurationModel.logNormal(600_000, 0.4), 10_000)
    assert.closeTo(quantile(sorted, 0.5) / 600_000, 1, 0.03)
    assert.closeTo(Math.log(quantile(sorted, 0.8413) / 600_000), 0.4, 0.03)
    assert.closeTo(Math.log(quantile(sorted, 0.1587) / 600_000), -0.4, 0.03)
  })

  it("an exponential one has its mean, and its median at ln 2 of it", () => {
    const sorted = drawn(DurationModel.exponential(60_000), 10_000)
    assert.closeTo(mean(sorted) / 60_000, 1, 0.04)
    assert.closeTo(quantile(sorted, 0.5) / 60_000, Math.LN2, 0.03)
  })

  it("a list gives each of its durations about as often", () => {
    const sorted = drawn(DurationModel.oneOf(1, 2, 4), 3_000)
    for (const value of [1, 2, 4]) assert.closeTo(sorted.filter((it) => it === value).length, 1_000, 100)
  })

  it("depends on seed and subject only", () => {
    const model = DurationModel.logNormal(1e9, 1)
    const draw = (seed: number, key: string) => DurationModel.draw(model, Draws.make(seed, key))
    assert.strictEqual(draw(1, "a#1"), draw(1, "a#1"))
    assert.notStrictEqual(draw(1, "a#1"), draw(2, "a#1"))
    assert.notStrictEqual(draw(1, "a#1"), draw(1, "a#2"))
  })
})

describe("its text", () => {
  it("reads every form", () => {
    const models: ReadonlyArray<readonly [string, DurationModel.DurationModel]> = [
      ["10m", DurationModel.constant(600_000)],
      ["1h30m", DurationModel.constant(5_400_000)],
      ["1.5 h", DurationModel.constant(5_400_000)],
      ["250ms", DurationModel.constant(250)],
      ["0", DurationModel.zero],
      ["constant(2d)", DurationModel.constant(172_800_000)],
      ["uniform(5m, 20m)", DurationModel.uniform(300_000, 1_200_000)],
      ["lognormal(10m, 0.4)", DurationModel.logNormal(600_000, 0.4)],
      [" Log_Normal ( 10m , 0.4 ) ", DurationModel.logNormal(600_000, 0.4)],
      ["exponential(90s)", DurationModel.exponential(90_000)],
      ["list(8m, 10m, 25m)", DurationModel.oneOf(480_000, 600_000, 1_500_000)]
    ]
    for (const [text, model] of models) assert.deepStrictEqual(DurationModel.parse(text), Either.right(model), text)
  })

  it("says what is wrong and how to write it", () => {
    const possible = "10m, constant(10m), uniform(5m, 20m), lognormal(10m, 0.4), exponential(10m), list(8m, 10m, 25m)"
    const messages: Record<string, string> = {
      "10": "10 has no unit: write 10s or 10m",
      "": "a duration is missing, for example 90s or 1h30m",
      soon: "soon is not a duration; write a number with ms, s, m, h or d, for example 90s or 1h30m",
      "-5m": "-5m is not a duration; write a number with ms, s, m, h or d, for example 90s or 1h30m",
      "gamma(1m, 2)": `there is no gamma; possible are ${possible}`,
      "lognormal(10m": `write a name with its arguments in one pair of brackets; possible are ${possible}`,
      "lognormal(10m)": "it takes 2 arguments, as in lognormal(10m, 0.4)",
      "lognormal(10, 0.4)": "10 has no unit: write 10s or 10m, as in lognormal(10m, 0.4)",
      "lognormal(10m, wide)": "wide is not a number of 0 or more, as in lognormal(10m, 0.4)",
      "lognormal(10m, -1)": "-1 is not a number of 0 or more, as in lognormal(10m, 0.4)",
      "uniform(20m, 5m)": "the first bound must not be above the second, as in uniform(5m, 20m)",
      "exponential()": "it takes one argument, as in exponential(10m)",
      "list()": "it takes at least one argument, as in list(8m, 10m, 25m)",
      "list(1m,,2m)": "a duration is missing, for example 90s or 1h30m, as in list(8m, 10m, 25m)"
    }
    for (const [text, detail] of Object.entries(messages))
      assert.strictEqual(message(text), `${JSON.stringify(text)} is not a duration model: ${detail}`)
  })

  const millis = FastCheck.oneof(
    FastCheck.nat(1e9),
    FastCheck.constantFrom(0, 1_000, 60_000, 3_600_000, 86_400_000),
    FastCheck.double({ min: 0.001, max: 1e6, noNaN: true }).map((value) => Math.round(value * 1_000) / 1_000)
  )
  const models = FastCheck.oneof(
    millis.map(DurationModel.constant),
    FastCheck.tuple(millis, millis).map(([a, b]) => DurationModel.uniform(Math.min(a, b), Math.max(a, b))),
    FastCheck.tuple(millis, FastCheck.nat(300)).map(([median, sigma]) => DurationModel.logNormal(median, sigma / 100)),
    millis.map(DurationModel.exponential),
    FastCheck.tuple(millis, FastCheck.array(millis, { maxLength: 5 })).map(([a, rest]) =>
      DurationModel.oneOf(a, ...rest)
    )
  )

  it.prop("what is printed reads back as the same model", [models], ([model]) => {
    assert.deepStrictEqual(DurationModel.parse(DurationModel.format(model)), Either.right(model))
  })

  it.prop("every model draws whole milliseconds, 0 or more", [models, FastCheck.string()], ([model, key]) => {
    const value = DurationModel.draw(model, Draws.make(0, key))
    assert.isTrue(Number.isInteger(value) && value >= 0)
  })

  it.prop("any text is read or refused with a sentence", [FastCheck.string()], ([text]) => {
    const parsed = DurationModel.parse(text)
    if (Either.isLeft(parsed)) assert.include(parsed.left.message, "is not a duration model: ")
  })
})
