import * as PythonJson from "@sweepline/core/PythonJson"
import type { PythonDict, PythonValue } from "@sweepline/core/PythonValue"
import { RunId } from "@sweepline/core/RunId"
import * as Either from "effect/Either"
import { readSwitch } from "./internal/settingValues.js"
import { SettingsError } from "./SettingsError.js"

/** What the scheduler's own run is, before it is started (B14). */
export interface OwnRunConfig {
  /** Given by a launch agent; otherwise the run is named like the sweep, so that a restart resumes it. */
  readonly id: RunId | undefined
  /** Where it is created, if that is another place than the sweep's: a launch agent decides on it (RD29). */
  readonly entity: string | undefined
  readonly project: string | undefined
  /** The run config: `launch`, `scheduler` and `settings` sections, and the scheduler's own arguments. */
  readonly config: PythonDict
  /** What W&B's clients keep of a launch (D.5.3). */
  readonly launchKeys: PythonDict
  /** This machine: by it, servers tell a client that begins from one that only edits. */
  readonly host: string
}

/**
 * The own run of a process with this environment. `WANDB_RUN_ID`, `WANDB_ENTITY` and `WANDB_PROJECT` say which it is;
 * started by a launch agent (`WANDB_LAUNCH`), `WANDB_CONFIG` or its shards `WANDB_CONFIG_0` and so on are merged over
 * the given config (D.5).
 */
export const fromEnvironment = (
  environment: ReadonlyMap<string, string>,
  given: { readonly config?: PythonDict | undefined; readonly host: string }
): Either.Either<OwnRunConfig, SettingsError> =>
  Either.map(launchConfig(environment), (launched) => {
    const text = (name: string) => environment.get(name)?.trim() || undefined
    const id = text("WANDB_RUN_ID")
    return {
      id: id === undefined ? undefined : RunId.make(id),
      entity: text("WANDB_ENTITY"),
      project: text("WANDB_PROJECT"),
      config: new Map([...(given.config ?? []), ...launched]),
      launchKeys: new Map(
        launchVariables.flatMap(([key, variable]) => {
          const value = text(variable)
          return value === undefined ? [] : [[key, value] as const]
        })
      ),
      host: given.host
    }
  })

// internal

const launchVariables = [
  ["launch_queue_name", "WANDB_LAUNCH_QUEUE_NAME"],
  ["launch_queue_entity", "WANDB_LAUNCH_QUEUE_ENTITY"],
  ["launch_trace_id", "WANDB_LAUNCH_TRACE_ID"]
] as const

const launchConfig = (environment: ReadonlyMap<string, string>): Either.Either<PythonDict, SettingsError> => {
  const none = new Map<string, PythonValue>()
  if (!readSwitch(environment.get("WANDB_LAUNCH"))) return Either.right(none)
  const text = environment.get("WANDB_CONFIG") ?? shards(environment)
  if (text.trim() === "") return Either.right(none)
  return Either.mapLeft(
    PythonJson.parseDict(text),
    ({ message }) =>
      new SettingsError({ reason: "BadLaunchConfig", detail: `WANDB_CONFIG is no run config: ${message}.` })
  )
}

const shards = (environment: ReadonlyMap<string, string>): string => {
  let text = ""
  for (let n = 0; ; n++) {
    const shard = environment.get(`WANDB_CONFIG_${n}`)
    if (shard === undefined) return text
    text += shard
  }
}
