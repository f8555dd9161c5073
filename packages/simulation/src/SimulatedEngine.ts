import { type Job, JobStatus } from "@sweepline/core/Executor"
import type { RunKey } from "@sweepline/core/RunKey"
import * as Draws from "./Draws.js"
import * as DurationModel from "./DurationModel.js"
import * as FailureModel from "./FailureModel.js"
import * as MetricModel from "./MetricModel.js"
import { Ending, type SimulatedJob } from "./SimulatedJob.js"

/** A model, or milliseconds as a function of the job. */
export type Span = DurationModel.DurationModel | ((job: SimulatedJob, draws: Draws.Draws) => number)

/** What an engine simulates. What isn't given takes no time, goes well and logs nothing. */
export interface Options {
  /** Everything that is drawn depends on this seed and the job's key only; 0 if not given. */
  readonly seed?: number | string
  /** How long a job runs. */
  readonly duration?: Span
  readonly failure?: FailureModel.FailureModel
  readonly metrics?: MetricModel.MetricModel
  /** From the call of `submit` until the engine has the job. */
  readonly submitLatency?: DurationModel.DurationModel
  /** From then until the job starts. */
  readonly queueWait?: Span
  /** How long a job takes to end once it is asked to; at most the grace time. */
  readonly stopDelay?: DurationModel.DurationModel
}

/** What is known of a job, for tests and for plans. Times are milliseconds since 1970. */
export interface JobRecord {
  readonly key: RunKey
  /** How often it was submitted; it ran once. */
  readonly submissions: number
  readonly submittedAt: number
  /** When it starts, or would have. */
  readonly startsAt: number
  /** When it ends; infinite for a job that hangs. */
  readonly endsAt: number
  readonly status: JobStatus
  /** How it would end by itself. */
  readonly ending: Ending
}

/**
 * An engine that exists in memory only, as a table of jobs whose fate is settled when they
 * are submitted. It reads no clock: each question comes with the time. It outlives
 * executors, as a real engine outlives our process.
 */
export interface SimulatedEngine {
  /** Milliseconds that a submit of this key takes. */
  readonly submitLatency: (key: RunKey) => number
  /** Takes a job; one whose key is known is only counted. Answers whether it is new. */
  readonly submit: (job: Job, key: RunKey, now: number) => boolean
  readonly has: (key: RunKey) => boolean
  /** When a job ends, as far as is known now; `undefined` for an unknown key. */
  readonly endsAt: (key: RunKey) => number | undefined
  /** `Lost` for an unknown key. */
  readonly status: (key: RunKey, now: number) => JobStatus
  readonly cancel: (key: RunKey, graceMs: number, now: number) => void
  readonly output: (key: RunKey, offset: number, max: number, now: number) => Uint8Array
  /** Keys of the jobs that have not ended. */
  readonly unfinished: (now: number) => ReadonlyArray<RunKey>
  /** Every job, in order of submission. */
  readonly history: (now: number) => ReadonlyArray<JobRecord>
}

interface Entry {
  readonly key: RunKey
  readonly submittedAt: number
  readonly startsAt: number
  readonly ending: Ending
  readonly curve: MetricModel.Curve
  submissions: number
  endsAt: number
  /** How it ended: its ending's status, or `Killed` once a cancel came first. */
  end: JobStatus
  /** The output so far; dropped once all of an ended job's was read. */
  printed: { readonly rows: number; readonly bytes: Uint8Array } | undefined
}

const running = JobStatus.Running()
const killed = JobStatus.Killed()
const preempted = JobStatus.Preempted({ detail: "its machine was taken away" })
const empty = new Uint8Array()

const part = Ending.$match({
  Succeeds: () => 1,
  Fails: ({ after }) => after,
  Crashes: ({ after }) => after,
  Preempted: ({ after }) => after,
  Vanishes: ({ after }) => after,
  Hangs: () => Number.POSITIVE_INFINITY
})

const lastWords = (ending: Ending): string =>
  ending._tag === "Fails" && ending.output !== undefined ? `${ending.output}\n` : ""

