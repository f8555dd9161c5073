import type { StopReason } from "@sweepline/core/StopReason"
import * as RunState from "@sweepline/core/RunState"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Colors from "./Colors.js"
import type { Output } from "./Output.js"
import * as ProgressView from "./ProgressView.js"
import * as RunFeed from "./RunFeed.js"
import * as RunTable from "./RunTable.js"
import * as Summary from "./Summary.js"
import * as SweepJson from "./SweepJson.js"
import * as Report from "./SweepReport.js"
import * as SweepTotal from "./SweepTotal.js"
import * as Sweeps from "./Sweeps.js"
import * as Text from "./Text.js"

/** What a person or a program sees of a sweep while it runs, and at its end. */
export interface View {
  /** How often a reading is worth making, in milliseconds. */
  readonly interval: number
  /** `workers` are the runs at a time by now, where an edit may have changed them. */
  readonly reading: (report: Report.SweepReport, note: string | undefined, workers?: number) => Effect.Effect<void>
  /** The last reading, and how it ended. */
  readonly end: (report: Report.SweepReport, end: Summary.End) => Effect.Effect<void>
}

/** What a view is told once. */
export interface Facts {
  readonly workers: number
  /** When this process began, in milliseconds since 1970. */
  readonly since: number
  /** When what is shown began, where it isn't this process's own: a sweep that another one works on. */
  readonly began?: number
}

/** How many runs a sweep will have, as its config says by now: a grid is counted once for each config. */
const totals = () => {
  let config: string | undefined
  let total: number | undefined
  return (report: Report.SweepReport): number | undefined => {
    if (report.sweep.config !== config) {
      config = report.sweep.config
      total = report.config === undefined ? undefined : SweepTotal.of(report.config)
    }
    return total
  }
}

/** A block of lines at the bottom of the terminal that is drawn again and again. */
export const live = (output: Output["Type"], facts: Facts): View => {
  const totalOf = totals()
  let { workers } = facts
  return {
    interval: 200,
    reading: Effect.fnUntraced(function* (report, note, now) {
      workers = now ?? workers
      const progress: ProgressView.Progress = {
        report,
        now: yield* Clock.currentTimeMillis,
        since: facts.began ?? facts.since,
        workers,
        total: totalOf(report),
        note
      }
      const look = { columns: yield* output.columns, rows: yield* output.rows, colors: output.colors }
      yield* output.redraw(ProgressView.render(progress, look))
    }),
    end: Effect.fnUntraced(function* (report, end) {
      const columns = yield* output.columns
      yield* output.redraw([])
      yield* output.print(
        ProgressView.title(report, workers, output.colors),
        ...Summary.text(report, end, { columns, colors: output.colors })
      )
    })
  }
}

/** Why a run was stopped, in a word or two; of one that somebody stopped nothing more is to be said. */
const stops = {
  Killed: "",
  Interrupted: "",
  EarlyStopped: "stopped early",
  TimedOut: "had gone silent",
  DeadlineReached: "at the deadline",
  BudgetSpent: "at the end of the budget"
} as const satisfies Record<StopReason, string>

const figure = (name: string, value: string): string => (value === "" ? "" : `${Text.oneLine(name)} ${value}`)

