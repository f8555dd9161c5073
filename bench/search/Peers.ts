import measured from "./peers/regret.json" with { type: "json" }

/** The regrets of one searcher: by problem, for each seed those after the checkpoints. */
export type Regrets = ReadonlyMap<string, ReadonlyArray<ReadonlyArray<number>>>

/** What was measured of the peers: regrets by their names, and with which versions. */
export interface Peers {
  readonly regrets: ReadonlyMap<string, Regrets>
  readonly versions: Readonly<Record<string, string>>
}

/** The peers' regrets as `peers/regret.py` left them. */
export const read = (): Peers => {
  const file: File = measured
  const regrets = new Map<string, Map<string, ReadonlyArray<ReadonlyArray<number>>>>()
  for (const [problem, peers] of Object.entries(file.regret)) {
    for (const [peer, seeds] of Object.entries(peers)) {
      const known = regrets.get(peer) ?? new Map<string, ReadonlyArray<ReadonlyArray<number>>>()
      regrets.set(peer, known.set(problem, Object.values(seeds)))
    }
  }
  return { regrets, versions: file.versions }
}

// internal

interface File {
  readonly versions: Readonly<Record<string, string>>
  readonly regret: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, ReadonlyArray<number>>>>>>>
}
