import * as Option from "effect/Option"
import type { AgentId } from "../AgentId.js"
import type { Verdict } from "../EarlyStopping.js"
import type { PythonDict } from "../PythonValue.js"
import * as RunFacts from "../RunFacts.js"
import type { RunId } from "../RunId.js"
import type { MetricRow } from "../RunLog.js"
import * as RunMetrics from "../RunMetrics.js"
import * as RunState from "../RunState.js"
import type { SweepRecord } from "../SweepApi.js"
import type { SweepConfig } from "../SweepConfig.js"
import * as SweepController from "../SweepController.js"
import type { SweepId } from "../SweepId.js"
import type { SweepState } from "../SweepState.js"
import * as Bell from "./bells.js"
import type { StoredLog, StoredRun } from "./memoryRun.js"
import * as turns from "./turns.js"

/** The scheduler's own run of a sweep. */
export interface StoredOwnRun {
  /** Any text: tests set what no state is. */
  state: string
  exitCode: number | undefined
  /** Whether a scheduler holds the sweep. Not encoded: a holder dies with the process that the store is in. */
  held: boolean
}

/** A sweep, its agents and its runs. Every change is one synchronous step, so that no reader ever sees half of it. */
export class StoredSweep {
  state: SweepState = "PENDING"
  readonly runs = new Map<RunId, StoredRun>()
  /** Oldest first; only ever appended to. */
  readonly history: Array<StoredRun> = []
  readonly agents = new Set<AgentId>()
  /** The run that each agent was given last. */
  private readonly given = new Map<AgentId, StoredRun>()
  readonly condemned = new Map<RunId, Verdict>()
  readonly ownRun: StoredOwnRun = { state: "pending", exitCode: undefined, held: false }
  targetReached = false
  /** Whether early stopping has something new to judge. */
  unjudged = false
  /** Held while search is asked, so that each suggestion sees the one before it. */
  readonly asking = turns.make()
  readonly bell = Bell.make()
  private readonly preempted = new Set<StoredRun>()
  private metricNames: ReadonlyArray<string>

  constructor(
    readonly id: SweepId,
    readonly name: string,
    public config: SweepConfig,
    readonly seed: number,
    readonly createdAt: number
  ) {
    this.metricNames = RunMetrics.namesOf(config)
  }

  /** Goes on with another config. What runs have logged is not counted anew. */
  reconfigure(config: SweepConfig): void {
    this.config = config
    this.metricNames = RunMetrics.namesOf(config)
    this.bell.emit()
  }

  record(): SweepRecord {
    const { id, name, config, seed, createdAt } = this
    return { id, name, config: config.source, seed, createdAt, state: Option.some(this.state) }
  }

  view(agent: AgentId, reported: ReadonlyMap<RunId, boolean>): SweepController.SweepView {
    const busy = SweepController.isBusy(reported)
    return {
      state: Option.some(this.state),
      runCap: this.config.runCap,
      runs: this.history.length,
      targetReached: this.targetReached,
      busy,
      condemned: this.condemnedOf(agent),
      unclaimed: busy ? undefined : this.unclaimedOf(agent, reported),
      preempted: this.oldestPreempted()
    }
  }

  private condemnedOf(agent: AgentId): ReadonlyArray<RunId> {
    if (this.condemned.size === 0) return []
    return [...this.condemned.keys()].filter((id) => this.runs.get(id)?.agent === agent)
  }

  private unclaimedOf(agent: AgentId, reported: ReadonlyMap<RunId, boolean>): SweepController.UnclaimedRun | undefined {
    const run = this.given.get(agent)
    return run === undefined || run.state !== "pending" || run.agent !== agent || reported.has(run.id)
      ? undefined
      : { run: run.id, trial: run.trial, attempt: run.facts.attempt }
  }

  private oldestPreempted(): SweepController.PreemptedRun | undefined {
    let oldest: StoredRun | undefined
    for (const run of this.preempted) if (oldest === undefined || run.index < oldest.index) oldest = run
    return oldest === undefined ? undefined : { run: oldest.id, trial: oldest.trial }
  }

  add(run: StoredRun): void {
    this.runs.set(run.id, run)
    this.history.push(run)
    if (run.agent !== undefined) this.given.set(run.agent, run)
    if (run.state === "preempted") this.preempted.add(run)
  }

  /** Gives a preempted run to an agent, in its next attempt. */
  handOutAgain(id: RunId, agent: AgentId): void {
    const run = this.runs.get(id)
    if (run === undefined) return
    run.agent = agent
    this.given.set(agent, run)
    this.settle(run, RunFacts.resumed(run.facts))
  }

  /** Keeps a verdict of early stopping, if its run can still be stopped. */
  condemn(verdict: Verdict): void {
    const facts = this.runs.get(verdict.run)?.facts
    if (facts === undefined || facts.stop !== undefined || !RunState.isAlive(facts.state)) return
    this.condemned.set(verdict.run, verdict)
  }

  /** Stores what became of a run, and rings where its state, attempt or stop is another. */
  settle(run: StoredRun, facts: RunFacts.RunFacts): void {
    const before = run.facts
    run.facts = facts
    if (facts.state === "preempted") this.preempted.add(run)
    else this.preempted.delete(run)
    // A verdict is for a run that lives and that nobody has asked to stop.
    if (facts.stop !== undefined || !RunState.isAlive(facts.state)) this.condemned.delete(run.id)
    if (RunFacts.isNews(before, facts)) this.bell.emit()
  }

  /** Merges a reported summary. A metric that no row ever told counts with its value there. */
  summarise(run: StoredRun, summary: PythonDict): void {
    if (summary.size === 0) return
    run.summary = RunMetrics.mergeSummary(run.summary, summary)
    for (const name of this.metricNames) if (!run.metrics.has(name)) this.digest(run, name, summary)
  }

  /** Adds rows to a run's log. */
  append(run: StoredRun, rows: ReadonlyArray<MetricRow>): void {
    if (rows.length === 0) return
    const log = run.logged()
    const summary = new Map(run.summary)
    for (const row of rows) {
      log.rows.push(row)
      log.nextStep = Math.max(log.nextStep, row.step + 1)
      for (const [key, value] of row.values) summary.set(key, value)
      for (const name of this.metricNames) this.digest(run, name, row.values)
      this.extendCurve(log, row)
    }
    run.summary = summary
  }

  private digest(run: StoredRun, name: string, values: PythonDict): void {
    const value = RunMetrics.metricValue(values, name)
    if (value === undefined) return
    const digest = RunMetrics.digested(run.metrics.get(name), value)
    if (digest === undefined) return
    run.logged().metrics.set(name, digest)
    if (RunMetrics.reachesTarget(this.config, run.metrics)) this.targetReached = true
  }

  private extendCurve(log: StoredLog, row: MetricRow): void {
    if (this.config.earlyTerminate === undefined || this.config.metric === undefined) return
    const value = RunMetrics.metricValue(row.values, this.config.metric.name)
    if (value === undefined || !Number.isFinite(value)) return
    log.steps.push(row.step)
    log.values.push(value)
    log.times.push(row.at)
    this.unjudged = true
  }
}
