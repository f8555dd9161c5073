import { assert, describe, it } from "@effect/vitest"
import * as Lbfgs from "../src/Lbfgs.js"

const rosenbrock: Lbfgs.Objective = (at, gradient) => {
  const [x = 0, y = 0] = at
  gradient[0] = -400 * x * (y - x * x) - 2 * (1 - x)
  gradient[1] = 200 * (y - x * x)
  return 100 * (y - x * x) * (y - x * x) + (1 - x) * (1 - x)
}

// Problem 2 has its minimum at 2a·cos(arccos(1/b)/3), by cardanic formulas.
const a = Math.sqrt(598 / 1200)
const second = 2 * a * Math.cos(Math.acos(1 / (400 * a * a * a)) / 3)

/** Problems with bounds alone, with their minima in closed form. */
const problems: ReadonlyArray<{
  readonly name: number
  readonly objective: Lbfgs.Objective
  readonly start: ReadonlyArray<number>
  readonly bounds: ReadonlyArray<readonly [number, number]>
  readonly minimum: ReadonlyArray<number>
  readonly least: number
}> = [
  {
    name: 1,
    objective: rosenbrock,
    start: [-2, 1],
    bounds: [
      [-10, 10],
      [-1.5, 10]
    ],
    minimum: [1, 1],
    least: 0
  },
  {
    name: 2,
    objective: rosenbrock,
    start: [2, 5],
    bounds: [
      [-10, 10],
      [1.5, 10]
    ],
    minimum: [second, 1.5],
    least: rosenbrock(Float64Array.of(second, 1.5), new Float64Array(2))
  },
  {
    name: 4,
    objective: (at, gradient) => {
      const [x = 0, y = 0] = at
      gradient[0] = (x + 1) * (x + 1)
      gradient[1] = 1
      return ((x + 1) * (x + 1) * (x + 1)) / 3 + y
    },
    start: [1.125, 0.125],
    bounds: [
      [1, 10],
      [0, 10]
    ],
    minimum: [1, 0],
    least: 8 / 3
  },
  {
    name: 5,
    objective: (at, gradient) => {
      const [x = 0, y = 0] = at
      gradient[0] = Math.cos(x + y) + 2 * (x - y) - 1.5
      gradient[1] = Math.cos(x + y) - 2 * (x - y) + 2.5
      return Math.sin(x + y) + (x - y) * (x - y) - 1.5 * x + 2.5 * y + 1
    },
    start: [0, 0],
    bounds: [
      [-1.5, 4],
      [-3, 3]
    ],
    minimum: [0.5 - Math.PI / 3, -0.5 - Math.PI / 3],
    least: -Math.sqrt(3) / 2 - Math.PI / 3
  }
]

describe("Lbfgs", () => {
  it("finds the minimum of Rosenbrock's valley", () => {
    const { value, x } = Lbfgs.minimize(rosenbrock, Float64Array.of(-1.2, 1), box(2, -5), box(2, 5), precise)
    assert.isBelow(value, 1e-10)
    assert.approximately(x[0] ?? 0, 1, 1e-4)
    assert.approximately(x[1] ?? 0, 1, 1e-4)
  })

  it.each(problems)("finds the published minimum of problem $name of Hock and Schittkowski", (problem) => {
    const { bounds, least, minimum, objective, start } = problem
    const [low, high] = [bounds.map(([from]) => from), bounds.map(([, to]) => to)].map((side) =>
      Float64Array.from(side)
    )
    const options = { maxIterations: 500, gradientTolerance: 1e-11, valueTolerance: 0 }
    const found = Lbfgs.minimize(objective, Float64Array.from(start), low ?? box(2, 0), high ?? box(2, 0), options)
    assert.approximately(found.value, least, 1e-12 * Math.max(1, Math.abs(least)))
    minimum.forEach((x, i) => assert.approximately(found.x[i] ?? 0, x, 1e-6))
  })

  it("stays in the box and stops on its edge where the minimum lies outside", () => {
    const asked: Array<number> = []
    const { x } = Lbfgs.minimize(
      (at, gradient) => {
        asked.push(...at)
        gradient[0] = 2 * ((at[0] ?? 0) - 3)
        gradient[1] = 2 * ((at[1] ?? 0) - 0.25)
        return ((at[0] ?? 0) - 3) * ((at[0] ?? 0) - 3) + ((at[1] ?? 0) - 0.25) * ((at[1] ?? 0) - 0.25)
      },
      Float64Array.of(-4, 0.9),
      box(2, 0),
      box(2, 1),
      precise
    )
    assert.strictEqual(x[0], 1)
    assert.approximately(x[1] ?? 0, 0.25, 1e-6)
    assert.isTrue(asked.every((value) => value >= 0 && value <= 1))
  })

  it("gives up where it won't come down to its goal in time, and only there", () => {
    const to = (goal?: number) =>
      Lbfgs.minimize(rosenbrock, Float64Array.of(-1.2, 1), box(2, -5), box(2, 5), {
        ...precise,
        ...(goal === undefined ? {} : { goal })
      })
    assert.deepStrictEqual(to(1e-3), to())
    assert.isBelow(to(-100).evaluations, to().evaluations / 2)
    assert.isAbove(to(-100).value, 0.1)
  })

  it("backs away from values that are not finite", () => {
    const { x } = Lbfgs.minimize(
      (at, gradient) => {
        const u = at[0] ?? 0
        gradient[0] = 1 - 1 / u
        return u > 0 ? u - Math.log(u) : Number.NaN
      },
      Float64Array.of(4),
      box(1, -10),
      box(1, 10),
      precise
    )
    assert.approximately(x[0] ?? 0, 1, 1e-5)
  })

  it("returns the start where nothing is to be gained", () => {
    const flat = (_: Float64Array, gradient: Float64Array) => {
      gradient.fill(0)
      return 7
    }
    const { evaluations, value } = Lbfgs.minimize(flat, Float64Array.of(0.5), box(1, 0), box(1, 1), precise)
    assert.deepStrictEqual([evaluations, value], [1, 7])
  })
})

const precise = { maxIterations: 200, gradientTolerance: 1e-8 }
const box = (n: number, at: number) => new Float64Array(n).fill(at)
