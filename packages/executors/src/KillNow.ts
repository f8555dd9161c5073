import type { RunKey } from "@sweepline/core/RunKey"
import * as Claim from "./Claim.js"
import * as Liveness from "./Liveness.js"
import * as ProcessGroup from "./ProcessGroup.js"
import type { ProcessTable } from "./ProcessTable.js"
import * as RunFolder from "./RunFolder.js"
import type { Stopping } from "./Stopping.js"

/** A job that this process has to do with. */
export interface Job {
  readonly key: RunKey
  readonly folder: RunFolder.RunFolder
}

/**
 * Kills jobs that run, and those whose wrappers are about to begin: what hasn't claimed yet never will. Synchronous, for
 * a signal handler; throws where the processes can't be listed.
 */
export const killNow = (
  table: ProcessTable["Type"],
  stopping: Pick<Stopping, "note">,
  jobs: ReadonlyArray<Job & { readonly claim: Claim.Claim }>,
  starting: ReadonlySet<Job>
): void => {
  for (const { folder, key } of [...jobs, ...starting]) stopping.note(key, folder, { deadline: 0, grace: 0 })
  const claims = jobs.map((job) => job.claim)
  for (const { folder } of starting) {
    const claim = claimOrGiveUp(table, folder)
    if (claim !== undefined) claims.push(claim)
  }
  const seen = table.look(claims.map((claim) => claim.listed))
  const alive = claims.filter((claim) => Liveness.isAlive(claim, seen.get(claim.listed)))
  // First what needs no look at all processes, should there be no file left to read them with.
  for (const claim of alive) table.signal(claim.pid, "SIGKILL")
  ProcessGroup.signal(table, alive, ["SIGKILL"])
}

// internal

/** The claim of a wrapper that has claimed; the key of one that hasn't is given up. */
const claimOrGiveUp = (table: ProcessTable["Type"], folder: RunFolder.RunFolder): Claim.Claim | undefined => {
  const path = RunFolder.claim(folder)
  try {
    // Its wrapper may not have made its folder yet.
    RunFolder.create(folder)
    if (Claim.giveUp(path, table.here)) return undefined
    let reading = Claim.read(path)
    // Its wrapper is between making the file and writing the line: that takes microseconds.
    for (let waited = 0; reading.kind === "incomplete" && waited < 100; waited++) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
      reading = Claim.read(path)
    }
    return reading.kind === "held" ? reading.claim : undefined
  } catch {
    // The disk is full, for example: the other jobs are to be killed all the same.
    return undefined
  }
}
