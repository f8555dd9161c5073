import type * as HttpClient from "@effect/platform/HttpClient"
import type { WandbSettings } from "@sweepline/api-client/WandbSettings"
import * as Context from "effect/Context"
import type * as Layer from "effect/Layer"
import { homedir, hostname } from "node:os"
import * as Environment from "../Environment.js"
import * as Transport from "./Transport.js"

/** What W&B's side of the program takes from around it; a test gives its own. */
export class Surroundings extends Context.Reference<Surroundings>()("sweepline/Surroundings", {
  defaultValue: (): {
    readonly environment: ReadonlyMap<string, string>
    readonly home: string | undefined
    readonly cwd: string
    /** This machine's name: workers and the scheduler's own run are known by it. */
    readonly host: string
    readonly transport: Layer.Layer<HttpClient.HttpClient, never, WandbSettings>
  } => ({
    environment: Environment.map(),
    home: homedir(),
    cwd: process.cwd(),
    host: hostname(),
    transport: Transport.layer
  })
}) {}
