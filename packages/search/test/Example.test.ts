import { assert, describe, it } from "@effect/vitest"
import { RunId } from "@sweepline/core/RunId"
import type { RunState } from "@sweepline/core/RunState"
import type { PastRun } from "@sweepline/core/Search"
import * as SweepConfig from "@sweepline/core/SweepConfig"
import type { TrialConfig } from "@sweepline/core/TrialConfig"
import { Either } from "effect"
import { readFileSync } from "node:fs"
import * as MannWhitney from "../../../bench/search/MannWhitney.js"
import * as EarlyStoppingLive from "../src/EarlyStoppingLive.js"
import * as Planner from "../src/Planner.js"
import * as Random from "../src/Random.js"
import { digestOf } from "./fixtures/sweeps.js"

const example = new URL("../../../examples/python/", import.meta.url)

/** What the end-to-end test shows of one seed by the example's own script: of a dozen seeds, by the same regression here. */
describe("the Bayesian example", () => {
  const bayes = readFileSync(new URL("bayes.yaml", example), "utf8")
  const random = bayes.replace("method: bayes", "method: random").replace(/early_terminate:\n( .*\n)+/, "")

  it("finds lower losses than random search in as many runs and fewer epochs, whatever the seed", () => {
    const swept = (text: string) => Array.from({ length: 12 }, (_, seed) => sweep(text, seed))
    const [found, drawn] = [swept(bayes), swept(random)]
    const [losses, others] = [found.map(({ least }) => least), drawn.map(({ least }) => least)]
    assert.isAtLeast(losses.filter((loss, seed) => loss < (others[seed] ?? 0)).length, 10)
    assert.isBelow(MannWhitney.median(losses), 0.8 * MannWhitney.median(others))
    assert.isBelow(MannWhitney.chanceOfLarger(others, losses), 0.01)
    const logged = (sweeps: typeof found) => sweeps.reduce((sum, { logs }) => sum + logs, 0)
    assert.isBelow(logged(found), 0.8 * logged(drawn))
  })
})

/** Runs a sweep to its cap, one run after another, as one worker does. */
const sweep = (text: string, seed: number): { readonly least: number; readonly logs: number } => {
  const config = Either.getOrThrow(SweepConfig.parse({ file: "bayes.yaml", text }))
  const answer = Planner.make()
  const judge = EarlyStoppingLive.judgeOf(config)
  const history: Array<PastRun> = []
  const curves: Array<Curve> = []
  let time = 0
  for (let n = 0; n < (config.runCap ?? 0); n++) {
    const trial = Either.getOrThrow(answer({ config, seed, history })) ?? assert.fail("nothing was suggested")
    const curve: Curve = { id: RunId.make(`r${n}`), state: "running", steps: [], values: [], times: [] }
    curves.push(curve)
    for (const [step, loss] of losses(trial)) {
      if (Number.isFinite(loss)) {
        curve.steps.push(step)
        curve.values.push(loss)
        curve.times.push(time++)
      }
      if (judge(curves).some(({ run }) => run === curve.id)) {
        curve.state = "killed"
        break
      }
    }
    const stoppedEarly = curve.state === "killed"
    if (!stoppedEarly) curve.state = "finished"
    const digest = digestOf(curve.values)
    history.push({
      id: curve.id,
      state: curve.state,
      trial,
      metrics: new Map(digest === undefined ? [] : [["loss", digest]]),
      stoppedEarly,
      curve
    })
  }
  return {
    least: Math.min(...curves.flatMap(({ values }) => values)),
    logs: curves.reduce((sum, { values }) => sum + values.length, 0)
  }
}

interface Curve {
  readonly id: RunId
  state: RunState
  readonly steps: Array<number>
  readonly values: Array<number>
  readonly times: Array<number>
}

const rows = readFileSync(new URL("iris.csv", example), "utf8")
  .trim()
  .split("\n")
  .slice(1)
  .map((line) => line.split(","))

/** Four measurements of each flower, scaled to mean 0 and deviation 1, and a constant; and its kind's number. */
const flowers = (() => {
  const columns = [0, 1, 2, 3].map((column) => {
    const values = rows.map((row) => Number(row[column]))
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / values.length)
    return values.map((value) => (value - mean) / spread)
  })
  const kinds = ["setosa", "versicolor", "virginica"]
  return rows.map((row, i) => ({
    features: [...columns.map((values) => values[i] ?? 0), 1],
    kind: kinds.indexOf(row[4] ?? "")
  }))
})()

const shuffled = <A>(items: ReadonlyArray<A>, random: Random.Stream): ReadonlyArray<A> =>
  items
    .map((item) => [random.uniform(), item] as const)
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item)

/** The loss after every fifth epoch, as the example's script logs it, in the same arithmetic but another order of flowers. */
function* losses(trial: TrialConfig): Generator<readonly [number, number]> {
  const number = (name: string) => Number(trial.get(name))
  const [rate, decay, size] = [number("learning_rate"), number("l2"), number("batch_size")]
  const random = Random.stream(1, "flowers")
  const all = shuffled(flowers, random)
  const [seen, held] = [all.slice(0, 90), all.slice(90)]
  const weights = [0, 1, 2].map(() => new Float64Array(5))
  const oddsOf = (features: ReadonlyArray<number>) => {
    const scores = weights.map((row) => row.reduce((sum, weight, i) => sum + weight * (features[i] ?? 0), 0))
    const top = Math.max(...scores)
    const odds = scores.map((score) => Math.exp(score - top))
    const sum = odds.reduce((total, each) => total + each, 0)
    return odds.map((each) => each / sum)
  }
  for (let epoch = 1; epoch <= number("epochs"); epoch++) {
    const order = shuffled(seen, random)
    for (let start = 0; start < order.length; start += size) {
      const batch = order.slice(start, start + size)
      const slopes = weights.map(() => new Float64Array(5))
      for (const { features, kind } of batch) {
        oddsOf(features).forEach((odds, k) => {
          const error = (odds - (k === kind ? 1 : 0)) / batch.length
          const slope = slopes[k]
          if (slope !== undefined) features.forEach((x, i) => (slope[i] = (slope[i] ?? 0) + error * x))
        })
      }
      weights.forEach((row, k) =>
        row.forEach((weight, i) => (row[i] = weight - rate * ((slopes[k]?.[i] ?? 0) + decay * weight)))
      )
    }
    if (epoch % 5 > 0) continue
    const loss = held.map(({ features, kind }) => -Math.log(Math.max(oddsOf(features)[kind] ?? 0, 1e-12)))
    yield [epoch / 5 - 1, loss.reduce((sum, each) => sum + each, 0) / held.length]
  }
}
