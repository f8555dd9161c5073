import { Effect, Layer, Redacted } from "effect"
import { SweepApi } from "@sweepline/core/SweepApi"
import { Credentials } from "@sweepline/api-client/Credentials"
import * as OutputLog from "@sweepline/api-client/OutputLog"
import * as Reads from "@sweepline/api-client/Reads"
import * as WandbClient from "@sweepline/api-client/WandbClient"
import * as WandbLaunchQueue from "@sweepline/api-client/WandbLaunchQueue"
import { WandbProject } from "@sweepline/api-client/WandbProject"
import * as WandbRunLog from "@sweepline/api-client/WandbRunLog"
import * as WandbSchedulerRun from "@sweepline/api-client/WandbSchedulerRun"
import { WandbSettings } from "@sweepline/api-client/WandbSettings"
import * as WandbSweepApi from "@sweepline/api-client/WandbSweepApi"
import * as FileStore from "@sweepline/server/FileStore"
import * as InProcess from "@sweepline/server/InProcess"
import * as Server from "@sweepline/server/Server"
import * as ServerConfig from "@sweepline/server/ServerConfig"
import { sqlite } from "./sqlite.js"

const apiKey = Redacted.make("0123456789abcdef0123456789abcdef01234567")
const place = { entity: "ent", project: "proj" }

/** Settings of a client of the server. */
const settings = Layer.succeed(WandbSettings, {
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

const ownRun = {
  id: undefined,
  entity: undefined,
  project: undefined,
  config: new Map(),
  launchKeys: new Map(),
  host: "h"
}

const ports = Layer.mergeAll(
  WandbSweepApi.layer,
  WandbLaunchQueue.layer({ queue: "q" }),
  WandbSchedulerRun.layer(ownRun),
  WandbRunLog.layer
).pipe(
  Layer.provideMerge(Layer.mergeAll(Reads.layer, OutputLog.layer)),
  Layer.provideMerge(Layer.succeed(WandbProject, place)),
  Layer.provideMerge(WandbClient.layer),
  Layer.provide(settings)
)

const server = InProcess.layer.pipe(
  Layer.provide(Server.layer),
  Layer.provide(FileStore.layerMemory),
  Layer.provide(ServerConfig.layer({ apiKey, ...place }))
)

/** A W&B in process: the client, over the server, over SQLite. Sweeps are created in the database, with their seeds. */
export const wire = Layer.unwrapEffect(
  Effect.map(SweepApi, (own) =>
    Layer.map(Layer.provide(ports, server), (x) => x).pipe((layer) =>
      Layer.flatMap(layer, (context) => {
        const api = Effect.runSync(Effect.provide(SweepApi, context))
        return Layer.merge(
          Layer.succeedContext(context),
          Layer.succeed(SweepApi, { ...api, createSweep: own.createSweep })
        )
      })
    )
  )
).pipe(Layer.provide(sqlite))
