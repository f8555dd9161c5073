import { assert, describe, it } from "@effect/vitest"
import * as Lbfgs from "../src/Lbfgs.js"

describe("Lbfgs", () => {
  it("finds the minimum of Rosenbrock's valley", () => {
    const { value, x } = Lbfgs.minimize(rosenbrock, Float64Array.of(-1.2, 1), box(2, -5), box(2, 5), precise)
    assert.isBelow(value, 1e-10)
    assert.approximately(x[0] ?? 0, 1, 1e-4)
    assert.approximately(x[1] ?? 0, 1, 1e-4)
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

const rosenbrock: Lbfgs.Objective = (at, gradient) => {
  const [x = 0, y = 0] = at
  gradient[0] = -400 * x * (y - x * x) - 2 * (1 - x)
  gradient[1] = 200 * (y - x * x)
  return 100 * (y - x * x) * (y - x * x) + (1 - x) * (1 - x)
}
