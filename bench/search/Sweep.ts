import type { MetricDigest, PastRun } from "@sweepline/core/Search"
import type { Metric } from "@sweepline/core/Metric"
import { RunId } from "@sweepline/core/RunId"
import type { TrialConfig } from "@sweepline/core/TrialConfig"
import * as Planner from "@sweepline/search/Planner"
import * as Either from "effect/Either"
import type { Problem } from "./Problem.js"

/** After how many runs a sweep's regret is noted. */
export const checkpoints = [20, 40, 60, 100] as const

/** What every problem reports. */
export const loss: Metric = {
  name: "loss",
  goal: "minimize",
  target: undefined,
  impute: "worst",
  imputeWhileRunning: false
}

/** A search as the bench asks it: a history that grows by one run between calls to a trial. */
export type Searcher = (history: ReadonlyArray<PastRun>) => TrialConfig

/** The searches that the table compares: what a sweep config of that name gets. */
export const samplers = ["bayes", "tpe", "random"] as const

/** One of the searches. */
export type Name = (typeof samplers)[number]

/** A search of a problem, as a sweep with this seed gets it. */
export const searcher = (
  name: Name,
  { name: source, parameters }: Pick<Problem, "name" | "parameters">,
  seed: number
): Searcher => {
  const answer = Planner.make()
  const config: Planner.SearchConfig = {
    source,
    method: name === "random" ? "random" : "bayes",
    metric: loss,
    metrics: [],
    earlyTerminate: undefined,
    repeats: undefined,
    runCap: undefined,
    start: [],
    parameters,
    scheduler: name === "tpe" ? new Map([["engine", "optuna"]]) : undefined
  }
  return (history) => {
    const trial = Either.getOrThrowWith(answer({ config, seed, history }), (problem) => new Error(problem))
    if (trial === undefined) throw new Error(`${name} has nothing to suggest for ${source}`)
    return trial
  }
}

/** The n-th run of a sweep, finished with a value. */
export const finished = (n: number, trial: TrialConfig, value: number): PastRun => {
  const digest: MetricDigest = { count: 1, min: value, max: value, last: value }
  return { id: RunId.make(`run-${n}`), state: "finished", trial, metrics: new Map([[loss.name, digest]]) }
}

/**
 * The regret after each checkpoint of a sweep whose runs follow one another: by the true value
 * of the run that reported the least, which is the one that a user would take.
 */
export const regrets = (
  problem: Problem,
  search: Searcher,
  seed: number,
  at: ReadonlyArray<number> = checkpoints
): ReadonlyArray<number> => {
  const history: Array<PastRun> = []
  const out: Array<number> = []
  let least = Number.POSITIVE_INFINITY
  let best = Number.POSITIVE_INFINITY
  for (let run = 0; run < Math.max(...at); run++) {
    const trial = search(history)
    const value = problem.trueValue(trial)
    const told = problem.reported(value, seed, run)
    if (told < least) {
      least = told
      best = value
    }
    history.push(finished(run, trial, told))
    if (at.includes(run + 1)) out.push(Math.max(best - problem.optimum, 0))
  }
  return out
}