/** A line for each run that ends: for pipes and files. */
export const plain = (output: Output["Type"], { since, workers }: Facts): View => {
  const changes = RunFeed.make()
  const totalOf = totals()
  const done = new Set<string>()
  let best: number | undefined
  let begun = false
  let missed = false
  const { colors } = output
  const lines = (report: Report.SweepReport): ReadonlyArray<string> => {
    const metric = Report.objective(report)
    const metrics = Report.metrics(report)
    const total = totalOf(report)
    return changes(report.runs).flatMap(({ run, type }) => {
      if (type !== "RunEnded") return []
      // A retried run is counted once, one that goes on later not yet.
      if (RunState.isTerminal(run.state)) done.add(run.id)
      const value = metric === undefined ? undefined : Report.metricOf(run, metric.name)
      // Of several metrics no single run is the best.
      const better =
        !Report.hasFront(report) &&
        value !== undefined &&
        (best === undefined || (metric?.goal === "maximize" ? value > best : value < best))
      if (better) best = value
      // What ended before this process began counts, and was told of then.
      if (run.endedAt !== undefined && run.endedAt < since) return []
      const figures = [
        total === undefined ? `[${done.size}]` : `[${String(done.size).padStart(String(total).length)}/${total}]`,
        run.id,
        Colors.runState(colors, run.state, run.state.padEnd(8)),
        RunTable.elapsed(run, run.endedAt ?? 0).padStart(5),
        ...metrics.map(({ name }) => figure(name, Text.clip(Text.oneLine(Report.metricText(run, name)), 40))),
        run.state === "killed" && run.stop !== undefined ? stops[run.stop] : "",
        better ? colors.green("best so far") : ""
      ]
      return [
        figures
          .filter((part) => part !== "")
          .join("  ")
          .trimEnd()
      ]
    })
  }
  return {
    interval: 500,
    reading: Effect.fnUntraced(function* (report) {
      if (!begun) {
        begun = true
        yield* output.print(ProgressView.title(report, workers, colors))
      }
      yield* output.print(...lines(report))
      if (!missed && RunTable.noMetricYet(report) !== undefined) {
        missed = true
        yield* output.print(...RunTable.noMetric(report))
      }
    }),
    end: Effect.fnUntraced(function* (report, end) {
      yield* output.print(...lines(report))
      yield* output.print(...Summary.text(report, end, { columns: yield* output.columns, colors }))
    })
  }
}

/** One object a line for what happens; the last one is `SweepEnded`. */
export const json = (output: Output["Type"], { workers }: Facts): View => {
  const totalOf = totals()
  const changes = RunFeed.make()
  let state: string | undefined
  const tell = Effect.fnUntraced(function* (report: Report.SweepReport) {
    if (state === undefined) {
      yield* output.json({
        type: "SweepStarted",
        sweep: report.sweep.id,
        name: report.sweep.name,
        workers,
        total: totalOf(report)
      })
    }
    const before = state
    state = Report.stateText(report.sweep)
    const tellState =
      before === undefined || before === state
        ? Effect.void
        : output.json({ type: "SweepStateChanged", sweep: report.sweep.id, state })
    // What ended the sweep happened before its end.
    const over = Sweeps.hasEnded(report.sweep)
    if (!over) yield* tellState
    for (const { run, type } of changes(report.runs)) {
      const { id, ...rest } = SweepJson.run(run)
      yield* output.json({ type, sweep: report.sweep.id, run: id, ...rest })
    }
    if (over) yield* tellState
  })
  return {
    interval: 500,
    reading: (report) => tell(report),
    end: (report, end) => Effect.zipRight(tell(report), output.json(Summary.json(report, end)))
  }
}

/** The sentence that the live view shows while a sweep stands still or comes to its end. */
export const noteOf = (report: Report.SweepReport, interrupted: boolean): string | undefined => {
  const live = report.runs.filter(({ state }) => state === "running" || state === "preempting").length
  if (interrupted) return `Interrupted: waiting for ${Text.count(live, "run")} to end. Ctrl-C again kills at once.`
  const state = Option.getOrUndefined(report.sweep.state)
  if (state === "PAUSED") {
    return live > 0
      ? `Paused: ${toTheirEnd(live)}. Go on with: sweepline resume ${report.sweep.id}`
      : `Paused. Go on with: sweepline resume ${report.sweep.id}`
  }
  if (state === "FINISHED") return `Stopping: ${toTheirEnd(live)}.`
  if (state === "CANCELED") return `Cancelled: stopping ${Text.count(live, "run")}.`
  // Hours before the end, where it would be told as well.
  return RunTable.noMetricYet(report)
}

// internal

const toTheirEnd = (live: number): string =>
  `${Text.count(live, "run")} ${live === 1 ? "goes on to its end" : "go on to their end"}`
