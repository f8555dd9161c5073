import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import * as Beta from "../src/Beta.js"
import * as ErrorFunction from "../src/ErrorFunction.js"
import { logImprovement } from "../src/LogExpectedImprovement.js"
import * as Normal from "../src/Normal.js"

describe("special functions", () => {
  it("Φ agrees with its table, relative to its size, in both tails", () => {
    for (const [x, expected] of tables.cdf) near(Normal.cdf(x), expected, `Φ(${x})`)
  })

  it("ln Φ agrees with its table where Φ has underflowed", () => {
    for (const [x, expected] of tables.logCdf) near(Normal.logCdf(x), expected, `ln Φ(${x})`)
  })

  it("the inverse of Φ agrees with its table from 1e-300 to 1 − 2^-53", () => {
    for (const [p, expected] of tables.quantile) near(Normal.quantile(p), expected, `Φ⁻¹(${p})`)
  })

  it("erfc and erfcx agree with their tables", () => {
    for (const [x, expected] of tables.erfc) near(ErrorFunction.erfc(x), expected, `erfc(${x})`)
    for (const [x, expected] of tables.erfcx) near(ErrorFunction.erfcx(x), expected, `erfcx(${x})`)
  })

  it("the log of the expected improvement agrees with its table, and its slope is its derivative", () => {
    for (const [z, expected] of tables.logImprovement) {
      near(logImprovement(z).value, expected, `ln h(${z})`, z > -6 ? 1e-12 : 2e-12)
      const step = 1e-5 * Math.max(1, Math.abs(z))
      const slope = (logImprovement(z + step).value - logImprovement(z - step).value) / (2 * step)
      near(logImprovement(z).slope, slope, `(ln h)'(${z})`, 1e-6)
    }
  })

  it("the incomplete beta function agrees with its table in both tails", () => {
    for (const [x, a, b, lower, upper] of tables.betaCdf) {
      const tails = Beta.tails(x, a, b)
      // The larger tail is one less the smaller, so it is only as good as a double near one.
      near(tails.lower, lower, `I(${x}; ${a}, ${b})`)
      near(tails.upper, upper, `1 − I(${x}; ${a}, ${b})`)
    }
  })

  it("the inverse of the incomplete beta function agrees with its table", () => {
    for (const [p, a, b, expected] of tables.betaQuantile) {
      // x goes with p^(1/a), so the last bit of p is worth 1/a bits of x.
      near(Beta.quantile(p, a, b), expected, `I⁻¹(${p}; ${a}, ${b})`, 1e-12 * Math.max(1, 0.1 / a))
    }
  })

  it("says what lies at and beyond the ends", () => {
    assert.strictEqual(Normal.quantile(0), Number.NEGATIVE_INFINITY)
    assert.strictEqual(Normal.quantile(1), Number.POSITIVE_INFINITY)
    assert.isNaN(Normal.quantile(-0.1))
    assert.isNaN(Normal.quantile(Number.NaN))
    assert.strictEqual(Normal.cdf(Number.NEGATIVE_INFINITY), 0)
    assert.strictEqual(Normal.cdf(Number.POSITIVE_INFINITY), 1)
    assert.strictEqual(Normal.density(40), 0)
    assert.strictEqual(Beta.quantile(0, 2, 3), 0)
    assert.strictEqual(Beta.quantile(1, 2, 3), 1)
    assert.isNaN(Beta.quantile(1.5, 2, 3))
    assert.strictEqual(ErrorFunction.erfc(30), 0)
  })
})

const near = (actual: number, expected: number, what: string, tolerance = 1e-12) => {
  const error = expected === 0 ? Math.abs(actual) : Math.abs(actual / expected - 1)
  assert.isTrue(error <= tolerance, `${what}: ${actual}, not ${expected} (relative error ${error})`)
}

const tables: {
  readonly cdf: ReadonlyArray<readonly [number, number]>
  readonly logCdf: ReadonlyArray<readonly [number, number]>
  readonly quantile: ReadonlyArray<readonly [number, number]>
  readonly erfc: ReadonlyArray<readonly [number, number]>
  readonly erfcx: ReadonlyArray<readonly [number, number]>
  readonly logImprovement: ReadonlyArray<readonly [number, number]>
  readonly betaCdf: ReadonlyArray<readonly [number, number, number, number, number]>
  readonly betaQuantile: ReadonlyArray<readonly [number, number, number, number]>
} = JSON.parse(readFileSync(new URL("./fixtures/special-functions.json", import.meta.url), "utf8"))
