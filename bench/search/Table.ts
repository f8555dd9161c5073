import { chanceOfLarger, median } from "./MannWhitney.js"
import type { Peers, Regrets } from "./Peers.js"
import { checkpoints } from "./Sweep.js"

/** The bench's results as Markdown, and whether all bounds hold. */
export interface Report {
  readonly lines: ReadonlyArray<string>
  readonly ok: boolean
}

/** Sweeps' regrets by their problem. */
export const grouped = (
  sweeps: ReadonlyArray<{ readonly problem: string; readonly regrets: ReadonlyArray<number> }>
): Regrets => {
  const groups = new Map<string, Array<ReadonlyArray<number>>>()
  for (const { problem, regrets } of sweeps) groups.set(problem, [...(groups.get(problem) ?? []), regrets])
  return groups
}

/** At most these medians after a number of runs, whatever the peers reach. */
const limits: ReadonlyArray<{ readonly problem: string; readonly runs: number; readonly regret: number }> = [
  { problem: "Hartmann6", runs: 100, regret: 0.01 },
  { problem: "Branin, 10 % report 1e6", runs: 60, regret: 0.01 },
  { problem: "Rates, linear ranges", runs: 60, regret: 0.01 },
  { problem: "Horizon, linear ranges", runs: 60, regret: 0.01 }
]

/**
 * A row for each problem: the medians of all searchers, and the verdict on `bayes`. It fails
 * where after any number of runs its median is more than 1.5 times the best peer's and that is
 * no chance (one-sided Mann–Whitney, p < 0.01), or where it misses a limit of its own. Where it
 * may be chance, the verdict says so.
 */
export const report = (
  problems: ReadonlyArray<string>,
  ours: ReadonlyMap<string, Regrets>,
  { regrets: peers }: Peers
): Report => {
  const columns = [...ours, ...peers]
  const verdicts = problems.map((problem) => notesOn(problem, ours.get("bayes"), peers))
  const rows = problems.map((problem, i) => {
    const cells = columns.map(([, regrets]) => cell(regrets.get(problem) ?? []))
    const notes = verdicts[i] ?? []
    const verdict = notes.some(isFault) ? notes.join("; ") : notes.length > 0 ? `ok; ${notes.join("; ")}` : "ok"
    return `| ${[problem, ...cells, verdict].join(" | ")} |`
  })
  return {
    lines: [
      `| regret after ${checkpoints.join(" / ")} runs | ${columns.map(([name]) => name).join(" | ")} | verdict |`,
      `| --- |${" --- |".repeat(columns.length + 1)}`,
      ...rows
    ],
    ok: !verdicts.flat().some(isFault)
  }
}

// internal

const at = (seeds: ReadonlyArray<ReadonlyArray<number>>, checkpoint: number): ReadonlyArray<number> =>
  seeds.map((regrets) => regrets[checkpoint] ?? Number.NaN)

const cell = (seeds: ReadonlyArray<ReadonlyArray<number>>): string =>
  checkpoints.map((_, k) => brief(median(at(seeds, k)))).join(" / ") + (seeds.length < 20 ? ` (${seeds.length})` : "")

/** Two significant digits, which is more than twenty seeds tell. */
const brief = (value: number): string => {
  if (Number.isNaN(value)) return "–"
  if (value < 5e-7) return "0"
  if (value < 1e-3) return value.toExponential(0)
  return value >= 10 ? value.toFixed(0) : String(Number(value.toPrecision(2)))
}

const isFault = (note: string): boolean => note.startsWith("FAILS")

/** Where `bayes` is behind the best peer, or beyond a limit of its own. */
const notesOn = (
  problem: string,
  ours: Regrets | undefined,
  peers: ReadonlyMap<string, Regrets>
): ReadonlyArray<string> => {
  const seeds = ours?.get(problem) ?? []
  if (seeds.length === 0) return []
  const lost = checkpoints.flatMap((runs, k) => {
    const mine = at(seeds, k)
    const [best] = [...peers]
      .map(([name, regrets]) => ({ name, theirs: at(regrets.get(problem) ?? [], k) }))
      .filter(({ theirs }) => theirs.length > 0)
      .sort((a, b) => median(a.theirs) - median(b.theirs))
    if (best === undefined || !(median(mine) > 1.5 * median(best.theirs))) return []
    const chance = chanceOfLarger(mine, best.theirs)
    const what = `${(median(mine) / median(best.theirs)).toPrecision(2)} × ${best.name} after ${runs}, p ${chance.toPrecision(1)}`
    return [chance < 0.01 ? `FAILS: ${what}` : what]
  })
  const missed = limits.flatMap((limit) => {
    const regret = median(at(seeds, checkpoints.indexOf(limit.runs as (typeof checkpoints)[number])))
    return limit.problem === problem && !(regret <= limit.regret)
      ? [`FAILS: ${brief(regret)} after ${limit.runs}, more than ${limit.regret}`]
      : []
  })
  return [...lost, ...missed]
}
