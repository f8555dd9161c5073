import * as Options from "@effect/cli/Options"
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Path from "@effect/platform/Path"
import type { SettingsError } from "@sweepline/api-client/SettingsError"
import type { CommError } from "@sweepline/core/CommError"
import type { ExecutorError } from "@sweepline/core/ExecutorError"
import type { RunLog } from "@sweepline/core/RunLog"
import type { SweepApi } from "@sweepline/core/SweepApi"
import type { DatabaseError } from "@sweepline/embedded/DatabaseError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as WordOption from "./WordOption.js"
import * as Local from "./Local.js"
import * as Shell from "./Shell.js"
import type { UsageError } from "./UsageError.js"
import * as SweepPath from "./wandb/SweepPath.js"
import type * as WandbBackend from "./wandb/WandbBackend.js"

/** Where sweeps live: in a folder of this machine, or on a W&B server. */
export type Backend = "embedded" | "wandb"

/** `--backend`, with what is usual for a command. */
export const option = (usual: Backend) =>
  WordOption.option<Backend>("backend", ["embedded", "wandb"]).pipe(
    Options.withDescription(
      usual === "embedded"
        ? "Where it is: embedded (this folder, the default) or wandb (a W&B server)."
        : "Where it is: wandb (a W&B server, the default) or embedded (this folder)."
    ),
    Options.withDefault<Backend>(usual)
  )

/** What a command line says of where sweeps are. */
export interface Choice {
  readonly backend: Backend
  readonly dir: string
  readonly entity: Option.Option<string>
  readonly project: Option.Option<string>
  /** On W&B it may say where it is: ENTITY/PROJECT/SWEEP. */
  readonly sweep?: Option.Option<string>
}

/** The sweeps and runs of whichever backend a command line chose, to be read. */
export const layer = (
  choice: Choice
): Layer.Layer<
  SweepApi | RunLog,
  CommError | DatabaseError | ExecutorError | SettingsError | UsageError,
  FileSystem.FileSystem | Path.Path
> => {
  if (choice.backend === "embedded") return Local.layer(choice.dir, { access: "read" })
  const given = { entity: Option.getOrUndefined(choice.entity), project: Option.getOrUndefined(choice.project) }
  return Option.match(pathOf(choice), {
    onNone: () => layerWandb({ overrides: given }),
    onSome: (path) =>
      Layer.unwrapEffect(Either.map(path, (it) => layerWandb({ overrides: SweepPath.overrides(it, given) })))
  })
}

/** What a command line calls the sweep, without the place that it may have named with it; `layer` refuses what names none. */
export const sweepName = (choice: Choice): Option.Option<string> =>
  choice.backend === "embedded"
    ? (choice.sweep ?? Option.none())
    : Option.map(Option.flatMap(pathOf(choice), Either.getRight), ({ sweep }) => sweep)

/** A run on W&B as the next command line names it: with the place that this one named, if it did. */
export const runName = (choice: Choice, run: string): string => {
  const given = { entity: Option.getOrUndefined(choice.entity), project: Option.getOrUndefined(choice.project) }
  const { entity, project } = Option.match(Option.flatMap(pathOf(choice), Either.getRight), {
    onNone: () => given,
    onSome: (path) => SweepPath.overrides(path, given)
  })
  if (project === undefined) return Shell.join(entity === undefined ? [run] : [run, "--entity", entity])
  return Shell.quote(entity === undefined ? `${project}/${run}` : `${entity}/${project}/${run}`)
}

const pathOf = ({ sweep = Option.none() }: Choice) => Option.map(sweep, SweepPath.parse)

/** The modules of W&B's side. Nothing of them is loaded before: a command that stays on this machine starts faster. */
export const wandb: Effect.Effect<typeof WandbBackend> = Effect.promise(() => import("./wandb/WandbBackend.js"))

/** The ports of a project on W&B. */
const layerWandb = (
  options: WandbBackend.Options
): Layer.Layer<WandbBackend.Project, CommError | SettingsError, FileSystem.FileSystem | Path.Path> =>
  Layer.unwrapEffect(Effect.map(wandb, (backend) => backend.layer(options)))
