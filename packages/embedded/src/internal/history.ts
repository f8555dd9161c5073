import type { RunCurve } from "@sweepline/core/EarlyStopping"
import { RunId } from "@sweepline/core/RunId"
import type { RunState } from "@sweepline/core/RunState"
import type { MetricDigest, PastRun } from "@sweepline/core/Search"
import * as RunFacts from "@sweepline/core/RunFacts"
import * as RunMetrics from "@sweepline/core/RunMetrics"
import type { SweepId } from "@sweepline/core/SweepId"
import type { TrialConfig } from "@sweepline/core/TrialConfig"
import { type Connection, number, optionalText, type Row, stored, text } from "./connection.js"
import { dictOf, digestsOf, factColumns, factsOf } from "./runRows.js"

/** A run as search and early stopping see it: neither needs a copy. */
export class KnownRun implements PastRun, RunCurve {
  readonly steps: Array<number> = []
  readonly values: Array<number> = []
  readonly times: Array<number> = []
  /** The first of its metric rows that isn't in the curve yet. */
  nextSeq = 0
  /** How many values the metric had when the rows were read last: before the config named it, none was counted. */
  counted = 0

  constructor(
    readonly id: RunId,
    readonly trial: TrialConfig,
    public state: RunState,
    public metrics: ReadonlyMap<string, MetricDigest>,
    public stoppedEarly = false
  ) {}

  get curve(): Pick<RunCurve, "steps" | "values"> {
    return this
  }
}

/**
 * The runs of a sweep in memory, in order of creation: entries are only ever appended, their states
 * and metrics are refreshed by the sweep's revision, so that a look costs what has changed.
 */
export class History {
  readonly runs: Array<KnownRun> = []
  /** Whether a curve has grown since early stopping judged them; that takes it back. */
  grown = false
  /** Everything up to this revision is known. */
  #revision = -1

  constructor(
    readonly sweep: SweepId,
    /** The metric whose curves are kept; `undefined` keeps none. */
    readonly curve: string | undefined
  ) {}

  /** Takes what has changed, up to a revision that was read before. */
  refresh(db: Connection, revision: number): void {
    if (revision === this.#revision) return
    for (const row of db.all(selectChanged, [this.sweep, this.#revision])) {
      const run = this.#take(row)
      if (this.curve !== undefined) this.#extend(db, run, this.curve)
    }
    this.#revision = revision
  }

  /** Adds a run that this process has just created with the given revision. */
  add(n: number, id: RunId, trial: TrialConfig, revision: number): void {
    // another process has created runs that aren't here yet: a refresh brings them all
    if (n !== this.runs.length) return
    this.runs.push(new KnownRun(id, trial, RunFacts.created.state, noMetrics))
    if (revision === this.#revision + 1) this.#revision = revision
  }

  #take(row: Row): KnownRun {
    const { state, stop } = factsOf(row, 4)
    const stoppedEarly = state === "killed" && stop === "EarlyStopped"
    const metrics = digestsOf(optionalText(row, 3))
    const known = this.runs[number(row, 0)]
    if (known === undefined) {
      const run = new KnownRun(RunId.make(text(row, 1), stored), dictOf(text(row, 2)), state, metrics, stoppedEarly)
      this.runs.push(run)
      return run
    }
    known.state = state
    known.metrics = metrics
    known.stoppedEarly = stoppedEarly
    return known
  }

  #extend(db: Connection, run: KnownRun, metric: string): void {
    const { count } = run.metrics.get(metric) ?? { count: 0 }
    if (count === run.counted) return
    for (const row of db.all(selectRows, [run.id, run.nextSeq])) {
      run.nextSeq = number(row, 0) + 1
      const value = RunMetrics.metricValue(dictOf(text(row, 3)), metric)
      if (value === undefined || !Number.isFinite(value)) continue
      run.steps.push(number(row, 1))
      run.values.push(value)
      run.times.push(number(row, 2))
      this.grown = true
    }
    run.counted = count
  }
}

// internal

const noMetrics: ReadonlyMap<string, MetricDigest> = new Map()

const selectChanged = `SELECT runs.n, runs.id, runs.trial, runs.digests, ${factColumns}
  FROM runs WHERE sweep = ? AND revision > ? ORDER BY no`
const selectRows = "SELECT seq, step, at, vals FROM metric_rows WHERE run = ? AND seq >= ? ORDER BY seq"
