import * as Options from "@effect/cli/Options"
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Path from "@effect/platform/Path"
import type { SettingsError } from "@sweepline/api-client/SettingsError"
import type { CommError } from "@sweepline/core/CommError"
import type { ExecutorError } from "@sweepline/core/ExecutorError"
import type { SweepApi } from "@sweepline/core/SweepApi"
import type { DatabaseError } from "@sweepline/embedded/DatabaseError"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Local from "./Local.js"
import type * as WandbBackend from "./wandb/WandbBackend.js"

/** Where sweeps live: in a folder of this machine, or on a W&B server. */
export type Backend = "embedded" | "wandb"

/** `--backend`, with what is usual for a command. */
export const option = (usual: Backend) =>
  Options.choice("backend", ["embedded", "wandb"]).pipe(
    Options.withDescription(
      usual === "embedded"
        ? "Where the sweep is: embedded (this folder, the default) or wandb (a W&B server)."
        : "Where the sweep is: wandb (a W&B server, the default) or embedded (this folder)."
    ),
    Options.withDefault<Backend>(usual)
  )

/** What a command line says of where sweeps are. */
export interface Choice {
  readonly backend: Backend
  readonly dir: string
  readonly entity: Option.Option<string>
  readonly project: Option.Option<string>
}

/** The sweeps of whichever backend a command line chose. */
export const layer = ({
  backend,
  dir,
  entity,
  project
}: Choice): Layer.Layer<
  SweepApi,
  CommError | DatabaseError | ExecutorError | SettingsError,
  FileSystem.FileSystem | Path.Path
> =>
  backend === "embedded"
    ? Local.layer(dir)
    : layerWandb({ overrides: { entity: Option.getOrUndefined(entity), project: Option.getOrUndefined(project) } })

/** The modules of W&B's side. Nothing of them is loaded before: a command that stays on this machine starts faster. */
export const wandb: Effect.Effect<typeof WandbBackend> = Effect.promise(() => import("./wandb/WandbBackend.js"))

/** The ports of a project on W&B. */
export const layerWandb = (
  options: WandbBackend.Options
): Layer.Layer<WandbBackend.Project, CommError | SettingsError, FileSystem.FileSystem | Path.Path> =>
  Layer.unwrapEffect(Effect.map(wandb, (backend) => backend.layer(options)))
