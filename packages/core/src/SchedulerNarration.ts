import * as Effect from "effect/Effect"
import * as LogLevel from "effect/LogLevel"
import { ending } from "./EndReason.js"
import type { Event } from "./Event.js"
import type { Meter } from "./internal/metering.js"
import type { RunId } from "./RunId.js"
import * as SchedulerMetrics from "./SchedulerMetrics.js"
import type { SchedulerModel } from "./SchedulerModel.js"

/**
 * Says in the log what an event means to a person: constant messages, with the data as annotations. What goes
 * wrong and heals is a warning; what ends the sweep is an error.
 */
export const narrate = (before: SchedulerModel, event: Event, after: SchedulerModel): Effect.Effect<void> => {
  const line = lineOf(before, event) ?? Effect.void
  return after.end !== undefined && before.end === undefined ? Effect.zipRight(line, endLine(after)) : line
}

/** Counts what an event means for the metrics. */
export const count = (meter: Meter, before: SchedulerModel, event: Event, after: SchedulerModel): void => {
  switch (event._tag) {
    case "RunLaunched":
      meter(SchedulerMetrics.launches, 1)
      meter(SchedulerMetrics.activeRuns, after.runs.size)
      return
    case "Observed":
      if (before.runs === after.runs) return
      meter(SchedulerMetrics.activeRuns, after.runs.size)
      for (const state of ["finished", "failed", "crashed", "killed", "preempted"] as const) {
        const ended = after.counts[state] - before.counts[state]
        if (ended > 0) meter(SchedulerMetrics.endedRunsBy[state], ended)
      }
      return
    case "AskFailed":
    case "LaunchFailed":
    case "RunStopFailed":
    case "SweepStateFailed":
      meter(SchedulerMetrics.failures, 1)
  }
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
      return say("Info", "Scheduler starting", { workers: event.policy.workers, sweepState: event.sweep ?? "unknown" })
    case "ExecutableFound":
      return say("Debug", "Found what to execute", { executable: event.name })
    case "WorkerRegistered":
      return say("Debug", "Worker registered", { worker: event.worker, agent: event.agent })
    case "SweepEdited":
      return say("Info", "The sweep was edited", { ...event.change, search: event.search })
    case "AskFailed":
      return say("Warning", "Could not ask for the next run", { detail: event.detail })
    case "RunLaunched":
      return event.item === undefined
        ? say(
            // It is looked for again and again, and told of once.
            isKnownUncertain(before, event.run) ? "Debug" : "Warning",
            "A run may or may not be in the queue",
            { runId: event.run, attempt: event.attempt }
          )
        : say("Info", "Added run to queue", { runId: event.run, attempt: event.attempt })
    case "LaunchFailed":
      return say("Warning", "Could not add run to queue", {
        runId: event.run,
        attempt: event.attempt,
        outcome: event.outcome,
        detail: event.detail
      })
    case "RunStopFailed":
      return say("Warning", "Could not stop run", { runId: event.run, detail: event.detail })
    case "RunStopAsked":
      return say("Info", "Stopping run", { runId: event.run })
    case "SweepStateSet":
      return event.written
        ? say("Info", "Updated sweep state", { state: event.state })
        : say("Warning", "The sweep's state could not become what it should", { state: event.state })
    case "SweepStateFailed":
      return say("Warning", "Could not update sweep state", { state: event.state, detail: event.detail })
    case "Observed":
      return observedLine(before, event)
    default:
      return undefined
  }
}

const isKnownUncertain = ({ runs }: SchedulerModel, id: RunId): boolean => {
  const run = runs.get(id)
  return run?.phase === "Managed" && run.item === undefined
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
      lines.push(say("Warning", "Bad run state", { runId: run, text: state.text }))
    } else if (state._tag === "Missed" && known.state !== "unknown") {
      lines.push(say("Warning", "Could not read run state", { runId: run, detail: state.detail }))
    } else if (state._tag === "Found" && state.state !== known.state) {
      lines.push(say("Debug", "Run state", { runId: run, state: state.state }))
    }
  }
  if (event.sweep?._tag === "Missed") {
    lines.push(say("Warning", "Could not read sweep state", { detail: event.sweep.detail }))
  }
  return lines.length === 0 ? undefined : Effect.all(lines, { discard: true })
}

/** A log call costs some thirty steps also where its level is switched off; asking first costs one. */
const say = (
  level: "Debug" | "Info" | "Warning",
  message: string,
  annotations: Record<string, unknown>
): Effect.Effect<void> =>
  Effect.asVoid(
    Effect.whenLogLevel(
      Effect.logWithLevel(LogLevel.fromLiteral(level), message).pipe(Effect.annotateLogs(annotations)),
      level
    )
  )
