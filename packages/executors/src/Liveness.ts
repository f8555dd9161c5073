import { JobStatus } from "@sweepline/core/Executor"
import type { Claim } from "./Claim.js"
import type { ProcessStat } from "./ProcessStat.js"

/** Whether the process found under a claim's pid is the one that wrote the claim, and still runs. */
export const isAlive = (claim: Claim, found: ProcessStat | undefined): boolean =>
  found !== undefined && !found.zombie && found.startTime === claim.startTime

/**
 * What became of a job that left an exit code. Dying from the signal that we sent is
 * being killed; a job that ended otherwise after we asked, for example to save its
 * state, has its own exit code.
 */
export const ended = (code: number, stopRequested: () => boolean, at?: number): JobStatus =>
  killedBySignal.has(code) && stopRequested()
    ? JobStatus.Killed()
    : JobStatus.Exited(at === undefined ? { code } : { code, at })

/** What became of a job whose wrapper went away without an exit code. */
export const gone = (stopRequested: boolean, diskIsFull: boolean): JobStatus =>
  stopRequested
    ? JobStatus.Killed()
    : JobStatus.Crashed({
        detail: diskIsFull
          ? "the disk is full, so its exit code could not be written; free some space, then resume the sweep"
          : "its process went away without an exit code: something killed it (out of memory, for example)"
      })

/** What became of a job of this machine that a reboot ended. */
export const rebooted: JobStatus = JobStatus.Lost({ detail: "the machine was restarted while it ran" })

/** What became of a job whose folder was copied while it ran, for whoever has the copy. */
export const copied = (original: string): JobStatus =>
  JobStatus.Lost({ detail: `it runs in ${original}, of which this folder is a copy` })

/** What became of a job that somewhere else had, of which somebody says, by deleting its claim, that it is gone. */
export const disclaimed: JobStatus = JobStatus.Lost({
  detail: "it was started on another machine or in another container, and its claim was deleted since"
})

/** What became of a job whose wrapper did not start in time (`Claim.giveUp`). */
export const givenUp: JobStatus = JobStatus.Crashed({
  detail: "its shell did not start in time, so it was given up before it ran; the machine may be overloaded"
})

// internal

/** As a shell reports a program that ended by SIGTERM or SIGKILL. */
const killedBySignal: ReadonlySet<number> = new Set([128 + 15, 128 + 9])
