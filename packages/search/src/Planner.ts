import type { Abandonment, PastRun } from "@sweepline/core/Search"
import type { SweepConfig } from "@sweepline/core/SweepConfig"
import * as RunMetrics from "@sweepline/core/RunMetrics"
import type { TrialConfig } from "@sweepline/core/TrialConfig"
import * as Either from "effect/Either"
import * as Struct from "effect/Struct"
import * as Bayes from "./Bayes.js"
import * as CmaEs from "./CmaEs.js"
import * as Fronts from "./Fronts.js"
import * as Grid from "./Grid.js"
import type * as Layout from "./Layout.js"
import * as Marks from "./Marks.js"
import * as Objective from "./Objective.js"
import * as Permutation from "./Permutation.js"
import * as PriorRuns from "./PriorRuns.js"
import * as RandomSearch from "./RandomSearch.js"
import * as RepeatedSearch from "./RepeatedSearch.js"
import * as Repeats from "./Repeats.js"
import * as Sampler from "./Sampler.js"
import * as SobolSearch from "./SobolSearch.js"
import * as Space from "./Space.js"
import * as StartPoints from "./StartPoints.js"
import * as Tpe from "./Tpe.js"

/** What of a sweep config a search depends on. */
export type SearchConfig = Pick<SweepConfig, (typeof keys)[number]>

const keys = [
  "source",
  "method",
  "metric",
  "metrics",
  "parameters",
  "scheduler",
  "earlyTerminate",
  "repeats",
  "runCap",
  "start"
] as const

/** No more of a config than that. */
export const pick = (config: SearchConfig): SearchConfig => Struct.pick(config, ...keys)

/** One question to a search. */
export interface Ask {
  readonly config: SearchConfig
  readonly seed: number
  /** Every run of the sweep in order of creation. */
  readonly history: ReadonlyArray<PastRun>
  /** Earlier results from elsewhere, always the same of a sweep. */
  readonly prior?: ReadonlyArray<PastRun> | undefined
}

/** A trial config, or `undefined` where there is nothing to suggest ever more; or why this config can't be searched, as a sentence. */
export type Answer = Either.Either<TrialConfig | undefined, string>

/**
 * Answers asks of any number of sweeps, by each config's method. The answer depends on the
 * ask alone; what is kept between asks of one sweep is a memo of the history they share.
 *
 * Start points come first. A run that reached the metric's target ends any search.
 * `scheduler: {shuffle: true}` walks a grid in an order that the seed determines instead of the
 * written one. `tell` hears of what is abandoned (`RepeatedSearch`).
 */
export const make = (tell: (abandonment: Abandonment) => void = () => {}): ((ask: Ask) => Answer) => {
  // Insertion order is order of use: the sweep that wasn't asked about for the longest time goes first.
  const plans = new Map<string, Plan>()
  return (ask) => {
    const { history } = ask
    const key = keyOf(ask)
    const known = plans.get(key)
    const plan = known !== undefined && known.continues(history) ? known : start(ask, tell)
    plans.delete(key)
    plans.set(key, plan)
    for (const oldest of plans.keys()) {
      if (plans.size <= maxPlans) break
      plans.delete(oldest)
    }
    return plan.next(history)
  }
}

/** Whether the answers to a config's asks take next to no time, so that no thread is needed for them. */
export const isQuick = ({ method }: SearchConfig): boolean => method === "grid" || method === "random"

/** Why a config can't be searched, as a sentence, or `undefined` where it can. */
export const problem = (config: SearchConfig): string | undefined =>
  Either.match(method({ ...config, parameters: Repeats.searched(config) }, 0), {
    onLeft: (sentence) => sentence,
    onRight: () => undefined
  })

/** What tells the searches of different sweeps apart: all that an answer depends on but the history. */
export const keyOf = ({ config: { method, source }, prior, seed }: Ask): string =>
  `${seed} ${method} ${prior === undefined ? 0 : PriorRuns.fingerprint(prior)} ${source}`

// internal

const maxPlans = 16

/** The search of one sweep. */
interface Plan {
  /** Whether a history is one that was answered before, with runs appended. */
  readonly continues: (history: ReadonlyArray<PastRun>) => boolean
  readonly next: (history: ReadonlyArray<PastRun>) => Answer
}

const start = ({ config, prior = [], seed }: Ask, tell: (abandonment: Abandonment) => void): Plan => {
  const searched = { ...config, parameters: Repeats.searched(config) }
  const suggest = method(searched, seed).pipe(
    Either.map((next) => (isQuick(config) || prior.length === 0 ? next : after(prior, next))),
    Either.flatMap((next) => startingWith(searched, seed, next)),
    Either.map((next) => marked(config, RepeatedSearch.make(config, next, tell)))
  )
  const ended = targetWatch(config)
  let length = 0
  let last: PastRun["id"] | undefined
  return {
    continues: (history) => length === 0 || history[length - 1]?.id === last,
    next: (history) => {
      length = history.length
      last = history[length - 1]?.id
      return Either.map(suggest, (next) => (ended(history) ? undefined : next(history)))
    }
  }
}

