import * as Effect from "effect/Effect"
import * as LogLevel from "effect/LogLevel"
import { ending } from "./EndReason.js"
import type { Event } from "./Event.js"
import type { RunId } from "./RunId.js"
import type { SchedulerModel } from "./SchedulerModel.js"

/** A line of the log: a constant message, with the data as annotations. */
export interface Line {
  readonly level: LogLevel.LogLevel
  readonly message: string
  readonly annotations: Readonly<Record<string, unknown>>
}

/** What an event means to a person. What goes wrong and heals is a warning; what ends the sweep is an error. */
export const lines = (before: SchedulerModel, event: Event, after: SchedulerModel): ReadonlyArray<Line> => {
  const told = linesOf(before, event)
  return after.end !== undefined && before.end === undefined ? [...told, endLine(after.end)] : told
}

/** Says a line in the log. A log call costs some thirty steps also where its level is switched off: ask before. */
export const say = ({ annotations, level, message }: Line): Effect.Effect<void> =>
  Effect.logWithLevel(level, message).pipe(Effect.annotateLogs(annotations))

// internal

const endLine = ({ detail, reason }: NonNullable<SchedulerModel["end"]>): Line => {
  const { exitCode, text } = ending(reason)
  return {
    level: exitCode === 0 || exitCode === 5 ? LogLevel.Info : LogLevel.Error,
    message: "The scheduler ends",
    annotations: { reason, because: text, ...(detail === undefined ? {} : { detail }) }
  }
}

type Observed = Extract<Event, { _tag: "Observed" }>

const linesOf = (before: SchedulerModel, event: Event): ReadonlyArray<Line> => {
  if (event._tag === "Observed") return observedLines(before, event)
  const said = lineOf(before, event)
  return said === undefined ? none : [said]
}

const none: ReadonlyArray<Line> = []

const lineOf = (before: SchedulerModel, event: Exclude<Event, Observed>): Line | undefined => {
  switch (event._tag) {
    case "SchedulerStarted":
      return line("Info", "Scheduler starting", { workers: event.policy.workers, sweepState: event.sweep ?? "unknown" })
    case "ExecutableFound":
      return line("Debug", "Found what to execute", { executable: event.name })
    case "WorkerRegistered":
      return line("Debug", "Worker registered", { worker: event.worker, agent: event.agent })
    case "SweepEdited":
      return line("Info", "The sweep was edited", { ...event.change, search: event.search })
    case "ClockMoved":
      return line("Info", "The machine was suspended, or its clock was set", { seconds: Math.round(event.by / 1000) })
    case "AskFailed":
      return line("Warning", "Could not ask for the next run", { detail: event.detail })
    case "RunLaunched":
      return event.item === undefined
        ? line(
            // It is looked for again and again, and told of once.
            isKnownUncertain(before, event.run) ? "Debug" : "Warning",
            "A run may or may not be in the queue",
            { runId: event.run, attempt: event.attempt }
          )
        : line("Info", "Added run to queue", { runId: event.run, attempt: event.attempt })
    case "LaunchFailed":
      return line("Warning", "Could not add run to queue", {
        runId: event.run,
        attempt: event.attempt,
        outcome: event.outcome,
        detail: event.detail
      })
    case "RunStopFailed":
      return line("Warning", "Could not stop run", { runId: event.run, detail: event.detail })
    case "RunStopAsked":
      return line("Info", "Stopping run", { runId: event.run })
    case "SweepStateSet":
      return event.written
        ? line("Info", "Updated sweep state", { state: event.state })
        : line("Warning", "The sweep's state could not become what it should", { state: event.state })
    case "SweepStateFailed":
      return line("Warning", "Could not update sweep state", { state: event.state, detail: event.detail })
    default:
      return undefined
  }
}

const isKnownUncertain = ({ runs }: SchedulerModel, id: RunId): boolean => {
  const run = runs.get(id)
  return run?.phase === "Managed" && run.item === undefined
}

const observedLines = (before: SchedulerModel, event: Observed): ReadonlyArray<Line> => {
  const lines: Array<Line> = []
  for (const { run, state } of event.runs) {
    const known = before.runs.get(run)
    if (known === undefined) continue
    if (state._tag === "Bad") {
      lines.push(line("Warning", "Bad run state", { runId: run, text: state.text }))
    } else if (state._tag === "Missed" && known.state !== "unknown") {
      lines.push(line("Warning", "Could not read run state", { runId: run, detail: state.detail }))
    } else if (state._tag === "Found" && state.state !== known.state) {
      lines.push(line("Debug", "Run state", { runId: run, state: state.state }))
    }
  }
  if (event.sweep?._tag === "Missed") {
    lines.push(line("Warning", "Could not read sweep state", { detail: event.sweep.detail }))
  }
  return lines
}

const line = (level: "Debug" | "Info" | "Warning", message: string, annotations: Line["annotations"]): Line => ({
  level: LogLevel.fromLiteral(level),
  message,
  annotations
})
