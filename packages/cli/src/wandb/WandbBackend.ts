import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Path from "@effect/platform/Path"
import * as OwnRunConfig from "@sweepline/api-client/OwnRunConfig"
import type { SettingsError } from "@sweepline/api-client/SettingsError"
import * as Wandb from "@sweepline/api-client/Wandb"
import * as WandbClient from "@sweepline/api-client/WandbClient"
import type { Options as QueueOptions } from "@sweepline/api-client/WandbLaunchQueue"
import * as WandbProject from "@sweepline/api-client/WandbProject"
import * as WandbSettings from "@sweepline/api-client/WandbSettings"
import type { CommError } from "@sweepline/core/CommError"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Surroundings } from "./Surroundings.js"

// Loaded by the commands that talk to W&B, and by no other: see Backend.

/** A server and who asks it, without a project. */
export type Connection = WandbClient.WandbClient | WandbSettings.WandbSettings | HttpClient.HttpClient

/** What a project on W&B gives: the ports, and what is shared under them. */
export type Project = Wandb.Ports | Wandb.Extras | Connection

/** What a command line says beyond the person's settings. */
export interface Options {
  readonly overrides?: WandbSettings.Overrides | undefined
  /** The queue that is pushed to; only a scheduler has one. */
  readonly launchQueue?: QueueOptions | undefined
  /** The scheduler's own run; otherwise what the environment says of it. */
  readonly ownRun?: OwnRunConfig.OwnRunConfig | undefined
}

/** The settings of this process: its environment, its person's files, and the command line over them (C.1). */
export const settings = (
  overrides?: WandbSettings.Overrides
): Layer.Layer<WandbSettings.WandbSettings, SettingsError, FileSystem.FileSystem | Path.Path> =>
  Layer.unwrapEffect(Effect.map(Surroundings, (around) => WandbSettings.layer({ ...around, overrides })))

/** A server, as the person's settings have it. */
export const connection = (
  overrides?: WandbSettings.Overrides
): Layer.Layer<Connection, SettingsError, FileSystem.FileSystem | Path.Path> =>
  WandbClient.layer.pipe(Layer.provideMerge(transport), Layer.provideMerge(settings(overrides)))

/** A project, as the settings and the command line name it; `usual` is what goes where neither does. */
export const project = (
  overrides: WandbSettings.Overrides,
  usual: { readonly project?: string } = {}
): Layer.Layer<Connection | WandbProject.WandbProject, CommError | SettingsError, FileSystem.FileSystem | Path.Path> =>
  WandbProject.layer.pipe(
    Layer.provideMerge(WandbClient.layer),
    Layer.provideMerge(transport),
    Layer.provideMerge(
      Layer.project(settings(overrides), WandbSettings.WandbSettings, WandbSettings.WandbSettings, (found) => ({
        ...found,
        project: found.project ?? usual.project
      }))
    )
  )

/** The ports of the project that settings and command line name. */
export const layer = (
  options: Options = {}
): Layer.Layer<Project, CommError | SettingsError, FileSystem.FileSystem | Path.Path> => {
  const { launchQueue = { queue: "default" }, overrides } = options
  return Layer.unwrapEffect(
    Effect.map(options.ownRun === undefined ? ownRun : Effect.succeed(options.ownRun), (own) =>
      Wandb.layer({ launchQueue, ownRun: own })
    )
  ).pipe(Layer.provideMerge(transport), Layer.provideMerge(settings(overrides)))
}

// internal

const transport = Layer.unwrapEffect(Effect.map(Surroundings, (around) => around.transport))

const ownRun = Effect.flatMap(Surroundings, ({ environment, host }) =>
  OwnRunConfig.fromEnvironment(environment, { host })
)