type Next = RepeatedSearch.Next

/** A search that has earlier results before its own. */
const after =
  (prior: ReadonlyArray<PastRun>, next: Next): Next =>
  (history) =>
    next([...prior, ...history])

/** A search whose first suggestions are the config's start points. */
const startingWith = (config: SearchConfig, seed: number, next: Next): Either.Either<Next, string> => {
  const { parameters, start } = config
  if (start.length === 0) return Either.right(next)
  return Either.mapBoth(Space.make(parameters), {
    onLeft: sentences,
    onRight: (space) => (history) => {
      const n = history.length
      const point = start[n]
      return point === undefined
        ? next(history)
        : StartPoints.over(RandomSearch.suggest(space, seed, n), parameters, point)
    }
  })
}

/** Tells a search what runs had at the rungs, where the sweep stops runs early. */
const marked = (config: SearchConfig, next: Next): Next => {
  if (config.earlyTerminate === undefined || (isQuick(config) && config.repeats === undefined)) return next
  const marksOf = Marks.reader(config)
  // A curve that has ended is read once.
  const read = new Map<PastRun["id"], { readonly length: number; readonly marks: Marks.Marks | undefined }>()
  const known = (run: Marks.MarkedRun) => {
    const length = run.curve?.values.length
    const before = read.get(run.id)
    if (before?.marks !== undefined && before.length === length) return before.marks
    const marks = marksOf(run)
    if (length !== undefined) read.set(run.id, { length, marks })
    return marks
  }
  return (history) =>
    next(
      history.map((run) => {
        const marks = known(run)
        const { id, metrics, state, stoppedEarly, trial } = run
        return marks === run.marks ? run : { id, metrics, state, stoppedEarly, trial, marks }
      })
    )
}

const method = (config: SearchConfig, seed: number): Either.Either<Next, string> => {
  switch (config.method) {
    case "grid":
      return Grid.make(config.parameters).pipe(
        Either.map((grid) => {
          const shuffle = config.scheduler?.get("shuffle") === true
          return Grid.walk(grid, shuffle ? Permutation.make(grid.size, seed) : undefined).next
        }),
        Either.mapLeft(sentences)
      )
    case "random":
      return Space.make(config.parameters).pipe(
        Either.map((space) => (history: ReadonlyArray<PastRun>) => RandomSearch.suggest(space, seed, history.length)),
        Either.mapLeft(sentences)
      )
    case "bayes":
    case "custom":
      return Space.make(config.parameters).pipe(
        Either.mapLeft(sentences),
        Either.flatMap((space) =>
          Either.map(Sampler.choose(config, space), (sampler) => search(config, space, sampler, seed))
        )
      )
  }
}

const search = (
  { metric, metrics }: SearchConfig,
  space: Space.Space,
  { name, tpe }: Sampler.Sampler,
  seed: number
): ((history: ReadonlyArray<PastRun>) => TrialConfig) => {
  switch (name) {
    case "gp": {
      if (metric !== undefined || metrics.length === 0) return Bayes.make(space, metric, seed).next
      const fronts = Fronts.make(metrics)
      const { next } = Bayes.make(space, Fronts.metricOf(metrics), seed, { among: fronts.among })
      return (history) => next(fronts.history(history))
    }
    case "tpe":
      return Tpe.make(space, metric === undefined ? metrics : [metric], seed, tpe).next
    case "cmaes":
      return CmaEs.make(space, metric, seed).next
    case "qmc": {
      const point = SobolSearch.make(space, seed)
      return ({ length }) => point(length)
    }
    case "random":
      return ({ length }) => RandomSearch.suggest(space, seed, length)
  }
}

/** Whether a run has reached the target. Runs that have ended without it are looked at once. */
const targetWatch = (config: SearchConfig): ((history: ReadonlyArray<PastRun>) => boolean) => {
  if (!RunMetrics.hasTarget(config)) return () => false
  let settled = 0
  return (history) => {
    let first = history[settled]
    while (first !== undefined && Objective.isSettled(first) && !RunMetrics.reachesTarget(config, first.metrics)) {
      settled++
      first = history[settled]
    }
    for (let i = settled; i < history.length; i++) {
      const run = history[i]
      if (run !== undefined && RunMetrics.reachesTarget(config, run.metrics)) return true
    }
    return false
  }
}

const sentences = (problems: ReadonlyArray<Layout.Problem>): string =>
  problems.map(({ parameter, problem }) => `Parameter ${parameter} ${problem}.`).join(" ")
