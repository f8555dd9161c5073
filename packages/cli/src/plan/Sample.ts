import type { EndReason } from "@sweepline/core/EndReason"
import type { RunId } from "@sweepline/core/RunId"
import * as RunKey from "@sweepline/core/RunKey"
import type { RunState } from "@sweepline/core/RunState"
import type { SchedulerState } from "@sweepline/core/SchedulerState"
import type { RunRecord } from "@sweepline/core/SweepApi"
import * as RunMetrics from "@sweepline/core/RunMetrics"
import type { SweepConfig } from "@sweepline/core/SweepConfig"
import * as Hyperband from "@sweepline/search/Hyperband"
import * as RungSteps from "@sweepline/search/Rungs"
import type { JobRecord } from "@sweepline/simulation/SimulatedEngine"
import type { Simulated } from "./SimulatedSweep.js"

/** How an attempt ended: as a run's states say, and `stopped` where early stopping ended it. */
export type Ending = Extract<RunState, "finished" | "failed" | "crashed" | "killed" | "preempted"> | "stopped"

/** Every ending, in the order in which a report tells of them. */
export const endings: ReadonlyArray<Ending> = ["finished", "stopped", "failed", "crashed", "preempted", "killed"]

/** One attempt of a run, on the worker that it occupied. Times are milliseconds since the sweep's start. */
export interface Attempt {
  readonly run: RunRecord
  readonly attempt: number
  /** From 0: the lowest one that was free. */
  readonly worker: number
  readonly submittedAt: number
  readonly startedAt: number
  readonly endedAt: number
  readonly ending: Ending
}

/** A rung of early stopping: how many runs came to it, and how many of them went on. */
export interface Rung {
  readonly at: number
  readonly reached: number
  readonly survived: number
}

/** What one simulated sweep came to, in the few numbers that a plan of many samples keeps. */
export interface Sample {
  readonly state: SchedulerState
  readonly reason: EndReason
  /** Milliseconds from the first launch to the sweep's end. */
  readonly makespan: number
  /** Milliseconds that workers were at work. */
  readonly work: number
  readonly runs: number
  readonly launches: number
  readonly counts: Readonly<Record<Ending, number>>
  /** When the last run that `run_cap` allows was suggested, where that ended the sweep. */
  readonly cappedAt: number | undefined
  readonly rungs: ReadonlyArray<Rung>
}

/** The attempts of a simulated sweep in order of launch, each on the first worker that was free. */
export const attempts = ({ jobs, runs, verdicts }: Simulated): ReadonlyArray<Attempt> => {
  const byId = new Map(runs.map((run) => [run.id, run] as const))
  const freeFrom: Array<number> = []
  return jobs.flatMap((job) => {
    const run = byId.get(RunKey.run(job.key))
    if (run === undefined) return []
    const free = freeFrom.findIndex((time) => time <= job.submittedAt)
    const worker = free < 0 ? freeFrom.length : free
    const endedAt = Math.max(job.endsAt, job.submittedAt)
    freeFrom[worker] = endedAt
    return [
      {
        run,
        attempt: RunKey.attempt(job.key),
        worker,
        submittedAt: job.submittedAt,
        startedAt: Math.min(job.startsAt, endedAt),
        endedAt,
        ending: endingOf(job, run, verdicts.has(run.id))
      }
    ]
  })
}

/** The numbers of a simulated sweep. */
export const of = (simulated: Simulated, config: SweepConfig): Sample => {
  const { jobs, outcome, runs, took, verdicts } = simulated
  const counts = { finished: 0, stopped: 0, failed: 0, crashed: 0, preempted: 0, killed: 0 }
  for (const run of runs) {
    if (isEnding(run.state)) counts[run.stop === "EarlyStopped" && verdicts.has(run.id) ? "stopped" : run.state]++
  }
  let work = 0
  for (const { endsAt, startsAt } of jobs) work += Math.max(0, endsAt - startsAt)
  return {
    state: outcome.state,
    reason: outcome.reason,
    makespan: took,
    work,
    runs: runs.length,
    launches: jobs.length,
    counts,
    cappedAt: reachedCap(outcome, config) ? runs.at(-1)?.createdAt : undefined,
    rungs: rungsOf(simulated, config)
  }
}

// internal

/** Also a sweep of which no run finished may have had all the runs that it was allowed. */
const reachedCap = ({ launched, reason }: Simulated["outcome"], { runCap }: SweepConfig): boolean =>
  reason === "RunCapReached" || (reason === "NoneFinished" && launched === runCap)

const states = {
  finished: true,
  failed: true,
  crashed: true,
  killed: true,
  preempted: true
} as const satisfies Record<Exclude<Ending, "stopped">, true>

const isEnding = (state: RunState): state is Exclude<Ending, "stopped"> => Object.hasOwn(states, state)

const endingOf = ({ key, status }: JobRecord, run: RunRecord, condemned: boolean): Ending => {
  switch (status._tag) {
    case "Exited":
      return status.code === 0 ? "finished" : "failed"
    case "Preempted":
      return "preempted"
    case "Killed":
      return condemned && RunKey.attempt(key) === run.attempt && run.stop === "EarlyStopped" ? "stopped" : "killed"
    case "Crashed":
    case "Lost":
    case "Running":
      return "crashed"
  }
}

/** How many runs came to each rung, and how many of them early stopping let go on. */
const rungsOf = ({ rows, runs, verdicts }: Simulated, config: SweepConfig): ReadonlyArray<Rung> => {
  const { earlyTerminate, metric } = config
  if (earlyTerminate === undefined || metric === undefined) return []
  const levels = earlyTerminate.type === "hyperband" ? Hyperband.bands(earlyTerminate) : RungSteps.steps(earlyTerminate)
  const heights = runs.map((run) => height(rows, run.id, metric.name, earlyTerminate.type === "hyperband"))
  const stopped = new Map<number, number>()
  for (const run of runs) {
    const verdict = run.stop === "EarlyStopped" ? verdicts.get(run.id) : undefined
    if (verdict !== undefined) stopped.set(verdict.rung, (stopped.get(verdict.rung) ?? 0) + 1)
  }
  return [...new Set(levels)].flatMap((at) => {
    const reached = heights.filter((height) => height >= at).length
    return reached === 0 ? [] : [{ at, reached, survived: reached - (stopped.get(at) ?? 0) }]
  })
}

/** How far a run has come: how many values it has logged, or its highest step with one. */
const height = (rows: Simulated["rows"], run: RunId, metric: string, counted: boolean): number => {
  let values = 0
  let highest = Number.NEGATIVE_INFINITY
  for (const { step, values: row } of rows.get(run) ?? []) {
    const value = RunMetrics.metricValue(row, metric)
    if (value === undefined || !Number.isFinite(value)) continue
    values++
    highest = Math.max(highest, step)
  }
  return counted ? values : highest
}
