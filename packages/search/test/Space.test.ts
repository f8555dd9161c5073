import { assert, describe, it } from "@effect/vitest"
import type { Parameter } from "@sweepline/core/Parameter"
import type { PythonValue } from "@sweepline/core/PythonValue"
import { Either, FastCheck } from "effect"
import * as Distribution from "../src/Distribution.js"
import * as Random from "../src/Random.js"
import * as RandomSearch from "../src/RandomSearch.js"
import * as Space from "../src/Space.js"

describe("Space", () => {
  it("gives the reference values of continuous parameters", () => {
    const rows: ReadonlyArray<[Parameter, number, number]> = [
      [{ distribution: "log_uniform_values", min: 1e-4, max: 1 }, 0.25, 1e-3],
      [{ distribution: "log_uniform_values", min: 1e-4, max: 1 }, 0.5, 1e-2],
      [{ distribution: "log_uniform_values", min: 1e-4, max: 1 }, 0.75, 0.1],
      [{ distribution: "inv_log_uniform_values", min: 1e-4, max: 1 }, 0.25, 1e-3],
      [{ distribution: "inv_log_uniform", min: -2, max: 3 }, 0.1, 0.0820849986],
      [{ distribution: "inv_log_uniform", min: -2, max: 3 }, 0.5, 0.6065306597],
      [{ distribution: "log_uniform", min: -2, max: 3 }, 0.5, Math.exp(0.5)],
      [{ distribution: "normal", mu: 4, sigma: 2 }, 0.1, 1.4368968687],
      [{ distribution: "log_normal", mu: 2, sigma: 3 }, 0.25, 0.9768040104],
      [{ distribution: "beta", a: 2, b: 5 }, 0.1, 0.0925952589],
      [{ distribution: "beta", a: 2, b: 5 }, 0.5, 0.2644499833],
      [{ distribution: "uniform", min: -1, max: 3 }, 0.75, 2]
    ]
    for (const [parameter, u, expected] of rows) {
      const value = at(parameter, u)
      assert.isTrue(
        typeof value === "number" && Math.abs(value / expected - 1) < 1e-9,
        `${parameter.distribution}(${u}) = ${value}`
      )
    }
  })

  it("gives the reference values of stepped parameters and categories", () => {
    const q1 = { value: 1, integer: true }
    const rows: ReadonlyArray<[Parameter, ReadonlyArray<number>, ReadonlyArray<PythonValue>]> = [
      [
        { distribution: "categorical", values: ["a", "b", "c", "d"] },
        [0.1, 0.25, 0.5, 0.75, 0.9],
        ["a", "a", "b", "c", "d"]
      ],
      [{ distribution: "categorical", values: ["a", "b", "c", "d"] }, [0, 1], ["a", "d"]],
      [{ distribution: "int_uniform", min: 3, max: 6 }, [0, 0.25, 0.26, 0.5, 0.9, 1], [3n, 3n, 4n, 4n, 6n, 6n]],
      [{ distribution: "q_uniform", min: 0.3, max: 1.7, q: q1 }, [0, 0.5, 1], [0n, 1n, 2n]],
      [{ distribution: "q_uniform", min: 0, max: 1, q: { value: 0.1, integer: false } }, [0.31], [0.30000000000000004]],
      [{ distribution: "q_log_uniform_values", min: 1, max: 100, q: { value: 5, integer: true } }, [0, 1], [0n, 100n]],
      [{ distribution: "q_log_uniform", min: 0, max: 2, q: { value: 1, integer: false } }, [0, 0.5, 1], [1, 3, 7]],
      [{ distribution: "q_normal", mu: 0, sigma: 1, q: q1 }, [0.5, 0.9], [0n, 1n]],
      [{ distribution: "q_log_normal", mu: 0, sigma: 1, q: q1 }, [0.5, 0.9], [1n, 4n]],
      [{ distribution: "q_beta", a: 2, b: 5, q: { value: 0.1, integer: false } }, [0.5], [0.30000000000000004]],
      [
        { distribution: "categorical_w_probabilities", values: ["a", "b", "c"], probabilities: [0.2, 0, 0.8] },
        [0, 0.19, 0.2, 0.5, 1],
        ["a", "a", "c", "c", "c"]
      ]
    ]
    for (const [parameter, us, expected] of rows) {
      assert.deepStrictEqual(
        us.map((u) => at(parameter, u)),
        [...expected],
        parameter.distribution
      )
    }
  })

  it("takes repeated categories for one, with as many shares", () => {
    const parameter: Parameter = { distribution: "categorical", values: ["a", "b", "a", 1n, "a", 1] }
    const space = spaceOf({ p: parameter })
    assert.strictEqual(space.points, 3)
    const drawn = [0.1, 0.3, 0.4, 0.6, 0.8, 0.9].map((u) => at(parameter, u))
    assert.deepStrictEqual(drawn, ["a", "b", "a", 1n, "a", 1n])
    assert.deepStrictEqual(
      ["a", "b", 1n].map((value) => space.encode(new Map([["p", value]]))?.[0]),
      [0, 1, 2]
    )
  })

  it("rounds halves to the even one", () => {
    const halves = [0.5, 1.5, 2.5, 3.5, -0.5, -1.5, 2.4, 2.6]
    assert.deepStrictEqual(halves.map(Distribution.roundHalfEven), [0, 2, 2, 4, 0, -2, 2, 3])
  })

  it("cdf undoes quantile for every continuous distribution", () => {
    FastCheck.assert(
      FastCheck.property(
        continuousParameter,
        FastCheck.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true }),
        (parameter, u) => {
          const { cdf, quantile } = Distribution.continuous(parameter)
          assert.approximately(cdf(quantile(u)), u, 1e-9)
        }
      )
    )
  })

  it("encodes the value of every coordinate back to where it is", () => {
    FastCheck.assert(
      FastCheck.property(anyParameter, FastCheck.double({ min: 0, max: 1, noNaN: true }), (parameter, u) => {
        const space = spaceOf({ p: parameter })
        const [dimension] = space.dimensions
        assert.isDefined(dimension)
        if (dimension === undefined) return
        const coordinate = dimension.draw(u)
        const value = dimension.decode(coordinate)
        const again = dimension.encode(value)
        assert.isTrue(again >= 0 && again <= Math.max(1, dimension.levels))
        if (dimension.kind === "continuous") assert.approximately(again, Math.min(Math.max(coordinate, 0), 1), 1e-9)
        else {
          assert.strictEqual(again, coordinate)
          assert.deepStrictEqual(dimension.decode(again), value)
          assert.strictEqual(dimension.coordinateOf(dimension.levelOf(again)), again)
        }
      })
    )
  })

  it("never leaves the bounds, whatever the percentile", () => {
    FastCheck.assert(
      FastCheck.property(boundedParameter, FastCheck.double({ min: 0, max: 1, noNaN: true }), (parameter, u) => {
        const low = parameter.distribution === "log_uniform" ? Math.exp(parameter.min) : parameter.min
        const high = parameter.distribution === "log_uniform" ? Math.exp(parameter.max) : parameter.max
        const value = Number(at(parameter, u))
        assert.isTrue(value >= low && value <= high, `${parameter.distribution} [${low}, ${high}] at ${u}: ${value}`)
      })
    )
  })

  it("suggests numbers, however far a distribution or how fine or coarse its step", () => {
    const rows: ReadonlyArray<Parameter> = [
      { distribution: "uniform", min: -1.7e308, max: 1.7e308 },
      { distribution: "normal", mu: 1e300, sigma: 1.7e308 },
      { distribution: "q_normal", mu: 709, sigma: 1000, q: { value: 5e-324, integer: false } },
      { distribution: "q_normal", mu: 0, sigma: 1.7e308, q: { value: 5, integer: true } },
      { distribution: "q_normal", mu: 0, sigma: 1.7e308, q: { value: 1.19e308, integer: false } },
      { distribution: "q_log_normal", mu: 1e5, sigma: 0.5, q: { value: 0.5, integer: false } },
      { distribution: "q_log_normal", mu: 0, sigma: 1e300, q: { value: 1, integer: true } }
    ]
    for (const parameter of rows) {
      for (const u of [0, 1e-9, 0.5, 0.75, 1]) {
        assert.isTrue(Number.isFinite(Number(at(parameter, u))), `${parameter.distribution} at ${u}`)
      }
    }
  })

  it("builds trials in W&B's order: names sorted at each level, nested ones as dicts, constants in place", () => {
    const space = spaceOf({
      z: { distribution: "constant", value: 1n },
      b: {
        distribution: "nested",
        parameters: new Map<string, Parameter>([
          ["y", { distribution: "categorical", values: ["v"] }],
          ["a", { distribution: "constant", value: null }]
        ])
      },
      a: { distribution: "int_uniform", min: 2, max: 2 }
    })
    const trial = RandomSearch.suggest(space, 1, 0)
    assert.deepStrictEqual(
      JSON.stringify(entries(trial)),
      JSON.stringify([
        ["a", "2n"],
        [
          "b",
          [
            ["a", null],
            ["y", "v"]
          ]
        ],
        ["z", "1n"]
      ])
    )
    assert.deepStrictEqual(
      space.dimensions.map(({ path }) => path.join("/")),
      ["a", "b/y"]
    )
    assert.deepStrictEqual(space.encode(trial), Float64Array.of(0.5, 0))
  })

  it("finds no point in a trial that lacks a parameter, or has a scalar where a dict should be", () => {
    const space = spaceOf({
      a: {
        distribution: "nested",
        parameters: new Map<string, Parameter>([["b", { distribution: "uniform", min: 0, max: 1 }]])
      }
    })
    assert.isUndefined(space.encode(new Map()))
    assert.isUndefined(space.encode(new Map<string, PythonValue>([["a", 0.5]])))
    assert.isUndefined(space.encode(new Map<string, PythonValue>([["a", new Map([["b", "0.5"]])]])))
    assert.deepStrictEqual(space.encode(new Map<string, PythonValue>([["a", new Map([["b", 1]])]])), Float64Array.of(1))
  })

  it("takes what lies beyond the bounds by a quarter of the range for the bound, and nothing farther away", () => {
    const places: ReadonlyArray<readonly [Parameter, PythonValue, number | undefined]> = [
      [{ distribution: "uniform", min: 0, max: 4 }, 5, 1],
      [{ distribution: "uniform", min: 0, max: 4 }, -1, 0],
      [{ distribution: "uniform", min: 0, max: 4 }, 5.1, undefined],
      [{ distribution: "log_uniform_values", min: 1e-4, max: 1 }, 9, 1],
      [{ distribution: "log_uniform_values", min: 1e-4, max: 1 }, 2e-5, 0],
      [{ distribution: "log_uniform_values", min: 1e-4, max: 1 }, 1e-6, undefined],
      [{ distribution: "log_uniform_values", min: 1e-4, max: 1 }, -1, undefined],
      [{ distribution: "int_uniform", min: 1, max: 8 }, 10n, 15 / 16],
      [{ distribution: "int_uniform", min: 1, max: 8 }, 11n, undefined],
      [{ distribution: "q_uniform", min: 0, max: 4, q: { value: 10, integer: true } }, 10n, undefined],
      [{ distribution: "q_uniform", min: 4, max: 6, q: { value: 10, integer: true } }, 10n, 1],
      [{ distribution: "normal", mu: 0, sigma: 1 }, 12, 1],
      [{ distribution: "normal", mu: 0, sigma: 1 }, 20, undefined],
      [{ distribution: "log_normal", mu: 0, sigma: 300 }, 0, 0],
      [{ distribution: "log_normal", mu: 0, sigma: 1 }, 0, undefined],
      [{ distribution: "beta", a: 1, b: 1 }, 1.5, undefined]
    ]
    for (const [parameter, value, place] of places) {
      const found = spaceOf({ p: parameter }).encode(new Map([["p", value]]))
      assert.deepStrictEqual(found, place === undefined ? undefined : Float64Array.of(place), `${value}`)
    }
  })

  it("tells its points from what is only near one", () => {
    const space = spaceOf({
      n: { distribution: "int_uniform", min: 1, max: 8 },
      q: { distribution: "q_uniform", min: 0, max: 1, q: { value: 0.1, integer: false } }
    })
    const holds = (n: PythonValue, q: PythonValue) =>
      space.holds(
        new Map([
          ["n", n],
          ["q", q]
        ])
      )
    assert.isTrue(holds(8n, 0.30000000000000004))
    assert.isTrue(holds(8n, 0.3))
    assert.isFalse(holds(9n, 0.3))
    assert.isFalse(holds(8n, 0.25))
    assert.isFalse(holds(8n, 1.1))
    assert.isFalse(space.holds(new Map([["n", 8n]])))
    const fine = spaceOf({
      x: { distribution: "q_uniform", min: -7e10, max: 1, q: { value: 0.66847291717633, integer: false } }
    })
    for (const u of [0.1, 0.37, 0.9]) assert.isTrue(fine.holds(fine.trial([u])), `${u}`)
    const huge = spaceOf({ n: { distribution: "int_uniform", min: -1e32, max: -1 } })
    assert.isTrue(huge.holds(huge.trial([1])))
  })

  it("tells falsy categories apart", () => {
    const values: ReadonlyArray<PythonValue> = ["x", 0n, false, "", null]
    const space = spaceOf({ p: { distribution: "categorical", values } })
    values.forEach((value, i) => assert.deepStrictEqual(space.encode(new Map([["p", value]])), Float64Array.of(i)))
  })

  it("refuses what has no distribution, naming the parameter", () => {
    const bad: Record<string, Parameter> = {
      a: { distribution: "normal", mu: 0, sigma: 0 },
      b: { distribution: "beta", a: 0, b: 1 },
      c: { distribution: "uniform", min: 2, max: 1 },
      d: { distribution: "log_uniform_values", min: 0, max: 1 },
      e: { distribution: "q_normal", mu: 0, sigma: 1, q: { value: 0, integer: true } },
      f: { distribution: "categorical_w_probabilities", values: ["x"], probabilities: [0] }
    }
    const made = Space.make(new Map([["n", { distribution: "nested", parameters: new Map(Object.entries(bad)) }]]))
    assert.deepStrictEqual(
      Either.isLeft(made) ? made.left.map(({ parameter }) => parameter) : [],
      Object.keys(bad).map((name) => `n.${name}`)
    )
  })

  it("the n-th random suggestion depends on seed, n and name alone", () => {
    const parameters: Record<string, Parameter> = { lr: { distribution: "uniform", min: 0, max: 1 } }
    const alone = spaceOf(parameters)
    const more = spaceOf({ ...parameters, a: { distribution: "int_uniform", min: 0, max: 9 } })
    const seen = new Set<PythonValue | undefined>()
    for (let n = 99; n >= 0; n--) {
      const lr = RandomSearch.suggest(alone, 3, n).get("lr")
      assert.strictEqual(RandomSearch.suggest(more, 3, n).get("lr"), lr)
      seen.add(lr)
    }
    assert.strictEqual(seen.size, 100)
    assert.notDeepEqual(RandomSearch.suggest(alone, 4, 0), RandomSearch.suggest(alone, 3, 0))
  })
})

