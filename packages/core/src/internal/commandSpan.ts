import * as Effect from "effect/Effect"
import type { Command } from "../Command.js"
import type { Outcome } from "./perform.js"
import type { Spans } from "./spans.js"

/** What comes with every poll isn't traced: a look at the backend, and an ask that only tells of busy workers. */
const nameOf = (command: Command): string | undefined =>
  command._tag === "Ask" && !command.workers.some(({ idle }) => idle) ? undefined : names[command._tag]

const names = {
  FindExecutable: "Scheduler.findExecutable",
  RegisterWorker: "Scheduler.registerWorker",
  Observe: undefined,
  Ask: "Scheduler.ask",
  Launch: "Scheduler.launch",
  Recover: "Scheduler.recover",
  StopRun: "Scheduler.stopRun",
  EndSweep: undefined,
  SetSweepState: "Scheduler.setSweepState",
  Finish: "Scheduler.finish"
} as const satisfies Record<Command["_tag"], string | undefined>

const attributesOf = (command: Command): Record<string, unknown> => {
  switch (command._tag) {
    case "RegisterWorker":
      return { worker: command.worker }
    case "Ask":
      return { workers: command.workers.length }
    case "Launch":
    case "Recover":
      return { runId: command.run, attempt: command.attempt }
    case "StopRun":
      return { runId: command.run, reason: command.reason }
    case "SetSweepState":
      return { state: command.state }
    case "Finish":
      return { exitCode: command.exitCode }
    default:
      return {}
  }
}

/** A command in a span of its own, with the event that it came to. */
export const commandSpan = (
  around: Spans["around"],
  command: Command,
  performed: Effect.Effect<Outcome>
): Effect.Effect<Outcome> => {
  const name = nameOf(command)
  if (name === undefined) return performed
  const noted = Effect.tap(performed, ({ _tag }) => Effect.annotateCurrentSpan("event", _tag))
  return around(noted, name, attributesOf(command))
}
