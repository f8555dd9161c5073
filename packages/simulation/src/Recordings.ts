import * as RunKey from "@sweepline/core/RunKey"
import type { TrialConfig } from "@sweepline/core/TrialConfig"
import * as PythonJson from "@sweepline/core/PythonJson"
import * as Draws from "./Draws.js"
import type { Row } from "./MetricModel.js"
import type * as SimulatedEngine from "./SimulatedEngine.js"
import { Ending, type SimulatedJob } from "./SimulatedJob.js"

/** A run that was, for simulated ones to repeat. Times are milliseconds. */
export interface Recording {
  /** What it was run with, where that is known. */
  readonly trial: TrialConfig | undefined
  readonly durationMs: number
  /** From its creation to its start; `undefined` where that isn't known. */
  readonly waitMs: number | undefined
  /** How its last attempt ended. */
  readonly state: "finished" | "failed" | "crashed"
  readonly exitCode: number | undefined
  /** How often it was begun, but for attempts that somebody cut short: all of these but the last have failed. */
  readonly attempts: number
  /** What it logged, each row with the part of its duration, 0 to 1, by which it was there; oldest first. */
  readonly rows: ReadonlyArray<{ readonly part: number; readonly row: Row }>
}

/** What an engine takes from recordings: durations, endings, waits and metrics, all of a job from one recording. */
export type Models = Required<Pick<SimulatedEngine.Options, "duration" | "failure" | "metrics" | "queueWait">>

/**
 * Models that repeat recordings: a job does what the recording of the same trial did, and where there is none
 * what one of all did, each as likely. `trialOf` tells what a job is run with.
 */
export const models = (
  recordings: readonly [Recording, ...ReadonlyArray<Recording>],
  options: { readonly seed: number | string; readonly trialOf: (job: SimulatedJob) => TrialConfig | undefined }
): Models => {
  const byTrial = new Map<string, Recording>()
  for (const recording of recordings) {
    if (recording.trial !== undefined) byTrial.set(textOf(recording.trial), recording)
  }
  const recordingOf = (job: SimulatedJob): Recording => {
    const trial = byTrial.size === 0 ? undefined : options.trialOf(job)
    const same = trial === undefined ? undefined : byTrial.get(textOf(trial))
    if (same !== undefined) return same
    // Of the run, not of its attempt: a run that fails is repeated as it was recorded.
    const at = Math.floor(Draws.make(options.seed, "recording", RunKey.run(job.key)).uniform() * recordings.length)
    return recordings[at] ?? recordings[0]
  }
  return {
    duration: (job) => recordingOf(job).durationMs,
    queueWait: (job) => recordingOf(job).waitMs ?? 0,
    failure: (job, draws) => {
      const { attempts, exitCode, state } = recordingOf(job)
      // A last attempt that finished says nothing of the code with which those before it failed.
      const code = exitCode === undefined || exitCode === 0 ? 1 : exitCode
      if (RunKey.attempt(job.key) < attempts) return Ending.Fails({ code, after: draws.uniform() })
      switch (state) {
        case "finished":
          return Ending.Succeeds()
        case "failed":
          return Ending.Fails({ code, after: 1 })
        case "crashed":
          return Ending.Crashes({ after: 1, detail: "gone without an exit code" })
      }
    },
    metrics: (job, durationMs) => {
      const { rows } = recordingOf(job)
      return (elapsedMs) => rows.filter(({ part }) => Math.round(part * durationMs) <= elapsedMs).map(({ row }) => row)
    }
  }
}

// internal

/** Whatever the order of its parameters. */
const textOf = (trial: TrialConfig): string =>
  PythonJson.stringify(new Map([...trial].sort(([a], [b]) => (a < b ? -1 : 1))))
