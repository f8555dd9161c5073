import { type Columns, pointsOf } from "./Columns.js"
import * as Evidence from "./Evidence.js"
import * as GaussianProcess from "./GaussianProcess.js"
import type { Hyperparameters } from "./Hyperparameters.js"
import * as Standard from "./Standard.js"
import * as Subset from "./Subset.js"

/** Fits, and the rows that keep the model anchored, all of the same beginning of the data. */
export interface Fitted {
  readonly hyperparameters: Hyperparameters
  /** Those of which runs fail (`Failures`), where some did. */
  readonly failing: Hyperparameters | undefined
  readonly anchors: Int32Array
}

/**
 * Fits a model to outcomes, of which earlier calls may have seen a beginning: `data` are the indices of their rows, in
 * order of creation, `values` and `roles` (`Standard.role`) go with them. `pending` is how many runs haven't ended.
 */
export type Fitter = (
  rows: ReadonlyArray<Float64Array | undefined>,
  data: ReadonlyArray<number>,
  values: Float64Array,
  roles: Uint8Array,
  pending: number
) => Fitted

/**
 * Fits hyperparameters at fixed lengths of the data, so that most asks reuse a fit. While
 * runs are pending the length stays that much behind: what arrives late lands behind the
 * part that was fitted, mostly, and the fit stays what it was. `among` tells the values that a
 * part of the data has by itself, where these aren't the same.
 */
export const make = (
  columns: Columns,
  {
    among,
    fitSize,
    modelSize
  }: {
    readonly fitSize: number
    readonly modelSize: number
    readonly among?: ((data: ReadonlyArray<number>) => Float64Array) | undefined
  }
): Fitter => {
  let known:
    | (Fitted & { readonly data: ReadonlyArray<number>; readonly values: Float64Array; readonly roles: Uint8Array })
    | undefined
  return (rows, data, all, roles, pending) => {
    const length = fitLength(Math.max(data.length - pending, Math.ceil(data.length / 2)))
    const prefix = data.slice(0, length)
    const values = among?.(prefix) ?? all.slice(0, length)
    const sameAsKnown =
      known !== undefined &&
      known.data.length === length &&
      known.data.every(
        (index, i) => index === prefix[i] && Object.is(known?.values[i], values[i]) && known?.roles[i] === roles[i]
      )
    if (known !== undefined && sameAsKnown) return known
    const told = { data: prefix, values, roles: roles.slice(0, length) }
    const standard = Standard.make(told.values, told.roles)
    const points = pointsOf(columns, rows, prefix)
    let best = 0
    standard.values.forEach((value, i) => {
      if (value > (standard.values[best] ?? 0)) best = i
    })
    const anchors = length <= modelSize / 2 ? new Int32Array(0) : Subset.farthest(points, best, modelSize)
    const sizes = { total: fitSize, best: fitSize >> 2, newest: fitSize >> 2 }
    const { failing, isolated, ...evidence } = Evidence.make(columns, rows, told, standard, { anchors }, sizes)
    const hyperparameters = GaussianProcess.fit(evidence.points, evidence.values, isolated)
    known = { hyperparameters, failing, anchors, ...told }
    return known
  }
}

// internal

/** The largest length up to `n` at which hyperparameters are fitted: each up to 100, then steps of about a twelfth. */
const fitLength = (n: number): number => {
  let length = Math.min(n, 100)
  while (length + Math.ceil(length / 12) <= n) length += Math.ceil(length / 12)
  return length
}
