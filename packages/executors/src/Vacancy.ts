import type { RunKey } from "@sweepline/core/RunKey"
import * as Claim from "./Claim.js"
import * as ExitCode from "./ExitCode.js"
import * as Liveness from "./Liveness.js"
import * as MachineIdentity from "./MachineIdentity.js"
import type { ProcessTable } from "./ProcessTable.js"
import * as RunFolder from "./RunFolder.js"

/**
 * The attempts of which it is certain that nothing of them runs any more, for who only looks: unlike a poll of the
 * engine, this watches none and touches nothing that they left. Those of other machines, and those that
 * never began, aren't among them. Throws Node's error.
 */
export const of = (table: ProcessTable["Type"], runs: string, keys: ReadonlyArray<RunKey>): ReadonlyArray<RunKey> => {
  const over = new Set<RunKey>()
  const here: Array<{ readonly key: RunKey; readonly claim: Claim.Claim; readonly folder: RunFolder.RunFolder }> = []
  for (const key of keys) {
    const folder = RunFolder.make(runs, key)
    const reading = Claim.read(RunFolder.claim(folder))
    if (reading.kind !== "held") continue
    const { claim } = reading
    const place = MachineIdentity.place(claim, table.here)
    if (hasCode(folder) || Claim.isGivenUp(claim) || place === "rebooted") over.add(key)
    else if (place === "here") here.push({ key, claim, folder })
  }
  if (here.length === 0) return [...over]
  const seen = table.look(here.map(({ claim }) => claim.listed))
  for (const { claim, folder, key } of here) {
    if (!Liveness.isAlive(claim, seen.get(claim.listed)) || hasCode(folder)) over.add(key)
  }
  return [...over]
}

// internal

const hasCode = (folder: RunFolder.RunFolder): boolean => ExitCode.read(RunFolder.exitCode(folder)) !== undefined