describe("Random", () => {
  it("gives the same bytes everywhere", () => {
    const random = Random.stream(42, "path", 7)
    assert.deepStrictEqual([random.bits(), random.uniform(), random.integer(1000)], golden)
  })

  it("keeps paths apart that spell alike", () => {
    const first = (...path: ReadonlyArray<number | string>) => Random.stream(1, ...path).uniform()
    assert.strictEqual(
      new Set([first("1"), first(1), first("a", "b"), first("ab"), first("b", "a"), first(), first("")]).size,
      7
    )
  })
})

const golden = [2881437888, 0.3986170635648759, 603]

const spaceOf = (parameters: Record<string, Parameter>): Space.Space =>
  Either.getOrThrowWith(
    Space.make(new Map(Object.entries(parameters))),
    (problems) => new Error(JSON.stringify(problems))
  )

const at = (parameter: Parameter, u: number): PythonValue | undefined => {
  const space = spaceOf({ p: parameter })
  return space.trial(space.dimensions.map(({ draw }) => draw(u))).get("p")
}

const entries = (value: PythonValue): unknown =>
  value instanceof Map
    ? [...value].map(([name, inside]) => [name, entries(inside)])
    : typeof value === "bigint"
      ? `${value}n`
      : value

const range = (min: number, max: number) =>
  FastCheck.tuple(FastCheck.double({ min, max, noNaN: true }), FastCheck.double({ min, max, noNaN: true }))
    .map(([a, b]) => ({ min: Math.min(a, b), max: Math.max(a, b) }))
    .filter(({ max: high, min: low }) => high - low > 1e-3 * Math.max(Math.abs(low), Math.abs(high), 1e-3))

