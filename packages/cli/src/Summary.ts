import * as Format from "./Format.js"
import type { Colors } from "./Colors.js"
import * as ColorsOf from "./Colors.js"
import type { Json } from "./Json.js"
import * as Ranking from "./Ranking.js"
import * as RunTable from "./RunTable.js"
import * as SweepJson from "./SweepJson.js"
import * as Report from "./SweepReport.js"
import * as Text from "./Text.js"

/** How a sweep ended, or was left. */
export interface End {
  /** COMPLETED, CANCELLED, FAILED, or PAUSED where it can go on. */
  readonly state: "COMPLETED" | "CANCELLED" | "FAILED" | "PAUSED"
  readonly reason: string
  /** The sentence behind "because". */
  readonly because: string
  /** How long this process worked on it, in milliseconds. */
  readonly took: number
}

const looks = {
  COMPLETED: { mark: "✔", colour: "green" },
  CANCELLED: { mark: "✘", colour: "red" },
  FAILED: { mark: "✘", colour: "red" },
  PAUSED: { mark: "‖", colour: "yellow" }
} as const satisfies Record<End["state"], { readonly mark: string; readonly colour: keyof Colors }>

/** How many of the best runs are shown. */
const mostShown = 5

/** What a person reads at the end: how it went, the best runs, and where to look further. */
export const text = (
  report: Report.SweepReport,
  end: End,
  look: { readonly columns: number; readonly colors: Colors }
): ReadonlyArray<string> => {
  const { colors } = look
  const { colour, mark } = looks[end.state]
  const { id } = report.sweep
  const counts = [...Report.counts(report.runs)]
    .map(([state, n]) => ColorsOf.runState(colors, state, `${n} ${state}`))
    .join(colors.dim(" · "))
  const front = RunTable.frontTold(report, look, mostShown)
  const ranking = Ranking.of(report).slice(0, mostShown)
  const dim = colors.dim
  const best = ranking[0]?.run.id
  const broken = report.runs.findLast(({ state }) => state === "failed" || state === "crashed")?.id
  const hints: ReadonlyArray<readonly [string, string]> = [
    ...(end.state === "PAUSED" ? [["Go on:", `sweepline resume ${id}`] as const] : []),
    ["All runs:", `sweepline show ${id}`],
    ...(front.length > 0 ? [["Best runs:", `sweepline best ${id}`] as const] : []),
    ...(best === undefined
      ? []
      : [["Best run:", `sweepline show ${best}`] as const, ["Run it again:", `sweepline rerun ${best}`] as const]),
    ...(broken === undefined ? [] : [["A failed run:", `sweepline logs ${broken}`] as const]),
    ["As a table:", `sweepline export ${id} -o runs.csv`]
  ]
  return [
    "",
    `${colors[colour](`${mark} ${end.state}`)}: ${end.because}`,
    `  ${[counts === "" ? "no runs" : counts, Format.clock(end.took)].join(dim(" · "))}`,
    ...(front.length > 0 ? ["", ...front] : []),
    ...(ranking.length > 0
      ? ["", ...RunTable.ranked(report, ranking, look)]
      : Ranking.hasNoBest(report)
        ? ["", ...RunTable.noMetric(report)]
        : []),
    "",
    ...hints.map(([label, command]) => `${dim(Text.pad(label, 13))} ${command}`)
  ]
}

/** The last line of `run --json`. */
export const json = (report: Report.SweepReport, end: End): { readonly [key: string]: Json | undefined } => ({
  type: "SweepEnded",
  sweep: report.sweep.id,
  state: end.state,
  reason: end.reason,
  because: end.because,
  seconds: Math.round(end.took) / 1000,
  runs: Object.fromEntries(Report.counts(report.runs)),
  best: SweepJson.best(report)
})
