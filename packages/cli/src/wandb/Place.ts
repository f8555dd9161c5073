import type { Overrides } from "@sweepline/api-client/WandbSettings"
import type { PythonDict, PythonValue } from "@sweepline/core/PythonValue"
import * as Option from "effect/Option"

/** What a command line says of where. */
export interface Given {
  readonly entity: Option.Option<string>
  readonly project: Option.Option<string>
}

/** The options of a command line over the person's settings. */
export const ofOptions = ({ entity, project }: Given): Overrides => ({
  entity: Option.getOrUndefined(entity),
  project: Option.getOrUndefined(project)
})

/** Where a new sweep goes: options, then the environment, then its config, then the settings files (G.5). */
export const ofConfig = (given: Given, environment: ReadonlyMap<string, string>, config: PythonDict): Overrides => ({
  entity: Option.getOrUndefined(given.entity) ?? text(environment.get("WANDB_ENTITY")) ?? text(config.get("entity")),
  project: Option.getOrUndefined(given.project) ?? text(environment.get("WANDB_PROJECT")) ?? text(config.get("project"))
})

// internal

const text = (value: PythonValue | undefined): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined
