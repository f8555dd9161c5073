import type { Claim } from "./Claim.js"
import { runFolderVariable } from "./Environment.js"
import type { ProcessStat } from "./ProcessStat.js"
import type { ProcessTable } from "./ProcessTable.js"

/**
 * Signals each job whose wrapper lives, in one look at the processes: its own process
 * group, and those that the job made within its session, as `timeout` does for what it runs.
 */
export const signal = (
  table: ProcessTable["Type"],
  claims: ReadonlyArray<Claim>,
  signals: ReadonlyArray<NodeJS.Signals>
): void => {
  if (claims.length === 0) return
  const all = table.all()
  for (const claim of claims) {
    for (const group of groups(claim, all)) for (const one of signals) table.signal(group, one)
  }
}

/**
 * Kills what a wrapper left behind that went away without ending its group. `fresh`
 * says that the wrapper lived a moment ago; otherwise its pid may have been given to another
 * session since, so only processes that carry the run's own variable count.
 */
export const killRest = (
  table: ProcessTable["Type"],
  claim: Claim,
  options: { readonly runFolder: string; readonly fresh: boolean }
): void => {
  const all = table.all()
  const rest = all.filter((one) => one.session === claim.listed && !one.zombie)
  if (rest.length === 0) return
  if (rest.some((one) => one.pid === claim.listed && one.startTime !== claim.startTime)) return
  if (!options.fresh && !rest.some((one) => table.hasVariable(one.pid, runFolderVariable, options.runFolder))) return
  for (const group of groups(claim, all)) table.signal(group, "SIGKILL")
}

// internal

const groups = (claim: Claim, all: ReadonlyArray<ProcessStat>): ReadonlySet<number> => {
  const found = new Set([claim.pid])
  // Where /proc shows an outer namespace, its numbers are not the ones that signals go to.
  if (claim.listed !== claim.pid) return found
  for (const one of all) if (one.session === claim.pid && one.group > 1) found.add(one.group)
  return found
}