const location = FastCheck.record({
  mu: FastCheck.double({ min: -5, max: 5, noNaN: true }),
  sigma: FastCheck.double({ min: 0.1, max: 5, noNaN: true })
})
// Below 1 a whole share of the percentiles falls between two doubles next to 0 or 1.
const shape = FastCheck.record({
  a: FastCheck.double({ min: 1, max: 30, noNaN: true }),
  b: FastCheck.double({ min: 1, max: 30, noNaN: true })
})
const quantum = FastCheck.record({ value: FastCheck.constantFrom(0.1, 0.25, 1, 3), integer: FastCheck.boolean() }).map(
  ({ integer, value }) => ({ value, integer: integer && Number.isInteger(value) })
)

const boundedParameter = FastCheck.oneof(
  range(-1e3, 1e3).map((bounds) => ({ distribution: "uniform" as const, ...bounds })),
  range(-20, 20).map((bounds) => ({ distribution: "log_uniform" as const, ...bounds })),
  range(1e-6, 1e3).map((bounds) => ({ distribution: "log_uniform_values" as const, ...bounds })),
  FastCheck.tuple(FastCheck.integer({ min: -50, max: 50 }), FastCheck.nat(1000)).map(([min, width]) => ({
    distribution: "int_uniform" as const,
    min,
    max: min + width
  }))
)

