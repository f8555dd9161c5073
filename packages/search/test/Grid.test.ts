import { assert, describe, it } from "@effect/vitest"
import type { Parameter } from "@sweepline/core/Parameter"
import type { PythonValue } from "@sweepline/core/PythonValue"
import type { TrialConfig } from "@sweepline/core/TrialConfig"
import { Either, FastCheck } from "effect"
import * as Grid from "../src/Grid.js"
import * as Identity from "../src/Identity.js"
import * as Permutation from "../src/Permutation.js"

describe("Grid", () => {
  it("orders points by sorted name, nested ones at their parent's place, the last fastest", () => {
    const trials = all({
      b: { distribution: "nested", parameters: new Map([["x", values("p", "q")]]) },
      c: values(1n, 2n),
      a: { distribution: "constant", value: "k" }
    })
    assert.deepStrictEqual(trials.map(text), [
      "a=k b={x=p} c=1",
      "a=k b={x=p} c=2",
      "a=k b={x=q} c=1",
      "a=k b={x=q} c=2"
    ])
  })

  it("counts stepped ranges as numpy's arange does", () => {
    const rows: ReadonlyArray<[Parameter, ReadonlyArray<PythonValue>]> = [
      [quniform(0, 10, 5, true), [0n, 5n]],
      [quniform(1, 1.3, 0.1, false), [1, 1.1, 1.2000000000000002, 1.3000000000000003]],
      [quniform(0.5, 3, 1, false), [0.5, 1.5, 2.5]],
      [{ distribution: "int_uniform", min: -1, max: 2 }, [-1n, 0n, 1n, 2n]]
    ]
    for (const [parameter, expected] of rows) {
      const trials = all({ p: parameter })
      assert.deepStrictEqual(
        trials.map((trial) => trial.get("p")),
        [...expected]
      )
    }
  })

  it("counts also a range that is wider than the largest number", () => {
    const trials = all({ p: quniform(-1e308, 1e308, 5e307, false) })
    assert.deepStrictEqual(
      trials.map((trial) => trial.get("p")),
      [-1e308, -5e307, 0, 5e307]
    )
  })

  it("collapses equal values to the last spelling and keeps types apart", () => {
    assert.deepStrictEqual(
      all({ p: values(3n, 3) }).map((trial) => trial.get("p")),
      [3]
    )
    assert.deepStrictEqual(
      all({ p: values(3000000n, 3e6, 0n, -0) }).map((trial) => trial.get("p")),
      [3e6, -0]
    )
    assert.strictEqual(all({ p: values("1", 1n, true, null, "null", Number.NaN, Number.NaN) }).length, 6)
    assert.strictEqual(all({ p: values([1n], [1]) }).length, 2)
    const dict = (...names: ReadonlyArray<string>) => new Map(names.map((name) => [name, 1n]))
    assert.strictEqual(all({ p: values(dict("a", "b"), dict("b", "a")) }).length, 1)
  })

  it("counts every run as taken, in whatever spelling, and nothing else", () => {
    const grid = gridOf({ p: values(1n, 2n, 3n), k: { distribution: "constant", value: 0n } })
    const runs: ReadonlyArray<ReadonlyArray<[string, PythonValue]>> = [
      [["p", 2]],
      [["p", "1"]],
      [["q", 3n]],
      [
        ["p", 3n],
        ["k", 77n],
        ["extra", null]
      ]
    ]
    const walk = Grid.walk(grid)
    const history = runs.map((pairs) => ({ trial: new Map(pairs) }))
    assert.deepStrictEqual(walk.next(history)?.get("p"), 1n)
    assert.isUndefined(walk.next([...history, { trial: new Map([["p", 1n]]) }]))
  })

  it("finds a dict-valued category through keys that no category knows", () => {
    const adam = new Map<string, PythonValue>([["name", "adam"]])
    const sgd = new Map<string, PythonValue>([["name", "sgd"]])
    const grid = gridOf({ o: values(adam, sgd) })
    const run = (dict: ReadonlyMap<string, PythonValue>) => new Map([["o", dict]])
    assert.strictEqual(grid.indexOf(run(new Map([...sgd, ["lr", 1]]))), 1n)
    assert.isUndefined(grid.indexOf(run(new Map([["lr", 1]]))))
    assert.isUndefined(grid.indexOf(run(new Map([["name", new Map([["extra", 1n]])]]))))
  })

  it("is done after one run where everything is constant", () => {
    const walk = Grid.walk(gridOf({ p: { distribution: "constant", value: 1n } }))
    assert.deepStrictEqual(walk.next([])?.get("p"), 1n)
    assert.isUndefined(walk.next([{ trial: new Map([["p", 2n]]) }]))
  })

  it("refuses a distribution without a grid, by name", () => {
    const made = Grid.make(new Map([["n", { distribution: "nested", parameters: new Map([["lr", uniform]]) }]]))
    assert.deepStrictEqual(Either.isLeft(made) ? made.left.map(({ parameter }) => parameter) : [], ["n.lr"])
  })

  it("hands out every point once, in any order of the runs before", () => {
    FastCheck.assert(
      FastCheck.property(axes, FastCheck.option(FastCheck.nat()), FastCheck.nat(30), (parameters, seed, before) => {
        const grid = gridOf(parameters)
        const order = seed === null ? undefined : Permutation.make(grid.size, seed)
        const history: Array<{ readonly trial: TrialConfig }> = []
        for (let i = 0; i < before; i++) history.push({ trial: grid.point(BigInt(i * 7) % grid.size) })
        const walk = Grid.walk(grid, order)
        for (let trial = walk.next(history); trial !== undefined; trial = walk.next(history)) history.push({ trial })
        const keys = history.map(({ trial }) => Identity.key(trial))
        assert.strictEqual(BigInt(new Set(keys).size), grid.size)
        assert.strictEqual(keys.length - before, new Set(keys).size - new Set(keys.slice(0, before)).size)
      })
    )
  })

  // A walk that made the product would never get here.
  it("starts a grid of 10^9 points, and one of 10^60, as well as one of 10^3", () => {
    const axis: Parameter = { distribution: "int_uniform", min: 1, max: 1000 }
    for (const n of [1, 3, 20]) {
      const grid = gridOf(Object.fromEntries(Array.from({ length: n }, (_, i) => [`p${i}`, axis])))
      for (const order of [undefined, Permutation.make(grid.size, 3)]) {
        const walk = Grid.walk(grid, order)
        const first = walk.next([])
        assert.isDefined(first)
        if (first === undefined) return
        assert.strictEqual(grid.indexOf(first), order === undefined ? 0n : order(0n))
        assert.notDeepEqual(walk.next([{ trial: first }]), first)
      }
    }
  })
})

