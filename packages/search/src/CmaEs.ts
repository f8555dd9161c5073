import type { PastRun } from "@sweepline/core/Search"
import type { Metric } from "@sweepline/core/Metric"
import type { TrialConfig } from "@sweepline/core/TrialConfig"
import * as Columns from "./Columns.js"
import * as Evolution from "./Evolution.js"
import * as Normal from "./Normal.js"
import * as Objective from "./Objective.js"
import * as Random from "./Random.js"
import type { Space } from "./Space.js"
import * as Unseen from "./Unseen.js"

/** A CMA-ES search of one sweep. It remembers what it computed from a history that only grows, as a memo. */
export interface CmaEs {
  /** The next point, for a history in order of creation of which earlier calls saw a beginning. */
  readonly next: (history: ReadonlyArray<PastRun>) => TrialConfig
}

/**
 * Evolution with covariance matrix adaptation (§9.4), for budgets of many runs over numbers.
 *
 * The runs that have ended, in order of creation, are its generations, one after the other;
 * so it needn't wait for a generation to be complete, and a run that ends late counts where
 * it was created. A point beyond the bounds is drawn again. When its steps have become too
 * short to matter it starts anew elsewhere, with generations twice as large. Categories,
 * which have no direction, are drawn at random.
 */
export const make = (space: Space, metric: Metric | undefined, seed: number): CmaEs => {
  const columns = Columns.make(space)
  const n = columns.numeric
  const rows: Array<Float64Array | undefined> = []
  const unseen = Unseen.make(space)
  let known: ReadonlyArray<Told> = []
  let stages: ReadonlyArray<Stage> = [firstStage(n)]

  const read = (history: ReadonlyArray<PastRun>) => {
    for (let i = rows.length; i < history.length; i++) {
      const run = history[i]
      const coordinates = run === undefined ? undefined : space.encode(run.trial)
      rows.push(coordinates === undefined ? undefined : columns.row(coordinates))
      if (run !== undefined && coordinates !== undefined && space.holds(run.trial)) unseen.add(coordinates)
    }
  }

  const told = (history: ReadonlyArray<PastRun>): ReadonlyArray<Told> =>
    Objective.observe(metric, history).flatMap(({ role, value }, run) =>
      role === "Pending" || rows[run] === undefined
        ? []
        : [{ run, value: role === "Imputed" || Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value }]
    )

  /** The evolution after all complete generations, going on from the latest stage that still holds. */
  const evolve = (all: ReadonlyArray<Told>): Evolution.Evolution => {
    if (n === 0) return firstStage(0).evolution
    let same = 0
    while (same < known.length && known[same]?.run === all[same]?.run && known[same]?.value === all[same]?.value) same++
    known = all
    const kept = stages.filter(({ taken }, i) => i === 0 || taken <= same)
    let stage = kept.at(-1) ?? firstStage(n)
    const grown = [...kept]
    while (stage.taken + stage.evolution.strategy.population <= all.length) {
      const { population } = stage.evolution.strategy
      const generation = all.slice(stage.taken, stage.taken + population)
      stage = following(
        stage,
        byValue(generation).map(({ run }) => rows[run]?.subarray(0, n) ?? new Float64Array(n)),
        seed
      )
      grown.push(stage)
    }
    // The first, from which everything can be done again, and the last few: what ends late ends soon after.
    stages = grown.length > mostStages ? [firstStage(n), ...grown.slice(1 - mostStages)] : grown
    return stage.evolution
  }

  const draw = (evolution: Evolution.Evolution, random: Random.Stream): Float64Array => {
    const attempts = Math.max(1, Math.min(10 * n, Math.floor(20_000 / Math.max(n, 1))))
    let x: Float64Array = new Float64Array(n)
    for (let k = 0; k < attempts; k++) {
      x = Evolution.point(
        evolution,
        x.map(() => Normal.quantile(random.uniform()))
      )
      if (x.every((value) => value >= 0 && value <= 1)) break
    }
    return columns.coordinates(
      Float64Array.from(columns.dimensions, ({ coordinateOf, draw: sample, kind, levelOf }, j) => {
        if (j >= n) return sample(random.uniform())
        const value = Math.min(Math.max(x[j] ?? 0, 0), 1)
        return kind === "continuous" ? value : coordinateOf(levelOf(value))
      })
    )
  }

  return {
    next: (history) => {
      read(history)
      const random = Random.stream(seed, "cma-es", history.length)
      const evolution = evolve(told(history))
      let coordinates = draw(evolution, random)
      for (let k = 0; k < 16 && !unseen.has(coordinates); k++) coordinates = draw(evolution, random)
      return space.trial(unseen.has(coordinates) ? coordinates : (unseen.draw(random) ?? coordinates))
    }
  }
}

// internal

/** A run that has ended, and its value, of which larger is better. */
interface Told {
  readonly run: number
  readonly value: number
}

/** An evolution after the first `taken` runs that have ended. */
interface Stage {
  readonly evolution: Evolution.Evolution
  readonly taken: number
  readonly restarts: number
}

const mostStages = 16

/** A sixth of the range: from the middle, the ends are three deviations away. */
const firstSigma = 1 / 6

const firstStage = (n: number): Stage => ({
  evolution: Evolution.start(new Float64Array(n).fill(0.5), firstSigma, Evolution.populationOf(Math.max(n, 1))),
  taken: 0,
  restarts: 0
})

const following = ({ evolution, restarts, taken }: Stage, points: ReadonlyArray<Float64Array>, seed: number): Stage => {
  const { n, population } = evolution.strategy
  const next = Evolution.advance(evolution, points)
  if (!Evolution.isSpent(next)) return { evolution: next, taken: taken + population, restarts }
  const random = Random.stream(seed, "cma-es", "restart", restarts)
  return {
    evolution: Evolution.start(new Float64Array(n).map(random.uniform), firstSigma, population * 2),
    taken: taken + population,
    restarts: restarts + 1
  }
}

/** Best first; equals in order of creation. */
const byValue = (generation: ReadonlyArray<Told>): ReadonlyArray<Told> =>
  [...generation].sort((a, b) => (a.value === b.value ? a.run - b.run : b.value - a.value))
