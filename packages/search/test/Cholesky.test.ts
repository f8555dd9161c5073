import { assert, describe, it } from "@effect/vitest"
import { FastCheck } from "effect"
import * as Cholesky from "../src/Cholesky.js"
import * as Random from "../src/Random.js"

describe("Cholesky", () => {
  it("factors, solves and inverts random positive definite matrices", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.integer({ min: 1, max: 23 }), FastCheck.nat(), (n, seed) => {
        const matrix = randomMatrix(n, seed)
        const factor = factorOf(matrix, n, n)
        const x = Float64Array.from({ length: n }, (_, i) => Math.sqrt(i + 1) - 2)
        const b = x.map((_, i) => x.reduce((sum, value, j) => sum + (matrix[i * n + j] ?? 0) * value, 0))
        Cholesky.solveLower(factor, b)
        Cholesky.solveUpper(factor, b)
        close(b, x)
        const inverse = new Float64Array(n * n)
        Cholesky.inverse(factor, inverse, new Float64Array(n * n))
        for (let i = 0; i < n; i++) {
          for (let j = 0; j < n; j++) {
            let sum = 0
            for (let k = 0; k < n; k++)
              sum += (inverse[Math.max(i, k) * n + Math.min(i, k)] ?? 0) * (matrix[k * n + j] ?? 0)
            assert.approximately(sum, i === j ? 1 : 0, 1e-9)
          }
        }
      }),
      { numRuns: 25 }
    )
  })

  it.each(["Pascal's", "Hilbert's", "the least of both numbers"])(
    "has the published factor, determinant and inverse of a matrix: %s",
    (name) => {
      const { entry, factor: factorAt, inverse, logDeterminant } = published[name] ?? assert.fail()
      const n = 5
      // Hilbert's matrix isn't one of doubles, and its condition of 5e5 makes more of that.
      const tolerance = name === "Hilbert's" ? 1e-10 : 1e-12
      const matrix = Float64Array.from({ length: n * n }, (_, k) => entry(Math.floor(k / n), k % n))
      // At once, and the last three rows one after the other.
      const grown = factorOf(matrix, n, 2)
      for (let size = 3; size <= n; size++) Cholesky.extend(grown, size)
      for (const factor of [factorOf(matrix, n, n), grown]) {
        for (let i = 0; i < n; i++) {
          for (let j = 0; j <= i; j++) exact(factor.rows[i * n + j], factorAt(i, j), `L ${i} ${j}`, tolerance)
        }
        assert.approximately(2 * Cholesky.halfLogDeterminant(factor), logDeterminant, 1e-11)
        for (const [i, row] of inverse.entries()) {
          const unit = Float64Array.from({ length: n }, (_, k) => (k === i ? 1 : 0))
          Cholesky.solveLower(factor, unit)
          Cholesky.solveUpper(factor, unit)
          row.forEach((value, j) => exact(unit[j], value, `inverse ${i} ${j}`, tolerance))
        }
      }
    }
  )

  it("extends row by row to the same factor as at once", () => {
    const n = 17
    const matrix = randomMatrix(n, 3)
    const whole = factorOf(matrix, n, n)
    const grown = factorOf(matrix, n, 5)
    for (let size = 6; size <= n; size++) Cholesky.extend(grown, size)
    assert.deepStrictEqual(grown.rows, whole.rows)
  })

  it("solves four right-hand sides as it solves one", () => {
    const n = 11
    const factor = factorOf(randomMatrix(n, 8), n, n)
    const four = Float64Array.from({ length: 4 * n }, (_, i) => Math.cos(i))
    const each = [0, 1, 2, 3].map((lane) => Float64Array.from({ length: n }, (_, i) => four[4 * i + lane] ?? 0))
    Cholesky.solveLower4(factor, four)
    each.forEach((b, lane) => {
      Cholesky.solveLower(factor, b)
      close(
        Float64Array.from({ length: n }, (_, i) => four[4 * i + lane] ?? 0),
        b
      )
    })
  })

  it("has the determinant, and survives a matrix that rounding made singular", () => {
    const factor = factorOf(Float64Array.of(4, 0, 0, 9), 2, 2)
    assert.approximately(Cholesky.halfLogDeterminant(factor), Math.log(6), 1e-12)
    const singular = factorOf(Float64Array.of(1, 1, 1, 1), 2, 2)
    assert.isTrue(singular.rows.every(Number.isFinite))
  })
})

const factorOf = (matrix: Float64Array, n: number, size: number): Cholesky.Factor => {
  const factor = Cholesky.make(n)
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) factor.rows[i * n + j] = matrix[i * n + j] ?? 0
  Cholesky.extend(factor, size)
  return factor
}

const randomMatrix = (n: number, seed: number): Float64Array => {
  const random = Random.stream(seed)
  const a = Float64Array.from({ length: n * n }, () => random.uniform() - 0.5)
  const matrix = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let sum = i === j ? 0.5 : 0
      for (let k = 0; k < n; k++) sum += (a[i * n + k] ?? 0) * (a[j * n + k] ?? 0)
      matrix[i * n + j] = sum
    }
  }
  return matrix
}

const close = (actual: Float64Array, expected: Float64Array) => {
  actual.forEach((value, i) => assert.approximately(value, expected[i] ?? 0, 1e-9))
}

const exact = (actual: number | undefined, expected: number, what: string, tolerance: number) =>
  assert.approximately(actual ?? Number.NaN, expected, tolerance * Math.max(Math.abs(expected), 1e-3), what)

const factorial = (n: number): number => (n <= 1 ? 1 : n * factorial(n - 1))
const choose = (n: number, k: number): number => factorial(n) / factorial(k) / factorial(n - k)

/** Matrices of which factor, determinant and inverse are known in closed form; rows and columns from 0. */
const published: Record<
  string,
  {
    readonly entry: (i: number, j: number) => number
    readonly factor: (i: number, j: number) => number
    readonly logDeterminant: number
    readonly inverse: ReadonlyArray<ReadonlyArray<number>>
  }
> = {
  "Pascal's": {
    entry: (i, j) => choose(i + j, i),
    factor: choose,
    logDeterminant: 0,
    inverse: [
      [5, -10, 10, -5, 1],
      [-10, 30, -35, 19, -4],
      [10, -35, 46, -27, 6],
      [-5, 19, -27, 17, -4],
      [1, -4, 6, -4, 1]
    ]
  },
  "Hilbert's": {
    entry: (i, j) => 1 / (i + j + 1),
    factor: (i, j) => (Math.sqrt(2 * j + 1) * factorial(i) * factorial(i)) / (factorial(i + j + 1) * factorial(i - j)),
    logDeterminant: -Math.log(266_716_800_000),
    inverse: [
      [25, -300, 1050, -1400, 630],
      [-300, 4800, -18_900, 26_880, -12_600],
      [1050, -18_900, 79_380, -117_600, 56_700],
      [-1400, 26_880, -117_600, 179_200, -88_200],
      [630, -12_600, 56_700, -88_200, 44_100]
    ]
  },
  "the least of both numbers": {
    entry: (i, j) => Math.min(i, j) + 1,
    factor: () => 1,
    logDeterminant: 0,
    inverse: [
      [2, -1, 0, 0, 0],
      [-1, 2, -1, 0, 0],
      [0, -1, 2, -1, 0],
      [0, 0, -1, 2, -1],
      [0, 0, 0, -1, 1]
    ]
  }
}