/** An engine without jobs. */
export const make = (options: Options = {}): SimulatedEngine => {
  const entries = new Map<RunKey, Entry>()
  const drawsOf = (what: string, key: RunKey) => Draws.make(options.seed ?? 0, what, key)
  const millis = (model: DurationModel.DurationModel | undefined, what: string, key: RunKey) =>
    model === undefined ? 0 : DurationModel.draw(model, drawsOf(what, key))

  const spanOf = (span: Span | undefined, what: string, job: SimulatedJob): number => {
    if (typeof span !== "function") return millis(span, what, job.key)
    return Math.max(0, Math.round(span(job, drawsOf(what, job.key))))
  }

  const statusOf = Ending.$match({
    Succeeds: () => JobStatus.Exited({ code: 0 }),
    Fails: ({ code }) => JobStatus.Exited({ code }),
    Crashes: ({ detail }) => JobStatus.Crashed({ detail }),
    Preempted: () => preempted,
    Vanishes: () => JobStatus.Lost({ detail: "the engine has forgotten the job" }),
    Hangs: () => running
  })

  const admit = (job: SimulatedJob, now: number): Entry => {
    const ending = (options.failure ?? FailureModel.none)(job, drawsOf("failure", job.key))
    const duration = spanOf(options.duration, "duration", job)
    const startsAt = now + spanOf(options.queueWait, "queueWait", job)
    return {
      key: job.key,
      submittedAt: now,
      startsAt,
      ending,
      // The job itself isn't kept: only what its models took from it.
      curve: (options.metrics ?? MetricModel.none)(job, duration, drawsOf("metrics", job.key)),
      submissions: 1,
      endsAt: ending._tag === "Hangs" ? Number.POSITIVE_INFINITY : startsAt + Math.round(duration * part(ending)),
      end: statusOf(ending),
      printed: undefined
    }
  }

  const print = (entry: Entry, now: number): Uint8Array => {
    const ended = entry.endsAt <= now
    const elapsed = Math.min(now, entry.endsAt) - entry.startsAt
    const rows = elapsed < 0 ? [] : entry.curve(elapsed)
    const before = entry.printed
    if (before !== undefined && before.rows === rows.length && !ended) return before.bytes
    const lines = rows.slice(before?.rows ?? 0).map((row) => `${JSON.stringify(row)}\n`)
    if (ended && entry.end !== killed) lines.push(lastWords(entry.ending))
    const bytes = Buffer.concat([before?.bytes ?? empty, Buffer.from(lines.join(""))])
    entry.printed = ended ? undefined : { rows: rows.length, bytes }
    return bytes
  }

  const status = (entry: Entry, now: number): JobStatus => (entry.endsAt <= now ? entry.end : running)

  return {
    submitLatency: (key) => millis(options.submitLatency, "submitLatency", key),
    submit: (job, key, now) => {
      const entry = entries.get(key)
      if (entry !== undefined) {
        entry.submissions += 1
        return false
      }
      entries.set(key, admit({ key, job }, now))
      return true
    },
    has: (key) => entries.has(key),
    endsAt: (key) => entries.get(key)?.endsAt,
    status: (key, now) => {
      const entry = entries.get(key)
      return entry === undefined ? JobStatus.Lost({ detail: "no such job" }) : status(entry, now)
    },
    cancel: (key, graceMs, now) => {
      const entry = entries.get(key)
      if (entry === undefined) return
      const delay = now < entry.startsAt ? 0 : Math.min(graceMs, millis(options.stopDelay, "stopDelay", key))
      if (now + delay >= entry.endsAt) return
      entry.endsAt = now + delay
      entry.end = killed
    },
    output: (key, offset, max, now) => {
      const entry = entries.get(key)
      return entry === undefined ? empty : print(entry, now).subarray(offset, offset + max)
    },
    unfinished: (now) =>
      Array.from(entries.values())
        .filter((entry) => entry.endsAt > now)
        .map((entry) => entry.key),
    history: (now) =>
      Array.from(entries.values(), (entry) => ({
        key: entry.key,
        submissions: entry.submissions,
        submittedAt: entry.submittedAt,
        startsAt: entry.startsAt,
        endsAt: entry.endsAt,
        status: status(entry, now),
        ending: entry.ending
      }))
  }
}
