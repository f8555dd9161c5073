import { type Columns, pointsOf } from "./Columns.js"
import * as Failures from "./Failures.js"
import type { Hyperparameters } from "./Hyperparameters.js"
import * as Isolation from "./Isolation.js"
import type { Points } from "./Points.js"
import * as Standard from "./Standard.js"
import * as Subset from "./Subset.js"

/** Runs that have told something: the indices of their rows in order of creation, their values and `Standard.role`s. */
export interface Told {
  readonly data: ReadonlyArray<number>
  readonly values: Float64Array
  readonly roles: Uint8Array
}

/** What a process is conditioned on: some of the runs that have told something, and what they say. */
export interface Evidence {
  /** The places in the data of those runs, rising. */
  readonly chosen: Int32Array
  readonly points: Points
  /** Standardised. */
  readonly values: Float64Array
  /** How little each value says of its neighbours (`Isolation`). */
  readonly isolated: Float64Array
  /** By what some failed and others didn't (`Failures`), where that is so. */
  readonly failing: Hyperparameters | undefined
}

/**
 * Chooses as many runs as a model can afford (`Subset`), and of these leaves out the ones that failed or diverged by
 * chance: they say nothing of the place, and where they are many, little would be seen of the good ones among them.
 * While all runs reported something, the worst say where it is bad, and none is left out: on Rosenbrock's steep sides
 * that would cost more than it gains. `failing` is what earlier runs told of failures; without it, it is learned from
 * the chosen ones.
 *
 * Optuna leaves out whatever failed, and so goes on where a region fails; W&B counts all of it as bad. With Ax, the user
 * says which it was: a trial that failed is forgotten, one that was abandoned isn't suggested again.
 */
export const make = (
  columns: Columns,
  rows: ReadonlyArray<Float64Array | undefined>,
  { data, roles, values }: Told,
  standard: Standard.Standard,
  { anchors, failing: known }: { readonly anchors: Int32Array; readonly failing?: Hyperparameters | undefined },
  sizes: Parameters<typeof Subset.choose>[2]
): Evidence => {
  const pointsAt = (places: Int32Array) =>
    pointsOf(
      columns,
      rows,
      Array.from(places, (k) => data[k] ?? 0)
    )
  const all = Subset.choose(standard.values, anchors, sizes)
  const points = pointsAt(all)
  const bad = {
    floored: all.map((k) => standard.floored[k] ?? 0),
    diverged: all.map((k) => standard.diverged[k] ?? 0)
  }
  const whole = { chosen: all, points, values: Float64Array.from(all, (k) => standard.values[k] ?? 0) }
  const hasFailed = all.some((k) => roles[k] === Standard.role.Imputed)
  const failing = hasFailed ? (known ?? Failures.learn(points, bad.diverged)) : undefined
  if (failing === undefined) return { ...whole, isolated: Isolation.make(points, bad), failing }
  const isolated = Isolation.byChances(Failures.chances(points, bad.diverged, failing), bad)
  const says = (_: number, i: number) => bad.diverged[i] !== 1 || (isolated[i] ?? 0) < byChance
  if (all.every(says)) return { ...whole, isolated, failing }
  const chosen = all.filter(says)
  const standardised = Standard.make(
    Float64Array.from(chosen, (k) => values[k] ?? 0),
    Uint8Array.from(chosen, (k) => roles[k] ?? 0)
  )
  return {
    chosen,
    points: pointsAt(chosen),
    values: standardised.values,
    isolated: isolated.filter(says),
    failing
  }
}

// internal

/** From which isolation on a run is taken to have failed by chance, rather than because of where it was. */
const byChance = 0.6
