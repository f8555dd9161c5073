import type { AgentId } from "../AgentId.js"
import type { RunCurve } from "../EarlyStopping.js"
import type { PythonDict } from "../PythonValue.js"
import * as RunFacts from "../RunFacts.js"
import type { RunId } from "../RunId.js"
import type { MetricRow } from "../RunLog.js"
import type { MetricDigest, PastRun } from "../Search.js"
import type { RunRecord } from "../SweepApi.js"
import * as SweepController from "../SweepController.js"
import type { TrialConfig } from "../TrialConfig.js"

const nothing: PythonDict = new Map()
const noMetrics: ReadonlyMap<string, MetricDigest> = new Map()
const noNumbers: ReadonlyArray<number> = []

/** What a run logged. Most runs of a large simulated sweep never log, and have none. */
export interface StoredLog {
  readonly rows: Array<MetricRow>
  /** How far each attempt's sources were read, by `RunLog.tailNumber`. */
  readonly offsets: Map<number, number>
  readonly metrics: Map<string, MetricDigest>
  /** The curve of the sweep's metric, where the sweep stops runs early. */
  readonly steps: Array<number>
  readonly values: Array<number>
  readonly times: Array<number>
  nextStep: number
}

/** A run; also what search and early stopping see of it, so that neither needs a copy. */
export class StoredRun implements PastRun, RunCurve {
  facts: RunFacts.RunFacts = RunFacts.created
  summary: PythonDict = nothing
  log: StoredLog | undefined

  constructor(
    readonly id: RunId,
    /** Its place in the history of its sweep, from 0. */
    readonly index: number,
    readonly trial: TrialConfig,
    readonly createdAt: number,
    /** The agent that it was handed to, or that last said it had it since it has begun. */
    public agent: AgentId | undefined
  ) {}

  get state() {
    return this.facts.state
  }
  get name() {
    return SweepController.runName(this.index)
  }
  get metrics(): ReadonlyMap<string, MetricDigest> {
    return this.log?.metrics ?? noMetrics
  }
  get stoppedEarly(): boolean {
    return this.facts.state === "killed" && this.facts.stop === "EarlyStopped"
  }
  get curve(): Pick<RunCurve, "steps" | "values"> {
    return this
  }
  get steps(): ReadonlyArray<number> {
    return this.log?.steps ?? noNumbers
  }
  get values(): ReadonlyArray<number> {
    return this.log?.values ?? noNumbers
  }
  get times(): ReadonlyArray<number> {
    return this.log?.times ?? noNumbers
  }

  record(): RunRecord {
    const { id, name, trial, summary, createdAt, facts } = this
    return { id, name, trial, summary, createdAt, ...facts }
  }

  /** The log, from now on there. */
  logged(): StoredLog {
    return (this.log ??= {
      rows: [],
      offsets: new Map(),
      metrics: new Map(),
      steps: [],
      values: [],
      times: [],
      nextStep: 0
    })
  }
}
