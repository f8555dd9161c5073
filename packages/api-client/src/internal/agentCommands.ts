import { AgentCommand } from "@sweepline/core/AgentCommand"
import * as PythonJson from "@sweepline/core/PythonJson"
import * as PythonText from "@sweepline/core/PythonText"
import { isDict, isList, type PythonValue } from "@sweepline/core/PythonValue"
import { RunId } from "@sweepline/core/RunId"
import type { SchedulerError } from "@sweepline/core/SchedulerError"
import * as TrialConfig from "@sweepline/core/TrialConfig"
import * as Either from "effect/Either"
import * as WireFailure from "../WireFailure.js"

/**
 * Reads the commands of a heartbeat (B53, F.3): JSON text of a list, read without loss. No text and the text `null` are
 * no commands (RD11). `exit`, and a `stop` without a run, end the sweep; what we don't know is `Unknown`.
 */
export const agentCommands = (
  text: string | undefined
): Either.Either<ReadonlyArray<AgentCommand>, SchedulerError | WireFailure.WireFailure> => {
  if (text === undefined || text.trim() === "") return Either.right([])
  return Either.flatMap(Either.mapLeft(PythonJson.parse(text), unreadable), fromValue)
}

const fromValue = (
  commands: PythonValue
): Either.Either<ReadonlyArray<AgentCommand>, SchedulerError | WireFailure.WireFailure> => {
  if (commands === null) return Either.right([])
  return isList(commands) ? Either.all(commands.map(agentCommand)) : Either.left(unreadable())
}

const agentCommand = (command: PythonValue): Either.Either<AgentCommand, SchedulerError> => {
  const unknown = Either.right(AgentCommand.Unknown({ text: PythonText.repr(command) }))
  if (!isDict(command)) return unknown
  const id = command.get("run_id")
  const run = typeof id === "string" && id.trim() !== "" ? RunId.make(id.trim()) : undefined
  switch (command.get("type")) {
    case "exit":
      return Either.right(AgentCommand.Exit())
    case "stop":
      return Either.right(run === undefined ? AgentCommand.Exit() : AgentCommand.StopRun({ run }))
    case "run":
      return run === undefined
        ? unknown
        : Either.map(trialOf(command.get("args")), (trial) => AgentCommand.Run({ run, trial }))
    case "resume":
      return run === undefined
        ? unknown
        : Either.map(trialOf(command.get("args")), (trial) => AgentCommand.Resume({ run, trial, attempt: undefined }))
    default:
      return unknown
  }
}

const trialOf = (args: PythonValue | undefined): Either.Either<TrialConfig.TrialConfig, SchedulerError> =>
  TrialConfig.fromAgentArgs(isDict(args) ? args : new Map())

const unreadable = (): WireFailure.WireFailure =>
  WireFailure.make({ reason: "Decode", detail: "the commands are no list in JSON", delivery: "Unknown" })
