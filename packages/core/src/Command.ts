import * as Schema from "effect/Schema"
import { AgentId } from "./AgentId.js"
import { QueueItemId } from "./QueueItemId.js"
import { RunId } from "./RunId.js"
import { StopReason } from "./StopReason.js"
import { SweepState } from "./SweepState.js"

/** A worker, as a command tells the strategy of it. */
const Report = Schema.Struct({
  worker: Schema.Int,
  agent: AgentId,
  runs: Schema.Array(Schema.Tuple(RunId, Schema.Boolean)),
  idle: Schema.Boolean
})

/** What must happen next. Each has an id that follows from its meaning, so that nothing is in flight twice. */
export const Command = Schema.Union(
  Schema.TaggedStruct("FindExecutable", {}),
  Schema.TaggedStruct("RegisterWorker", { worker: Schema.Int }),
  Schema.TaggedStruct("Observe", {
    runs: Schema.Array(Schema.Struct({ run: RunId, attempt: Schema.Int, item: Schema.optional(QueueItemId) }))
  }),
  Schema.TaggedStruct("Ask", { n: Schema.Int, workers: Schema.Array(Report) }),
  Schema.TaggedStruct("Launch", { run: RunId, attempt: Schema.Int }),
  Schema.TaggedStruct("Recover", { run: RunId, attempt: Schema.Int }),
  Schema.TaggedStruct("StopRun", { run: RunId, reason: StopReason }),
  Schema.TaggedStruct("EndSweep", { reason: Schema.Literal("DeadlineReached", "BudgetSpent") }),
  Schema.TaggedStruct("SetSweepState", { state: SweepState }),
  Schema.TaggedStruct("Finish", { exitCode: Schema.Int })
)
export type Command = typeof Command.Type
export type CommandOf<Tag extends Command["_tag"]> = Extract<Command, { readonly _tag: Tag }>

/** A command's id, derived from what it means: the same intent never has two. */
export const id = (self: Command): string => {
  switch (self._tag) {
    case "FindExecutable":
      return "findExecutable"
    case "RegisterWorker":
      return `register/${self.worker}`
    case "Observe":
      return "observe"
    case "Ask":
      return `ask/${self.n}`
    case "Launch":
      return `launch/${self.run}#${self.attempt}`
    case "Recover":
      return `recover/${self.run}#${self.attempt}`
    case "StopRun":
      return `stop/${self.run}`
    case "EndSweep":
      return `end/${self.reason}`
    case "SetSweepState":
      return `setSweepState/${self.state}`
    case "Finish":
      return "finish"
  }
}

const effects = {
  FindExecutable: false,
  RegisterWorker: false,
  Observe: false,
  Ask: false,
  Launch: true,
  Recover: false,
  StopRun: true,
  EndSweep: false,
  SetSweepState: true,
  Finish: true
} as const satisfies Record<Command["_tag"], boolean>

/**
 * Whether a command changes something outside that must be known after a crash, so that its
 * issuing is journaled before it is run. Reads are not; nor is an ask, whose lost answer
 * shows as a pending run that is adopted; nor a recovery, which only looks, nor an end by the clock, which comes again.
 */
export const isEffect = (self: Command): boolean => effects[self._tag]
