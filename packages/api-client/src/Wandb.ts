import type { CommError } from "@sweepline/core/CommError"
import type { LaunchQueue } from "@sweepline/core/LaunchQueue"
import type { RunLog } from "@sweepline/core/RunLog"
import type { SchedulerRun } from "@sweepline/core/SchedulerRun"
import type { SweepApi } from "@sweepline/core/SweepApi"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Layer from "effect/Layer"
import * as OutputLog from "./OutputLog.js"
import type { OwnRunConfig } from "./OwnRunConfig.js"
import * as Reads from "./Reads.js"
import type { SettingsError } from "./SettingsError.js"
import * as WandbClient from "./WandbClient.js"
import * as WandbLaunchQueue from "./WandbLaunchQueue.js"
import * as WandbProject from "./WandbProject.js"
import * as WandbRunLog from "./WandbRunLog.js"
import * as WandbSchedulerRun from "./WandbSchedulerRun.js"
import type { WandbSettings } from "./WandbSettings.js"
import * as WandbSweepApi from "./WandbSweepApi.js"

/** What a scheduler over W&B is told. */
export interface Options {
  readonly launchQueue: WandbLaunchQueue.Options
  readonly ownRun: OwnRunConfig
}

/** The ports that W&B has; a scheduler's journal is kept elsewhere. */
export type Ports = SweepApi | LaunchQueue | SchedulerRun | RunLog

/** What they share, for whoever wants to ask W&B more. */
export type Extras = WandbClient.WandbClient | WandbProject.WandbProject | Reads.Reads | OutputLog.OutputLog

/** A W&B project as the ports of a scheduler, over whichever transport: all reads go through one resolver. */
export const layer = (
  options: Options
): Layer.Layer<Ports | Extras, CommError | SettingsError, HttpClient.HttpClient | WandbSettings> =>
  Layer.mergeAll(
    WandbSweepApi.layer,
    WandbLaunchQueue.layer(options.launchQueue),
    WandbSchedulerRun.layer(options.ownRun),
    WandbRunLog.layer
  ).pipe(
    Layer.provideMerge(Layer.mergeAll(Reads.layer, WandbProject.layer, OutputLog.layer)),
    Layer.provideMerge(WandbClient.layer)
  )
