import * as Command from "@sweepline/core/Command"
import * as EndReason from "@sweepline/core/EndReason"
import * as Events from "@sweepline/core/Event"
import type { RunReading, RunStateReading, SweepReading } from "@sweepline/core/Reading"
import type { RunId } from "@sweepline/core/RunId"
import * as Schema from "effect/Schema"
import * as Format from "./Format.js"
import type { Json } from "./Json.js"
import * as Text from "./Text.js"

/** An event of a sweep's journal, as a sentence without its end, on one line. */
export const text = (event: Events.Event): string => Text.oneLine(sentence(event))

const sentence = (event: Events.Event): string => {
  switch (event._tag) {
    case "SchedulerStarted": {
      const { policy, runs, sweep } = event
      const cap = policy.runCap === null ? "" : `, run_cap ${policy.runCap}`
      const found = runs.length === 0 ? "" : `, finds ${Text.count(runs.length, "run")} that it didn't know`
      return `scheduler starts with ${Text.count(policy.workers, "worker")}${cap}; the sweep is ${sweep ?? "in an unknown state"}${found}`
    }
    case "ExecutableFound":
      return `runs execute ${event.name}`
    case "ExecutableMissing":
      return `there is nothing to execute: ${event.detail}`
    case "WorkerRegistered":
      return `worker ${event.worker + 1} registers as agent ${event.agent}`
    case "WorkerRefused":
      return `worker ${event.worker + 1} is refused: ${event.detail}`
    case "ClockMoved":
      return event.by < 0
        ? `the clock was set back by ${Format.span(-event.by)}`
        : `${Format.span(event.by)} don't count: the machine was suspended, or its clock was set`
    case "RunActive":
      return `run ${event.run} shows a sign of life`
    case "Observed":
      return observedText(event)
    case "Answered":
      return event.answers.map(answerText).join("; ")
    case "AskFailed":
      return `the next run could not be asked for: ${event.detail}`
    case "RunLaunched":
      return event.item === undefined
        ? `run ${name(event)} may or may not be in the queue`
        : `run ${name(event)} is in the queue as ${event.item}`
    case "LaunchFailed":
      return `run ${name(event)} could not be launched (${event.outcome}): ${event.detail}`
    case "RunStopAsked":
      return `run ${event.run} was asked to stop`
    case "RunStopFailed":
      return `run ${event.run} could not be asked to stop: ${event.detail}`
    case "SweepStateSet":
      return event.written ? `the sweep is now ${event.state}` : `the sweep can't become ${event.state}`
    case "SweepStateFailed":
      return `the sweep could not be set to ${event.state}: ${event.detail}`
    case "SchedulerEnded":
      return `scheduler leaves${event.detail === undefined ? "" : `: ${event.detail}`}`
    case "InterruptRequested":
      return `scheduler is asked to stop by ${event.signal}`
    case "SweepGivenUp":
      return `the sweep has to end, ${EndReason.ending(event.reason).text}${event.detail === undefined ? "" : `: ${event.detail}`}`
    case "SweepEdited":
      return `the sweep is edited: ${JSON.stringify(event.change)}${event.search ? ", and what it searches" : ""}`
    case "CommandIssued":
      return commandText(event.command)
    case "CommandDied":
      return `a bug in sweepline, at ${Command.id(event.command)}: ${event.detail}`
    case "PollDue":
    case "Notified":
    case "Woke":
      return "the scheduler looks again"
  }
}

/** The runs that an event is about. */
export const runsOf = (event: Events.Event): ReadonlyArray<RunId> => {
  switch (event._tag) {
    case "Observed":
      return event.runs.map(({ run }) => run)
    case "Answered":
      return event.answers.flatMap((answer) => (answer._tag === "Exhausted" ? [] : [answer.run]))
    case "SchedulerStarted":
      return event.runs.map(({ id }) => id)
    case "CommandIssued":
    case "CommandDied":
      return "run" in event.command ? [event.command.run] : []
    default:
      return "run" in event ? [event.run] : []
  }
}

/** An event for `--json`: its number, its time, and all that it says. */
export const json = (n: number, event: Events.Event): { readonly [key: string]: Json | undefined } => ({
  type: "Event",
  n,
  at: new Date(event.at).toISOString(),
  event: encode(event)
})

// internal

type Event = Events.Event

const encodeEvent = Schema.encodeSync(Schema.parseJson(Events.Event))

/** By way of its text, which is JSON as it stands in the journal. */
const encode = (event: Event): Json => JSON.parse(encodeEvent(event)) as Json

const name = ({ attempt, run }: { readonly run: RunId; readonly attempt: number }): string =>
  attempt === 1 ? run : `${run} (attempt ${attempt})`

const commandText = (command: Command.Command): string => {
  switch (command._tag) {
    case "Launch":
      return `launching run ${name(command)}`
    case "Recover":
      return `looking for run ${name(command)}, which an earlier scheduler was launching`
    case "StopRun":
      return `stopping run ${command.run} (${command.reason})`
    case "SetSweepState":
      return `setting the sweep to ${command.state}`
    case "Finish":
      return `ending with exit code ${command.exitCode}`
    default:
      return Command.id(command)
  }
}

type Answer = Extract<Event, { readonly _tag: "Answered" }>["answers"][number]

const answerText = (answer: Answer): string => {
  switch (answer._tag) {
    case "Run": {
      const config = [...answer.trial].map(([key, value]) => `${key}=${Format.value(value)}`).join(" ")
      const again = answer.attempt === undefined ? "" : `, attempt ${answer.attempt}`
      return `run ${answer.run} is suggested for worker ${answer.worker + 1}${again}${config === "" ? "" : `: ${config}`}`
    }
    case "StopRun":
      return `run ${answer.run} is to stop early`
    case "Exhausted":
      return `no more runs: ${answer.reason}`
  }
}

const observedText = (event: Extract<Event, { readonly _tag: "Observed" }>): string => {
  const parts = [
    ...(event.sweep === undefined ? [] : [`the sweep is ${readingText(event.sweep)}`]),
    ...(event.own === undefined ? [] : [`the scheduler's own run is ${readingText(event.own)}`]),
    ...event.runs.map(runText)
  ]
  return parts.length === 0 ? "nothing has changed" : parts.join("; ")
}

const runText = ({ attempt, item, run, state }: RunReading): string =>
  `run ${name({ run, attempt })} is ${readingText(state)}${
    item === undefined || item._tag === "Found" ? "" : `, its queue item is ${readingText(item)}`
  }`

type Reading = SweepReading | RunStateReading | NonNullable<RunReading["item"]>

const readingText = (reading: Reading): string => {
  switch (reading._tag) {
    case "Found":
      return reading.state
    case "Bad":
      return `in a state that nobody knows, ${reading.text}`
    case "Missed":
      return `${reading.gone ? "gone" : "not to be read"} (${reading.detail})`
  }
}
