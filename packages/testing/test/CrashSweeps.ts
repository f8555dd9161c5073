/** The small sweeps whose every crash is tried: each kind of thing that can happen to a run, and nothing more. */
import { Duration, Effect, Layer } from "effect"
import * as EarlyStopping from "@sweepline/core/EarlyStopping"
import type * as LaunchAgentConfig from "@sweepline/core/LaunchAgentConfig"
import * as RunKey from "@sweepline/core/RunKey"
import type * as SchedulerConfig from "@sweepline/core/SchedulerConfig"
import * as DurationModel from "@sweepline/simulation/DurationModel"
import * as MetricModel from "@sweepline/simulation/MetricModel"
import type * as SimulatedEngine from "@sweepline/simulation/SimulatedEngine"
import { Ending, type SimulatedJob } from "@sweepline/simulation/SimulatedJob"
import { gridConfig, randomConfig } from "./SimulatedSweep.js"

/**
 * What somebody does meanwhile, in another process: it happens whether a scheduler lives or not. Only an
 * `interrupt`, which is a signal to the scheduler's own process, comes to nothing while there is none.
 */
export interface Act {
  /** Milliseconds from the creation of the sweep. */
  readonly at: number
  readonly does: "interrupt" | "pause" | "preempt" | "resume" | "stop"
}

/** A sweep, the world that it lives in, and what it must come to. */
export interface CrashSweep {
  readonly name: string
  /** The sweep config as YAML text. */
  readonly config: string
  readonly workers: number
  readonly runCap?: number
  readonly engine: SimulatedEngine.Options
  readonly scheduler?: Partial<SchedulerConfig.SchedulerConfig["Type"]>
  readonly agent?: Partial<LaunchAgentConfig.LaunchAgentConfig["Type"]>
  readonly stopping?: Layer.Layer<EarlyStopping.EarlyStopping>
  readonly acts?: ReadonlyArray<Act>
  /** How its runs end, without trouble: how many in which state and attempt. */
  readonly ends: Readonly<Record<string, number>>
  /**
   * What a crash may change: nothing but times (`exact`); or how often a run that somebody stopped was run, and
   * whether it ended before the stop reached it (`attempts`); or even how many runs there are (`runs`).
   */
  readonly varies: "exact" | "attempts" | "runs"
}

/** The sweep whose pairs of crashes are tried. */
export const twoRuns: CrashSweep = {
  name: "a grid of two, one worker",
  config: gridConfig([2]),
  workers: 1,
  engine: { duration: DurationModel.constant(40_000) },
  ends: { "finished#1": 2 },
  varies: "exact"
}

/** The trial of a grid with one parameter. */
const point = ({ job }: SimulatedJob): number => Number(/"p0": ?(\d+)/.exec(job.argv.join(" "))?.[1] ?? -1)

const attempt = ({ key }: SimulatedJob): number => RunKey.attempt(key)

/** What no run logs that is worth going on. */
const hopeless = 100

/** Stops runs by what they logged last. */
const stopsHopeless = Layer.succeed(EarlyStopping.EarlyStopping, {
  judge: ({ curves }) =>
    Effect.sync(() =>
      curves
        .filter(({ values }) => (values.at(-1) ?? 0) >= hopeless)
        .map(({ id, values }) => ({ run: id, rung: values.length, value: hopeless, threshold: 1, peers: [] }))
    )
})

