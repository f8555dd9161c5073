import * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { RunKey } from "@sweepline/core/RunKey"
import * as Signal from "@sweepline/core/Signal"
import type { Claim } from "./Claim.js"
import type { RunFolder } from "./RunFolder.js"
import type { Started } from "./Started.js"

/** A job whose wrapper runs, as far as this process knows. */
export interface LiveJob {
  readonly key: RunKey
  readonly folder: RunFolder
  readonly claim: Claim
  /** The wrapper as its launcher knows it, where this process started it. */
  readonly own: Started | undefined
  /** When this process came to know it, in milliseconds since 1970. */
  readonly since: number
  /** Opens when the wrapper is gone. */
  readonly ended: Effect.Latch
}

/** The jobs that run. They leave it as they end, so it holds no more than there are workers. */
export interface LiveJobs {
  readonly get: (key: RunKey) => LiveJob | undefined
  readonly add: (job: Omit<LiveJob, "ended">) => LiveJob
  /** Takes a job out and emits its key, once. */
  readonly end: (job: LiveJob) => void
  readonly all: () => ReadonlyArray<LiveJob>
  readonly changes: Stream.Stream<RunKey>
}

/**
 * Whether this process will be told of a job's end. One that it adopted, or whose launcher is
 * gone, has to be looked at.
 */
export const isTold = (self: LiveJob): boolean => self.own !== undefined && self.own.end()?._tag !== "Unknown"

/** No jobs. */
export const make = (): LiveJobs => {
  const ends = Signal.make<RunKey>("each")
  const jobs = new Map<RunKey, LiveJob>()
  return {
    get: (key) => jobs.get(key),
    add: (job) => {
      const added = { ...job, ended: Effect.unsafeMakeLatch(false) }
      jobs.set(job.key, added)
      return added
    },
    end: (job) => {
      if (jobs.get(job.key) !== job) return
      jobs.delete(job.key)
      job.ended.unsafeOpen()
      ends.emit(job.key)
    },
    all: () => [...jobs.values()],
    changes: ends.changes
  }
}
