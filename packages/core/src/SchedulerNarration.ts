import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import { ending } from "./EndReason.js"
import type { Event } from "./Event.js"
import * as SchedulerMetrics from "./SchedulerMetrics.js"
import type { SchedulerModel } from "./SchedulerModel.js"

/**
 * Says in the log what an event means to a person, and counts it: constant messages, with the data as
 * annotations. What goes wrong and heals is a warning; what ends the sweep is an error.
 */
export const narrate = (before: SchedulerModel, event: Event, after: SchedulerModel): Effect.Effect<void> => {
  const line = lineOf(before, event)
  const counted = countOf(before, event, after)
  const ended = after.end !== undefined && before.end === undefined ? endLine(after) : Effect.void
  return line === undefined && counted === undefined && ended === Effect.void
    ? Effect.void
    : Effect.all([line ?? Effect.void, counted ?? Effect.void, ended], { discard: true })
}

const endLine = ({ end }: SchedulerModel): Effect.Effect<void> => {
  if (end === undefined) return Effect.void
  const { exitCode, text } = ending(end.reason)
  const log =
    exitCode === 0 || exitCode === 5 ? Effect.logInfo("The scheduler ends") : Effect.logError("The scheduler ends")
  return log.pipe(
    Effect.annotateLogs({
      reason: end.reason,
      because: text,
      ...(end.detail === undefined ? {} : { detail: end.detail })
    })
  )
}

const lineOf = (before: SchedulerModel, event: Event): Effect.Effect<void> | undefined => {
  switch (event._tag) {
    case "SchedulerStarted":
      return Effect.logInfo("Scheduler starting").pipe(
        Effect.annotateLogs({ workers: event.policy.workers, sweepState: event.sweep ?? "unknown" })
      )
    case "ExecutableFound":
      return Effect.logDebug("Found what to execute").pipe(Effect.annotateLogs({ executable: event.name }))
    case "WorkerRegistered":
      return Effect.logDebug("Worker registered").pipe(
        Effect.annotateLogs({ worker: event.worker, agent: event.agent })
      )
    case "AskFailed":
      return Effect.logWarning("Could not ask for the next run").pipe(Effect.annotateLogs({ detail: event.detail }))
    case "RunLaunched":
      return event.item === undefined
        ? Effect.logWarning("A run may or may not be in the queue").pipe(
            Effect.annotateLogs({ runId: event.run, attempt: event.attempt })
          )
        : Effect.logInfo("Added run to queue").pipe(Effect.annotateLogs({ runId: event.run, attempt: event.attempt }))
    case "LaunchFailed":
      return Effect.logWarning("Could not add run to queue").pipe(
        Effect.annotateLogs({ runId: event.run, attempt: event.attempt, outcome: event.outcome, detail: event.detail })
      )
    case "RunStopFailed":
      return Effect.logWarning("Could not stop run").pipe(
        Effect.annotateLogs({ runId: event.run, detail: event.detail })
      )
    case "RunStopAsked":
      return Effect.logInfo("Stopping run").pipe(Effect.annotateLogs({ runId: event.run }))
    case "SweepStateSet":
      return event.written
        ? Effect.logInfo("Updated sweep state").pipe(Effect.annotateLogs({ state: event.state }))
        : Effect.logWarning("The sweep's state could not become what it should").pipe(
            Effect.annotateLogs({ state: event.state })
          )
    case "SweepStateFailed":
      return Effect.logWarning("Could not update sweep state").pipe(
        Effect.annotateLogs({ state: event.state, detail: event.detail })
      )
    case "Observed":
      return observedLine(before, event)
    default:
      return undefined
  }
}

const observedLine = (
  before: SchedulerModel,
  event: Extract<Event, { _tag: "Observed" }>
): Effect.Effect<void> | undefined => {
  const lines: Array<Effect.Effect<void>> = []
  for (const { run, state } of event.runs) {
    const known = before.runs.get(run)
    if (known === undefined) continue
    if (state._tag === "Bad") {
      lines.push(Effect.logWarning("Bad run state").pipe(Effect.annotateLogs({ runId: run, text: state.text })))
    } else if (state._tag === "Missed" && known.state !== "unknown") {
      lines.push(
        Effect.logWarning("Could not read run state").pipe(Effect.annotateLogs({ runId: run, detail: state.detail }))
      )
    } else if (state._tag === "Found" && state.state !== known.state) {
      lines.push(Effect.logDebug("Run state").pipe(Effect.annotateLogs({ runId: run, state: state.state })))
    }
  }
  if (event.sweep?._tag === "Missed") {
    lines.push(
      Effect.logWarning("Could not read sweep state").pipe(Effect.annotateLogs({ detail: event.sweep.detail }))
    )
  }
  return lines.length === 0 ? undefined : Effect.all(lines, { discard: true })
}

const countOf = (before: SchedulerModel, event: Event, after: SchedulerModel): Effect.Effect<void> | undefined => {
  switch (event._tag) {
    case "RunLaunched":
      return Effect.zipRight(
        Metric.increment(SchedulerMetrics.launches),
        Metric.set(SchedulerMetrics.activeRuns, after.runs.size)
      )
    case "Observed": {
      if (before.runs === after.runs) return undefined
      const counts: Array<Effect.Effect<void>> = [Metric.set(SchedulerMetrics.activeRuns, after.runs.size)]
      for (const state of ["finished", "failed", "crashed", "killed", "preempted"] as const) {
        const ended = after.counts[state] - before.counts[state]
        if (ended > 0) counts.push(Metric.incrementBy(Metric.tagged(SchedulerMetrics.endedRuns, "state", state), ended))
      }
      return Effect.all(counts, { discard: true })
    }
    case "AskFailed":
    case "LaunchFailed":
    case "RunStopFailed":
    case "SweepStateFailed":
      return Metric.increment(SchedulerMetrics.failures)
    default:
      return undefined
  }
}