describe("Permutation", () => {
  it("maps onto itself, one to one", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.integer({ min: 1, max: 3000 }), FastCheck.integer(), (size, seed) => {
        const permutation = Permutation.make(BigInt(size), seed)
        const images = new Set(Array.from({ length: size }, (_, i) => permutation(BigInt(i))))
        assert.strictEqual(images.size, size)
        for (const image of images) assert.isTrue(image >= 0n && image < BigInt(size))
      }),
      { numRuns: 50 }
    )
  })

  it("depends on the seed, and mixes neighbours", () => {
    const order = (seed: number) => Array.from({ length: 100 }, (_, i) => Permutation.make(100n, seed)(BigInt(i)))
    assert.notDeepEqual(order(1), order(2))
    const steps = order(1).map((at, i, list) => (i === 0 ? 0n : at - (list[i - 1] ?? 0n)))
    assert.isBelow(steps.filter((step) => step === 1n).length, 8)
  })

  it("stays inside sizes beyond 2^64", () => {
    const size = 10n ** 45n
    const permutation = Permutation.make(size, 9)
    const images = Array.from({ length: 100 }, (_, i) => permutation(BigInt(i)))
    assert.strictEqual(new Set(images).size, 100)
    assert.isTrue(images.every((image) => image >= 0n && image < size))
    assert.isAbove(images.filter((image) => image > size / 2n).length, 20)
  })
})

const uniform: Parameter = { distribution: "uniform", min: 0, max: 1 }
const values = (...list: ReadonlyArray<PythonValue>): Parameter => ({ distribution: "categorical", values: list })
const quniform = (min: number, max: number, value: number, integer: boolean): Parameter => ({
  distribution: "q_uniform",
  min,
  max,
  q: { value, integer }
})

const gridOf = (parameters: Record<string, Parameter>): Grid.Grid =>
  Either.getOrThrowWith(
    Grid.make(new Map(Object.entries(parameters))),
    (problems) => new Error(JSON.stringify(problems))
  )

const all = (parameters: Record<string, Parameter>): ReadonlyArray<TrialConfig> => {
  const grid = gridOf(parameters)
  return Array.from({ length: Number(grid.size) }, (_, i) => grid.point(BigInt(i)))
}

const text = (value: PythonValue): string =>
  value instanceof Map
    ? [...value]
        .map(([name, inside]) => `${name}=${inside instanceof Map ? `{${text(inside)}}` : text(inside)}`)
        .join(" ")
    : String(value)

const axes: FastCheck.Arbitrary<Record<string, Parameter>> = FastCheck.array(
  FastCheck.oneof(
    FastCheck.integer({ min: 0, max: 4 }).map((max): Parameter => ({ distribution: "int_uniform", min: 0, max })),
    FastCheck.constant(values("a", 1n, 1, null)),
    FastCheck.constant(quniform(0, 1, 0.3, false)),
    FastCheck.constant<Parameter>({ distribution: "constant", value: "c" }),
    FastCheck.constant<Parameter>({
      distribution: "nested",
      parameters: new Map([
        ["u", values(true, false)],
        ["v", values(0n, 2n)]
      ])
    })
  ),
  { minLength: 1, maxLength: 4 }
).map((list) => Object.fromEntries(list.map((parameter, i) => [`p${i}`, parameter])))
