import { Context, Effect, Layer, Redacted } from "effect"
import { LaunchQueue } from "@sweepline/core/LaunchQueue"
import { RunLog } from "@sweepline/core/RunLog"
import { SchedulerRun } from "@sweepline/core/SchedulerRun"
import { SweepApi } from "@sweepline/core/SweepApi"
import { Credentials } from "@sweepline/api-client/Credentials"
import * as Wandb from "@sweepline/api-client/Wandb"
import { WandbSettings } from "@sweepline/api-client/WandbSettings"
import * as FileStore from "@sweepline/server/FileStore"
import * as InProcess from "@sweepline/server/InProcess"
import * as Server from "@sweepline/server/Server"
import * as ServerConfig from "@sweepline/server/ServerConfig"
import { sqlite } from "./sqlite.js"

const apiKey = Redacted.make("0123456789abcdef0123456789abcdef01234567")
export const place = { entity: "ent", project: "proj" }

/** The ports over the wire, of a server in this process. */
export const overWire = Wandb.layer({
  launchQueue: { queue: "default" },
  ownRun: {
    id: undefined,
    entity: undefined,
    project: undefined,
    config: new Map(),
    launchKeys: new Map(),
    host: "here"
  }
}).pipe(
  Layer.provide(
    Layer.succeed(WandbSettings, {
      ...place,
      baseUrl: "http://localhost",
      appUrl: "http://localhost",
      organization: undefined,
      username: "local",
      email: undefined,
      extraHeaders: new Map(),
      httpTimeout: undefined,
      proxies: { http: undefined, https: undefined, except: [] },
      verifiesTls: true,
      credentials: Credentials.Key({ key: apiKey })
    })
  ),
  Layer.provide(InProcess.layer),
  Layer.provide(Server.layer),
  Layer.provide(FileStore.layerMemory),
  Layer.provide(ServerConfig.layer({ apiKey, ...place, runEnds: "agent" })),
  Layer.orDie
)

/**
 * `api-client` over `server` over SQLite. What a scheduler asks goes over the wire. What the launch agent of the same
 * backend does goes to the backend itself, as it does under `sweepline serve`; so do the seeds of sweeps, for which W&B
 * has no word.
 */
export const wire = Layer.unwrapScoped(
  Effect.gen(function* () {
    const own = yield* Layer.build(sqlite)
    const far = yield* Effect.provide(Layer.build(overWire), own)
    const ours = { api: Context.get(own, SweepApi), log: Context.get(own, RunLog) }
    const theirs = { api: Context.get(far, SweepApi), log: Context.get(far, RunLog) }
    const { createSweep, reportRun, requeueRun } = ours.api
    return Layer.mergeAll(
      Layer.succeed(SweepApi, { ...theirs.api, createSweep, reportRun, requeueRun }),
      Layer.succeed(RunLog, { ...ours.log, rows: theirs.log.rows }),
      Layer.succeed(SchedulerRun, Context.get(far, SchedulerRun)),
      Layer.succeed(LaunchQueue, Context.get(own, LaunchQueue))
    )
  })
)
