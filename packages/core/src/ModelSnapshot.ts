import * as HashMap from "effect/HashMap"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { AgentId } from "./AgentId.js"
import * as Command from "./Command.js"
import { EndReason } from "./EndReason.js"
import type { PastRun, SchedulerModel } from "./internal/model.js"
import { orUndefined } from "./internal/orUndefined.js"
import { Policy } from "./Policy.js"
import { QueueItemId } from "./QueueItemId.js"
import { RunId } from "./RunId.js"
import { RunState } from "./RunState.js"
import { SchedulerState } from "./SchedulerState.js"
import { StopReason } from "./StopReason.js"
import { SweepState } from "./SweepState.js"
import { TrialConfig } from "./TrialConfig.js"

// A model as text, for whoever wants to know what a journal's first events came to without folding them.

/** The version of the encoding. A snapshot of another version is as if there were none. */
export const version = 1

/** A model as text. */
export const encode = (model: SchedulerModel): string => encodeText({ v: version, model: toStored(model) })

/** A model from its text; `None` where this version can't read it. */
export const decode = (text: string): Option.Option<SchedulerModel> =>
  Option.map(decodeText(text), ({ model }) => fromStored(model))

// internal

const Retrying = Schema.Struct({ failures: Schema.Number, notBefore: Schema.Number })

const Run = Schema.Struct({
  id: RunId,
  attempt: Schema.Int,
  retried: Schema.optional(Schema.Int),
  worker: Schema.Int,
  trial: TrialConfig,
  phase: Schema.Literal("Suggested", "Launching", "Recovering", "Managed", "Refused"),
  state: RunState,
  gone: Schema.Int,
  item: orUndefined(QueueItemId),
  itemGone: Schema.Int,
  launchFailures: Schema.Int,
  notBefore: Schema.Number,
  stop: orUndefined(
    Schema.Struct({
      reason: StopReason,
      asked: Schema.Boolean,
      failures: Schema.Int,
      notBefore: Schema.Number
    })
  ),
  since: orUndefined(Schema.Number),
  until: orUndefined(Schema.Number),
  activeAt: orUndefined(Schema.Number)
})

const Counts = Schema.Record({ key: RunState, value: Schema.Int })

/** A run that ended, as an array: there may be ten thousands of them. */
const Past = Schema.Tuple(RunId, Schema.Int, RunState, Schema.optionalElement(Schema.Int))

const Model = Schema.Struct({
  state: SchedulerState,
  policy: Policy,
  sweep: orUndefined(SweepState),
  flush: orUndefined(Schema.Literal("RunCap", "Paused", "Exhausted", "Finished")),
  end: orUndefined(
    Schema.Struct({
      reason: EndReason,
      at: Schema.Number,
      detail: orUndefined(Schema.String),
      signal: orUndefined(Schema.Literal("SIGINT", "SIGTERM", "Interruption"))
    })
  ),
  left: Schema.Boolean,
  executable: orUndefined(Schema.String),
  agents: Schema.Array(orUndefined(AgentId)),
  runs: Schema.Array(Run),
  past: Schema.Array(Past),
  counts: Counts,
  timedOut: Schema.optionalWith(Schema.Int, { default: () => 0 }),
  launched: Schema.Int,
  spent: Schema.Number,
  inFlight: Schema.Array(Command.Command),
  asks: Schema.Int,
  asking: Retrying,
  passedOver: Schema.optionalWith(Schema.Int, { default: () => 0 }),
  noMore: Schema.optionalWith(orUndefined(Schema.String), { default: () => undefined }),
  refusals: Schema.Int,
  sweepGone: Schema.Int,
  ownGone: Schema.Int,
  stateSet: Schema.Boolean,
  settingState: Retrying,
  drained: Schema.Boolean,
  look: Schema.Boolean,
  ask: Schema.Boolean,
  heartbeat: Schema.Boolean,
  drainLook: Schema.Boolean
})

const Snapshot = Schema.parseJson(Schema.Struct({ v: Schema.Literal(version), model: Model }))
const encodeText = Schema.encodeSync(Snapshot)
const decodeText = Schema.decodeUnknownOption(Snapshot)

const toStored = (model: SchedulerModel): typeof Model.Type => ({
  ...model,
  runs: [...model.runs.values()],
  past: HashMap.toEntries(model.past).map(
    ([id, { attempts, retried, state }]) => [id, attempts, state, retried] as const
  ),
  inFlight: [...model.inFlight.values()]
})

const fromStored = (stored: typeof Model.Type): SchedulerModel => ({
  ...stored,
  runs: new Map(stored.runs.map((run) => [run.id, { ...run, retried: retriedOf(run.attempt, run.retried) }] as const)),
  past: HashMap.fromIterable(
    stored.past.map(([id, attempts, state, retried]): readonly [RunId, PastRun] => [
      id,
      { attempts, retried: retriedOf(attempts, retried), state }
    ])
  ),
  inFlight: new Map(stored.inFlight.map((command) => [Command.id(command), command] as const))
})

/** Before retries were kept, each further attempt was taken for one. */
const retriedOf = (attempts: number, kept: number | undefined): number => kept ?? attempts - 1
