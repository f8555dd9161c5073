import * as Schema from "effect/Schema"
import { AgentId } from "./AgentId.js"
import { Command } from "./Command.js"
import { EndReason } from "./EndReason.js"
import { Policy, PolicyChange } from "./Policy.js"
import { QueueItemId } from "./QueueItemId.js"
import { RunReading, RunStateReading, SweepReading } from "./Reading.js"
import { RunId } from "./RunId.js"
import { RunState } from "./RunState.js"
import { SweepState } from "./SweepState.js"
import * as PythonJson from "./PythonJson.js"

/** When it happened: milliseconds since 1970. */
const at = Schema.Number

/** A draw from [0, 1) by the interpreter, for the backoff that may follow; so that `apply` draws nothing. */
const jitter = Schema.Number

/** A run that the backend lists and the model doesn't know. */
export const UnknownRun = Schema.Struct({
  id: RunId,
  state: RunState,
  trial: PythonJson.Dict,
  attempt: Schema.Int,
  /** Killed or crashed before it logged anything: it doesn't count against run_cap (B12, RD18). */
  excluded: Schema.Boolean
})
export type UnknownRun = typeof UnknownRun.Type

/** What a strategy said, for the model. */
export const Answer = Schema.Union(
  Schema.TaggedStruct("Run", {
    worker: Schema.Int,
    run: RunId,
    trial: PythonJson.Dict,
    attempt: Schema.optional(Schema.Int)
  }),
  Schema.TaggedStruct("StopRun", { run: RunId }),
  Schema.TaggedStruct("Exhausted", { reason: Schema.String })
)
export type Answer = typeof Answer.Type

/** A scheduler began to work on the sweep, for the first time or again. */
export const SchedulerStarted = Schema.TaggedStruct("SchedulerStarted", {
  at,
  policy: Policy,
  sweep: Schema.NullOr(SweepState),
  runs: Schema.Array(UnknownRun),
  /** Managed runs that ended while no scheduler watched, and when. */
  ended: Schema.optional(Schema.Array(Schema.Struct({ run: RunId, attempt: Schema.Int, at })))
})

/** There is something to execute (B18). */
export const ExecutableFound = Schema.TaggedStruct("ExecutableFound", { at, name: Schema.String })

/** There is nothing to execute, or it can't be found (B18, B19). */
export const ExecutableMissing = Schema.TaggedStruct("ExecutableMissing", { at, detail: Schema.String })

/** A worker was registered as an agent (B21). */
export const WorkerRegistered = Schema.TaggedStruct("WorkerRegistered", { at, worker: Schema.Int, agent: AgentId })

/** A worker was refused (RD14). */
export const WorkerRefused = Schema.TaggedStruct("WorkerRefused", { at, worker: Schema.Int, detail: Schema.String })

/** The poll schedule ticked: look at everything, and let busy workers be heard (RD8). */
export const PollDue = Schema.TaggedStruct("PollDue", { at })

/** The backend says that something may have changed: look at everything. */
export const Notified = Schema.TaggedStruct("Notified", { at })

/** The time that `decide` asked for has come. */
export const Woke = Schema.TaggedStruct("Woke", { at })

/**
 * The clock moved by so many milliseconds, back where `by` is negative, in which no time passed for the runs: this machine
 * was suspended, or its clock was set. Whatever is counted from an earlier time goes on as if nothing had been.
 */
export const ClockMoved = Schema.TaggedStruct("ClockMoved", { at, by: Schema.Number })

/** A run that has shown a sign of life: output, or metrics. */
export const RunActive = Schema.TaggedStruct("RunActive", { at, run: RunId, attempt: Schema.Int })

/** The reads of a pass came back: sweep, own run, and each managed run. */
export const Observed = Schema.TaggedStruct("Observed", {
  at,
  jitter,
  sweep: Schema.optional(SweepReading),
  own: Schema.optional(RunStateReading),
  runs: Schema.Array(RunReading)
})

/** The strategy answered. */
export const Answered = Schema.TaggedStruct("Answered", { at, n: Schema.Int, answers: Schema.Array(Answer) })

/** The strategy could not answer: `again` asks later (RD33), otherwise the sweep ends. */
export const AskFailed = Schema.TaggedStruct("AskFailed", {
  at,
  jitter,
  n: Schema.Int,
  consequence: Schema.Literal("again", "SweepLost", "StrategyFailed"),
  detail: Schema.String
})