const continuousParameter = FastCheck.oneof(
  range(-1e3, 1e3).map((bounds) => ({ distribution: "uniform" as const, ...bounds })),
  range(-20, 20).map((bounds) => ({ distribution: "log_uniform" as const, ...bounds })),
  range(-20, 20).map((bounds) => ({ distribution: "inv_log_uniform" as const, ...bounds })),
  range(1e-6, 1e3).map((bounds) => ({ distribution: "log_uniform_values" as const, ...bounds })),
  range(1e-6, 1e3).map((bounds) => ({ distribution: "inv_log_uniform_values" as const, ...bounds })),
  location.map((rest) => ({ distribution: "normal" as const, ...rest })),
  location.map((rest) => ({ distribution: "log_normal" as const, ...rest })),
  shape.map((rest) => ({ distribution: "beta" as const, ...rest }))
)

const anyParameter: FastCheck.Arbitrary<Parameter> = FastCheck.oneof(
  continuousParameter,
  boundedParameter,
  FastCheck.tuple(range(-50, 50), quantum).map(([bounds, q]) => ({ distribution: "q_uniform" as const, ...bounds, q })),
  FastCheck.tuple(range(-2, 4), quantum).map(([bounds, q]) => ({
    distribution: "q_log_uniform" as const,
    ...bounds,
    q
  })),
  FastCheck.tuple(range(0.01, 300), quantum).map(([bounds, q]) => ({
    distribution: "q_log_uniform_values" as const,
    ...bounds,
    q
  })),
  FastCheck.tuple(location, quantum).map(([rest, q]) => ({ distribution: "q_normal" as const, ...rest, q })),
  FastCheck.tuple(location, quantum).map(([{ mu, sigma }, q]) => ({
    distribution: "q_log_normal" as const,
    mu,
    sigma: sigma / 5,
    q
  })),
  FastCheck.tuple(shape, quantum).map(([rest, q]) => ({ distribution: "q_beta" as const, ...rest, q })),
  FastCheck.array(FastCheck.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 1, maxLength: 9 }).map(
    (probabilities) => ({
      distribution: "categorical_w_probabilities" as const,
      values: probabilities.map((_, i) => `v${i}`),
      probabilities
    })
  ),
  FastCheck.uniqueArray(FastCheck.integer(), { minLength: 1, maxLength: 9 }).map((values) => ({
    distribution: "categorical" as const,
    values: values.map(BigInt)
  }))
)