/** Every sweep, from the simplest to the most eventful. */
export const sweeps: ReadonlyArray<CrashSweep> = [
  twoRuns,
  {
    name: "a grid of two by two, two workers, submits that take a while",
    config: gridConfig([2, 2]),
    workers: 2,
    engine: {
      duration: DurationModel.uniform(30_000, 200_000),
      submitLatency: DurationModel.uniform(0, 5_000),
      queueWait: DurationModel.uniform(0, 20_000)
    },
    ends: { "finished#1": 4 },
    varies: "exact"
  },
  {
    name: "a grid of six with run_cap 4, three workers",
    config: gridConfig([2, 3], "run_cap: 4"),
    workers: 3,
    runCap: 4,
    engine: { duration: DurationModel.uniform(30_000, 200_000) },
    ends: { "finished#1": 4 },
    varies: "exact"
  },
  {
    name: "a random search with run_cap 3, two workers",
    config: randomConfig(3),
    workers: 2,
    runCap: 3,
    engine: { duration: DurationModel.uniform(30_000, 200_000) },
    ends: { "finished#1": 3 },
    varies: "exact"
  },
  {
    name: "early stopping of two runs in four, with metrics",
    config: gridConfig(
      [4],
      "metric:",
      "  name: loss",
      "  goal: minimize",
      "early_terminate:",
      "  type: hyperband",
      "  min_iter: 1"
    ),
    workers: 2,
    engine: {
      duration: DurationModel.constant(120_000),
      failure: (job) => (point(job) % 2 === 1 ? Ending.Hangs() : Ending.Succeeds()),
      metrics: MetricModel.steps(3, (job) => (step) => ({ loss: point(job) % 2 === 1 ? hopeless : 1 / step }))
    },
    agent: { outputInterval: Duration.seconds(30) },
    stopping: stopsHopeless,
    ends: { "finished#1": 2, "killed#1": 2 },
    varies: "exact"
  },
  {
    name: "retries of runs that fail, crash and vanish, with snapshots",
    config: gridConfig([4]),
    workers: 2,
    engine: {
      duration: DurationModel.constant(60_000),
      failure: (job) => {
        if (point(job) === 0 && attempt(job) === 1) return Ending.Fails({ code: 1, after: 0.5 })
        if (point(job) === 1 && attempt(job) <= 2) return Ending.Crashes({ after: 0.5, detail: "gone" })
        if (point(job) === 2) return Ending.Fails({ code: 3, after: 1 })
        if (point(job) === 3 && attempt(job) === 1) return Ending.Vanishes({ after: 0.9 })
        return Ending.Succeeds()
      }
    },
    scheduler: { retries: 2, snapshotEvery: 5 },
    ends: { "finished#2": 2, "finished#3": 1, "failed#3": 1 },
    varies: "exact"
  },
  {
    name: "an engine that loses runs, some again and again",
    config: gridConfig([3]),
    workers: 3,
    engine: {
      duration: DurationModel.constant(100_000),
      failure: (job) =>
        attempt(job) <= point(job)
          ? Ending.Crashes({ after: 0.3, detail: "the machine was taken away" })
          : Ending.Succeeds()
    },
    scheduler: { retries: 3 },
    ends: { "finished#1": 1, "finished#2": 1, "finished#3": 1 },
    varies: "exact"
  },
  {
    name: "runs that are preempted and handed out again, with snapshots",
    config: gridConfig([3]),
    workers: 2,
    engine: { duration: DurationModel.constant(100_000), stopDelay: DurationModel.constant(7_000) },
    scheduler: { snapshotEvery: 3 },
    acts: [{ at: 50_000, does: "preempt" }],
    ends: { "finished#1": 1, "finished#2": 2 },
    varies: "attempts"
  },
  {
    name: "pause and resume from another process, with snapshots",
    config: gridConfig([4]),
    workers: 2,
    engine: { duration: DurationModel.uniform(30_000, 100_000) },
    scheduler: { snapshotEvery: 1 },
    acts: [
      { at: 25_000, does: "pause" },
      { at: 300_000, does: "resume" }
    ],
    ends: { "finished#1": 4 },
    varies: "exact"
  },
  {
    name: "interrupted by a signal, and resumed",
    config: gridConfig([3]),
    workers: 2,
    engine: { duration: DurationModel.constant(100_000), stopDelay: DurationModel.constant(5_000) },
    acts: [{ at: 130_000, does: "interrupt" }],
    ends: { "finished#1": 2, "finished#2": 1 },
    varies: "attempts"
  },
  {
    name: "stopped by a person, and drained",
    config: gridConfig([6]),
    workers: 2,
    engine: { duration: DurationModel.constant(100_000) },
    acts: [{ at: 130_000, does: "stop" }],
    ends: { "finished#1": 4 },
    varies: "runs"
  },
  {
    name: "a deadline in the middle",
    config: gridConfig([6]),
    workers: 2,
    engine: { duration: DurationModel.constant(100_000), stopDelay: DurationModel.constant(5_000) },
    scheduler: { deadline: 130_000 },
    ends: { "finished#1": 2, "killed#1": 2 },
    varies: "runs"
  }
]
