import type { CommError } from "@sweepline/core/CommError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Viewer } from "./operations/Viewer.js"
import * as RetryPolicy from "./RetryPolicy.js"
import { SettingsError } from "./SettingsError.js"
import { execute, WandbClient } from "./WandbClient.js"
import { WandbSettings } from "./WandbSettings.js"

/** The project whose sweeps and runs are meant, and the person or team that has it. */
export class WandbProject extends Context.Tag("@sweepline/api-client/WandbProject")<
  WandbProject,
  { readonly entity: string; readonly project: string }
>() {}

/**
 * Takes entity and project from the settings; the entity of who is logged in where they name none, for which the
 * server is asked (B7). Fails with `NoProject` and `NoEntity`.
 */
export const make: Effect.Effect<WandbProject["Type"], CommError | SettingsError, WandbClient | WandbSettings> =
  Effect.gen(function* () {
    const { entity, project } = yield* WandbSettings
    if (project === undefined) return yield* noProject
    if (entity !== undefined) return { entity, project }
    const client = yield* WandbClient
    const { viewer } = yield* execute(client, Viewer, {}, { doing: "ask who is logged in", policy: RetryPolicy.login })
    return viewer?.entity === undefined ? yield* noEntity : { entity: viewer.entity, project }
  })

/** The project that the settings name. */
export const layer: Layer.Layer<WandbProject, CommError | SettingsError, WandbClient | WandbSettings> = Layer.effect(
  WandbProject,
  make
)

// internal

const noProject = new SettingsError({
  reason: "NoProject",
  detail: "No project is named: give --project, or set WANDB_PROJECT."
})

const noEntity = new SettingsError({
  reason: "NoEntity",
  detail: "No entity is named, and the account has no default one: give --entity, or set WANDB_ENTITY."
})
