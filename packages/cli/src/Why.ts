import type { Verdict } from "@sweepline/core/EarlyStopping"
import type { Abandonment } from "@sweepline/core/Search"
import type { StopReason } from "@sweepline/core/StopReason"
import type { RunRecord } from "@sweepline/core/SweepApi"
import type { EarlyTerminate } from "@sweepline/core/EarlyTerminate"
import type { Metric } from "@sweepline/core/Metric"
import * as Colors from "./Colors.js"
import * as Format from "./Format.js"
import type { Json } from "./Json.js"
import type * as Report from "./SweepReport.js"
import * as Text from "./Text.js"

/** What a rung of each stopping rule counts. */
const rungs = {
  hyperband: "logged value",
  asha: "step",
  median: "step"
} as const satisfies Record<EarlyTerminate["type"], string>

const reasons = {
  Killed: "it was killed by hand",
  TimedOut: "it showed no sign of life, neither output nor metrics, for longer than --run-timeout allows",
  DeadlineReached: "the sweep's --deadline was reached while it ran",
  BudgetSpent: "the sweep's --budget of GPU hours was spent while it ran",
  Interrupted: "it was stopped only because its scheduler was, and runs again when the sweep is resumed",
  EarlyStopped: "it was stopped early"
} as const satisfies Record<StopReason, string>

/** Why a run was stopped, as lines: what early stopping judged it by, or else who asked. */
export const lines = (
  report: Report.SweepReport,
  run: RunRecord,
  verdict: Verdict | undefined,
  colors: Colors.Colors
): ReadonlyArray<string> => {
  const title = `${colors.bold(run.id)} is ${Colors.runState(colors, run.state)}.`
  if (verdict === undefined) {
    return [title, run.stop === undefined ? "Nobody has asked it to stop." : Text.sentence(reasons[run.stop])]
  }
  const rule = report.config?.earlyTerminate?.type ?? "hyperband"
  const metric = report.config?.metric
  const { peers, rung, threshold, value } = verdict
  const bound = metric?.goal === "maximize" ? "at least" : "at most"
  return [
    title,
    run.stop === "EarlyStopped"
      ? `It was stopped early, by ${rule}.`
      : `${rule} had condemned it${run.stop === undefined ? ", but it ended before it was asked to stop" : `; ${reasons[run.stop]}`}.`,
    `At ${rungs[rule]} ${rung} its ${nameOf(metric)} was ${colors.bold(Format.float(value))}; to go on, it had to be ${bound} ${Format.float(threshold)}.`,
    ...(peers.length === 0 ? [] : ["It lost to these runs, best first:", `  ${peers.join(" ")}`])
  ]
}

/** Why the configuration of a run got no further repeats, as lines; none where it got them all. */
export const abandonment = (
  report: Report.SweepReport,
  abandoned: Abandonment | undefined,
  colors: Colors.Colors
): ReadonlyArray<string> => {
  if (abandoned === undefined) return []
  const { best, bestMean, margin, mean, repeats } = abandoned
  const metric = nameOf(report.config?.metric)
  const done = `Its configuration was abandoned after ${repeats} of ${report.config?.repeats?.times ?? repeats} repeats`
  return mean === undefined
    ? [`${done}: none of them had a value of ${metric}, and another configuration, that of ${best}, was complete.`]
    : [
        `${done}, as clearly worse than the best: their mean ${metric} was ${colors.bold(Format.float(mean))}, that of the`,
        `configuration of ${best} ${Format.float(bestMean)}. By chance they might differ by ${Format.float(margin)} (three standard errors).`
      ]
}

/** The same for `--json`. */
export const json = (run: RunRecord, verdict: Verdict | undefined): { readonly [key: string]: Json | undefined } => ({
  run: run.id,
  state: run.state,
  stop: run.stop ?? null,
  verdict:
    verdict === undefined
      ? null
      : { rung: verdict.rung, value: verdict.value, threshold: verdict.threshold, peers: verdict.peers }
})

// internal

const nameOf = (metric: Metric | undefined): string => Text.oneLine(metric?.name ?? "metric")
