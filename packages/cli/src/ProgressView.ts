import * as RunState from "@sweepline/core/RunState"
import type { RunRecord } from "@sweepline/core/SweepApi"
import * as Colors from "./Colors.js"
import * as Format from "./Format.js"
import * as Ranking from "./Ranking.js"
import * as SweepParameters from "./SweepParameters.js"
import * as Report from "./SweepReport.js"
import * as Table from "./Table.js"
import * as Text from "./Text.js"

/** What the live view shows, besides the report itself. */
export interface Progress {
  readonly report: Report.SweepReport
  readonly now: number
  /** When this process began to run the sweep. */
  readonly since: number
  readonly workers: number
  /** How many runs the sweep will have, where that is known. */
  readonly total: number | undefined
  /** What is going on, where it isn't plain running: pausing, stopping, interrupted. */
  readonly note: string | undefined
}

interface Look {
  readonly columns: number
  readonly rows: number
  readonly colors: Colors.Colors
}

const ended = (run: RunRecord): boolean => RunState.isTerminal(run.state)

/**
 * How long the rest will take, in milliseconds: the mean length of the runs that ended,
 * over the workers; `undefined` while there is nothing to judge by.
 */
export const timeLeft = ({ now, report, total, workers }: Progress): number | undefined => {
  if (total === undefined) return undefined
  let sum = 0
  let lengths = 0
  let done = 0
  let underWay = 0
  for (const run of report.runs) {
    if (ended(run)) done++
    if (run.startedAt === undefined) continue
    if (run.endedAt !== undefined && ended(run)) {
      sum += run.endedAt - run.startedAt
      lengths++
    } else if (run.state === "running") underWay += now - run.startedAt
  }
  if (lengths === 0 || done >= total) return undefined
  const mean = sum / lengths
  return Math.max(0, (mean * (total - done) - Math.min(underWay, mean * workers)) / Math.max(1, workers))
}

const bar = (done: number, alive: number, total: number, columns: number, colors: Colors.Colors): string => {
  const part = (n: number) => Math.min(columns, Math.round((n / Math.max(1, total)) * columns))
  const full = part(done)
  const live = Math.max(0, part(done + alive) - full)
  return (
    colors.green("━".repeat(full)) +
    colors.cyan("━".repeat(live)) +
    colors.dim("─".repeat(Math.max(0, columns - full - live)))
  )
}

const states = (report: Report.SweepReport, colors: Colors.Colors): string =>
  [...Report.counts(report.runs)]
    .filter(([state]) => state !== "pending")
    .map(([state, n]) => Colors.runState(colors, state, `${n} ${state}`))
    .join(colors.dim(" · "))

/** The first line of a sweep: its name, its id and what it does. */
export const title = (report: Report.SweepReport, workers: number | undefined, colors: Colors.Colors): string => {
  const goals = Report.metrics(report).map(({ goal, name }) => `${goal} ${Text.oneLine(name)}`)
  const varying = report.config === undefined ? 0 : SweepParameters.varyingCount(report.config)
  return [
    named(report.sweep, colors),
    report.config === undefined
      ? undefined
      : `${report.config.method}${varying === 0 ? "" : ` over ${Text.count(varying, "parameter")}`}`,
    workers === undefined ? undefined : Text.count(workers, "worker"),
    goals.length === 0 ? undefined : goals.join(", ")
  ]
    .filter((part) => part !== undefined)
    .join(colors.dim(" · "))
}

/** A sweep's name and id; W&B's clients leave the name out, and W&B says the id for it. */
const named = ({ id, name }: Report.SweepReport["sweep"], colors: Colors.Colors): string =>
  name === "" || name === id ? colors.bold(id) : `${colors.bold(Text.oneLine(name))} ${colors.dim(id)}`

/** The best run so far with its parameters, or what is missing for one. */
const bestLine = (report: Report.SweepReport, colors: Colors.Colors): string | undefined => {
  const metric = Report.objective(report)
  if (metric === undefined) return undefined
  if (Report.hasFront(report)) {
    const front = Ranking.front(report).length
    return front === 0
      ? undefined
      : `${colors.dim("best")} ${Text.count(front, "run")} that no other beats in all metrics`
  }
  const best = Ranking.best(report)
  if (best === undefined) return undefined
  const parameters = SweepParameters.varying(report)
    .map(
      (name) => `${colors.dim(Text.oneLine(name))} ${Text.oneLine(Format.value(Report.lookUp(best.run.trial, name)))}`
    )
    .join("  ")
  return `${colors.dim("best")} ${colors.bold(colors.green(Format.float(best.value)))}  ${best.run.id}  ${parameters}`
}

const liveTable = (progress: Progress, look: Look, most: number): ReadonlyArray<string> => {
  const { now, report } = progress
  const metric = Report.objective(report)
  const live = report.runs.filter(({ state }) => RunState.isAlive(state) && state !== "pending")
  if (live.length === 0) return []
  const shown = live.slice(0, live.length > most ? most - 1 : most)
  const names = SweepParameters.varying(report)
  const rows = shown.map((run) => [
    run.id,
    run.stop === undefined ? Colors.runState(look.colors, run.state) : look.colors.yellow("stopping"),
    run.startedAt === undefined ? "" : Format.clock(now - run.startedAt),
    metric === undefined ? "" : Report.metricText(run, metric.name) || look.colors.dim("–"),
    ...names.map((name) => Text.oneLine(Format.value(Report.lookUp(run.trial, name))))
  ])
  const table = Table.render(
    [
      { title: "RUN" },
      { title: "STATE" },
      { title: "TIME", align: "right" },
      { title: metric?.name ?? "", align: "right" },
      ...names.map((name) => ({ title: name, align: "right", optional: true }) as const)
    ],
    rows,
    { columns: look.columns, colors: look.colors, indent: 1 }
  )
  return shown.length === live.length ? table : [...table, look.colors.dim(` and ${live.length - shown.length} more`)]
}

/** The block of lines that a terminal shows while a sweep runs. */
export const render = (progress: Progress, look: Look): ReadonlyArray<string> => {
  const { now, report, since, total, workers } = progress
  const { colors, columns } = look
  const done = report.runs.filter(ended).length
  const alive = report.runs.filter(({ state }) => RunState.isAlive(state) && state !== "pending").length
  const left = timeLeft(progress)
  const figures = [
    total === undefined ? Text.count(done, "run") + " done" : `${done}/${total}`,
    states(report, colors),
    `${Format.clock(now - since)}${left === undefined ? "" : colors.dim(` (about ${Format.span(left)} left)`)}`
  ]
    .filter((part) => part !== "")
    .join("  ")
  const space = Math.min(40, columns - Text.width(figures) - 3)
  const line =
    total === undefined || space < 8 ? ` ${figures}` : ` ${bar(done, alive, total, space, colors)} ${figures}`
  const best = bestLine(report, colors)
  const frame = [
    "",
    ` ${title(report, workers, colors)}`,
    line,
    ...(progress.note === undefined ? [] : [` ${colors.yellow(progress.note)}`])
  ]
  const rest = look.rows - frame.length - 5
  const table = rest > 2 ? liveTable(progress, look, rest) : []
  return [...frame, ...(table.length > 0 ? ["", ...table] : []), ...(best === undefined ? [] : ["", ` ${best}`])]
}