/** An attempt is in the launch queue. `item` is missing where the push may have happened and can't be told (LaunchUncertain). */
export const RunLaunched = Schema.TaggedStruct("RunLaunched", {
  at,
  run: RunId,
  attempt: Schema.Int,
  item: Schema.optional(QueueItemId)
})

/**
 * An attempt is not in the launch queue: `again` pushes later (RD12), `refused` is the run's failure, `never` was
 * never pushed. `unknown`: an earlier push can't be told yet, and is looked for again.
 */
export const LaunchFailed = Schema.TaggedStruct("LaunchFailed", {
  at,
  jitter,
  run: RunId,
  attempt: Schema.Int,
  outcome: Schema.Literal("again", "refused", "never", "unknown"),
  detail: Schema.String
})

/** A run was asked to stop. */
export const RunStopAsked = Schema.TaggedStruct("RunStopAsked", { at, run: RunId })

/** A run could not be asked to stop; it is asked again (RD17). */
export const RunStopFailed = Schema.TaggedStruct("RunStopFailed", { at, jitter, run: RunId, detail: Schema.String })

/** The sweep's state was written, or (`written` false) the backend's state forbids it (B67). */
export const SweepStateSet = Schema.TaggedStruct("SweepStateSet", { at, state: SweepState, written: Schema.Boolean })

/** The sweep's state could not be written; it is tried again, five times in all (RD30). */
export const SweepStateFailed = Schema.TaggedStruct("SweepStateFailed", {
  at,
  jitter,
  state: SweepState,
  detail: Schema.String
})

/** The own run was ended, or could not be: either way nothing is left to do. */
export const SchedulerEnded = Schema.TaggedStruct("SchedulerEnded", { at, detail: Schema.optional(Schema.String) })

/** Somebody asked the scheduler to stop: a signal, or the interruption of its fiber (B29, RD16). */
export const InterruptRequested = Schema.TaggedStruct("InterruptRequested", {
  at,
  signal: Schema.Literal("SIGINT", "SIGTERM", "Interruption")
})

/** A person has changed what the sweep keeps to. `search`: also what there is to try. What was launched stays as it is. */
export const SweepEdited = Schema.TaggedStruct("SweepEdited", { at, change: PolicyChange, search: Schema.Boolean })

/** The sweep has to end: for a reason that lies outside the model, such as a broken script, or by the clock. */
export const SweepGivenUp = Schema.TaggedStruct("SweepGivenUp", {
  at,
  reason: EndReason,
  detail: Schema.optional(Schema.String)
})

/** A command was issued: from now on it is in flight. */
export const CommandIssued = Schema.TaggedStruct("CommandIssued", { at, command: Command })

/** A command ended in a defect: a bug of ours. */
export const CommandDied = Schema.TaggedStruct("CommandDied", { at, command: Command, detail: Schema.String })

/** Everything that can happen to a scheduler: facts in the past tense, each with its time. */
export const Event = Schema.Union(
  SchedulerStarted,
  ExecutableFound,
  ExecutableMissing,
  WorkerRegistered,
  WorkerRefused,
  PollDue,
  Notified,
  Woke,
  ClockMoved,
  RunActive,
  Observed,
  Answered,
  AskFailed,
  RunLaunched,
  LaunchFailed,
  RunStopAsked,
  RunStopFailed,
  SweepStateSet,
  SweepStateFailed,
  SchedulerEnded,
  InterruptRequested,
  SweepEdited,
  SweepGivenUp,
  CommandIssued,
  CommandDied
)
export type Event = typeof Event.Type
export type EventOf<Tag extends Event["_tag"]> = Extract<Event, { readonly _tag: Tag }>

const durable = {
  SchedulerStarted: true,
  ExecutableFound: true,
  ExecutableMissing: true,
  WorkerRegistered: true,
  WorkerRefused: true,
  PollDue: false,
  Notified: false,
  Woke: false,
  ClockMoved: true,
  RunActive: false,
  Observed: true,
  Answered: true,
  AskFailed: true,
  RunLaunched: true,
  LaunchFailed: true,
  RunStopAsked: true,
  RunStopFailed: false,
  SweepStateSet: true,
  SweepStateFailed: false,
  SchedulerEnded: true,
  InterruptRequested: true,
  SweepEdited: true,
  SweepGivenUp: true,
  CommandIssued: true,
  CommandDied: true
} as const satisfies Record<Event["_tag"], boolean>

/**
 * Whether an event may be journaled. The others concern only this life of the scheduler:
 * `SchedulerStarted` forgets what they did, so that a replay without them gives the same model.
 */
export const isDurable = (self: Event): boolean => durable[self._tag]
