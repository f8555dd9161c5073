import * as EndReason from "@sweepline/core/EndReason"
import type { Outcome } from "@sweepline/core/Scheduler"
import type { SchedulerState } from "@sweepline/core/SchedulerState"
import type { SweepRecord } from "@sweepline/core/SweepApi"
import * as RunMetrics from "@sweepline/core/RunMetrics"
import type { SweepState } from "@sweepline/core/SweepState"
import { SweepStore } from "@sweepline/embedded/SweepStore"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Ranking from "./Ranking.js"
import { nameOf, type Signal } from "./Signals.js"
import type { End } from "./Summary.js"
import type * as Report from "./SweepReport.js"
import * as SweepTotal from "./SweepTotal.js"

const states = {
  PENDING: "FAILED",
  STARTING: "FAILED",
  RUNNING: "FAILED",
  FLUSH_RUNS: "PAUSED",
  COMPLETED: "COMPLETED",
  FAILED: "FAILED",
  STOPPED: "FAILED",
  CANCELLED: "CANCELLED"
} as const satisfies Record<SchedulerState, End["state"]>

const causeOfPause = (signal: Signal): string => `${nameOf(signal)} stopped its runs; they run again on resume`

/** The same for a sweep that was ended before, and only waited for its runs: it doesn't go on. */
const causeOfEnd = (state: End["state"], signal: Signal): string =>
  `the sweep was ${state === "CANCELLED" ? "cancelled" : "stopped"}, and ${nameOf(signal)} ended the runs that went on`

const interruptedStates = {
  PENDING: "PAUSED",
  RUNNING: "PAUSED",
  PAUSED: "PAUSED",
  FINISHED: "COMPLETED",
  CANCELED: "CANCELLED"
} as const satisfies Record<SweepState, End["state"]>

/** An interrupted sweep is paused, unless it had ended already. */
const interruptedState = ({ state }: SweepRecord): End["state"] =>
  Option.match(state, { onNone: () => "PAUSED", onSome: (known) => interruptedStates[known] })

/** A search without an end, and a grid with points left, have nothing more to try only once the target is reached. */
const reachedTarget = ({ reason }: Outcome, report: Report.SweepReport): boolean => {
  const { config, runs } = report
  if (reason !== "SearchExhausted" || config === undefined || !RunMetrics.hasTarget(config)) return false
  if (config.repeats === undefined) return runs.length < (SweepTotal.of(config) ?? Number.POSITIVE_INFINITY)
  // A grid may have runs left because configurations were abandoned.
  return config.method !== "grid" || Ranking.meetsTarget(report)
}

/** Where a person finds out what went wrong: of runs that only fell silent, the scheduler knows more than their output. */
const lookInto = ({ runs }: Report.SweepReport): string | undefined => {
  const broken = runs.findLast(({ state }) => state === "failed" || state === "crashed")
  if (broken !== undefined) return `see what a run wrote with: sweepline logs ${broken.id}`
  const last = runs.at(-1)
  return last === undefined ? undefined : `see what stopped one with: sweepline show ${last.id} --why`
}

/** Why a sweep of this machine ended, but for what only this one knows. */
const textOf = (reason: EndReason.EndReason): string => {
  // Its search has no more only then, or by a target.
  if (reason === "SearchExhausted") return "every configuration was tried"
  // Here these are what `cancel` and `stop` find where no scheduler lived, having just written it.
  if (reason === "AlreadyCancelled") return EndReason.ending("SweepCancelled").text
  return EndReason.ending(reason === "AlreadyFinished" ? "SweepFinished" : reason).text
}

const detailOf = ({ detail, reason }: Outcome, report: Report.SweepReport): string | undefined => {
  if (reason === "SearchExhausted") return undefined
  return detail ?? (reason === "NoneFinished" ? lookInto(report) : undefined)
}

/** How a scheduler of this process ended. */
export const of = (outcome: Outcome, signal: Signal | undefined, took: number, report: Report.SweepReport): End => {
  const interrupted = outcome.reason === "Interrupted"
  const detail = detailOf(outcome, report)
  const state = interrupted ? interruptedState(report.sweep) : states[outcome.state]
  const text =
    interrupted && signal !== undefined
      ? state === "PAUSED"
        ? causeOfPause(signal)
        : causeOfEnd(state, signal)
      : reachedTarget(outcome, report)
        ? "the target is reached"
        : textOf(outcome.reason)
  return {
    state,
    reason: outcome.reason,
    because: detail === undefined ? text : `${text}: ${detail}`,
    took
  }
}

/** As it is stored. */
export const text = ({ because, reason }: End): string => `${reason}: ${because}`

/** The end that is stored of a sweep's scheduler elsewhere, and its exit code. */
export const parse = (
  sweep: SweepRecord,
  stored: string,
  took: number
): { readonly end: End; readonly exitCode: number } | undefined => {
  const colon = stored.indexOf(": ")
  const reason = stored.slice(0, colon)
  if (!isReason(reason)) return undefined
  const { exitCode, state } = EndReason.ending(reason)
  const end = {
    state: reason === "Interrupted" ? interruptedState(sweep) : states[state],
    reason,
    because: stored.slice(colon + 2),
    took
  } as const
  return { end, exitCode }
}

/** Whether a sweep's last scheduler left it as failed. Always false where sweeps are on a server, which doesn't say so. */
export const hasFailed = Effect.fnUntraced(function* (sweep: SweepRecord) {
  const store = yield* Effect.serviceOption(SweepStore)
  if (Option.isNone(store)) return false
  return Option.exists(
    yield* store.value.end(sweep.id),
    ({ reason }) => parse(sweep, reason, 0)?.end.state === "FAILED"
  )
})

// internal

const isReason = Schema.is(EndReason.EndReason)
