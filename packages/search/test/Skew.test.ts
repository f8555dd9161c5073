import { assert, describe, it } from "@effect/vitest"
import * as Skew from "../src/Skew.js"

const skews = [-14, -6.2, -1, -1e-3, -1e-7, 0, 1e-7, 1e-3, 1, 6.2, 14]
const places = [0, 1e-9, 1e-5, 0.001, 0.03, 0.2, 0.5, 0.77, 0.99, 0.99999, 1]

describe("an axis of a skew", () => {
  it("is the declared one at skew 0, to the last bit", () => {
    for (const x of places) {
      assert.strictEqual(Skew.bend(x, 0), x)
      assert.strictEqual(Skew.unbend(x, 0), x)
    }
  })

  it("is that of the logarithm where the skew is how many times the range's end its beginning is", () => {
    const [min, max] = [1e-5, 0.1]
    for (const value of [1e-5, 1e-4, 0.003, 0.05, 0.1]) {
      const logarithmic = Math.log(value / min) / Math.log(max / min)
      assert.approximately(Skew.bend((value - min) / (max - min), Math.log(max / min)), logarithmic, 1e-9)
    }
  })

  it("rises from 0 to 1, and mirrors that of the opposite skew", () => {
    for (const skew of skews) {
      for (const [i, x] of places.entries()) {
        if (i > 0) assert.isAbove(Skew.bend(x, skew), Skew.bend(places[i - 1] ?? 0, skew))
        assert.approximately(Skew.bend(x, skew), 1 - Skew.bend(1 - x, -skew), 1e-9)
      }
    }
  })

  it("leaves the ends where they are, to the last bit", () => {
    for (let skew = -14; skew <= 14; skew += 1 / 512) {
      assert.strictEqual(Skew.bend(0, skew), 0)
      assert.strictEqual(Skew.bend(1, skew), 1)
      assert.strictEqual(Skew.unbend(0, skew), 0)
      assert.strictEqual(Skew.unbend(1, skew), 1)
    }
  })

  it("leads back to where it came from", () => {
    for (const skew of skews)
      for (const x of places) assert.approximately(Skew.unbend(Skew.bend(x, skew), skew), x, 1e-9)
    // What is near to a stretched end is told apart there.
    assert.approximately(Skew.unbend(Skew.bend(3e-7, 14), 14) / 3e-7, 1, 1e-9)
  })

  it("changes with its skew as differences say", () => {
    for (const skew of skews) {
      for (const x of places) {
        const difference = (Skew.bend(x, skew + 1e-4) - Skew.bend(x, skew - 1e-4)) / 2e-4
        assert.approximately(Skew.bySkew(x, skew), difference, 1e-7)
      }
    }
  })
})
