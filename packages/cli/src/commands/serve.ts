import * as Command from "@effect/cli/Command"
import * as Path from "@effect/platform/Path"
import * as Endpoint from "@sweepline/server/Endpoint"
import * as ServerConfig from "@sweepline/server/ServerConfig"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { isIPv6 } from "node:net"
import { hostname } from "node:os"
import * as Local from "../Local.js"
import * as Loopback from "../Loopback.js"
import * as options from "../options.js"
import * as ServerSecret from "../ServerSecret.js"
import * as wireOptions from "../wireOptions.js"
import { Output } from "../Output.js"
import { Signals } from "../Signals.js"
import { UsageError } from "../UsageError.js"
import * as WireServer from "../WireServer.js"

/** `sweepline serve`: a W&B server over a state folder, until it is interrupted. */
export const serve = Command.make(
  "serve",
  {
    port: wireOptions.port,
    host: wireOptions.host,
    publicUrl: wireOptions.publicUrl,
    entity: wireOptions.entities,
    dir: options.dir,
    json: options.json
  },
  Effect.fnUntraced(
    function* ({ dir, entity: named, host, json, port: wanted, publicUrl: outside }) {
      const output = yield* Output
      const signals = yield* Signals
      const path = yield* Path.Path
      const folder = path.resolve(dir)
      const [entity = ServerConfig.defaults.entity, ...teams] = named
      const { apiKey } = yield* Endpoint.obtain(Endpoint.everything, yield* ServerSecret.obtain(folder))
      const near = ServerConfig.loopback.includes(inUrl(host))
      const proxied = Option.getOrUndefined(outside)
      const asked = yield* signals.take(() => {})
      const handler = yield* WireServer.handler({
        apiKey,
        dir: folder,
        entity,
        teams,
        publicUrl: proxied?.origin,
        hosts: near ? [...ServerConfig.loopback, ...(proxied === undefined ? [] : [proxied.hostname])] : undefined
      })
      const port = yield* Effect.mapError(
        Loopback.serve(handler.listener, { host, port: wanted }),
        ({ message, reason }) =>
          new UsageError({
            message:
              reason === "Taken"
                ? `Port ${wanted} of ${host} is taken. Stop what listens there, or choose another one: --port 0 takes any that is free.`
                : `${host} can't be listened on, port ${wanted}: ${message}.`
          })
      )
      const url = `http://${inUrl(host)}:${port}`
      const key = Redacted.value(apiKey)
      const publicUrl = proxied?.origin ?? (isAnywhere(host) ? `http://${hostname()}:${port}` : url)
      if (json) yield* output.json({ type: "ServerStarted", url, publicUrl, apiKey: key, entity, dir: folder })
      else yield* output.print(...greeting({ dir: folder, entity, key, publicUrl, url }, output.colors))
      // What runs may have fallen silent, and what artifacts are over, while no server was there: it looks at once.
      yield* Effect.forkScoped(handler.load)
      if (!near) {
        yield* output.warn(
          `sweepline: whoever reaches ${host} may try the key, and what is sent isn't encrypted. Put a proxy with TLS before it where others share the network.`
        )
      }
      yield* Effect.ignore(asked.take)
      yield* json
        ? output.json({ type: "ServerStopped", url })
        : output.print("Stopped. What runs waits for the server.")
    },
    Effect.scoped,
    (effect, { dir }) => Effect.provide(effect, Local.layer(dir, { create: true }))
  )
).pipe(Command.withDescription("Be a W&B server over a folder, for the wandb SDK, its agents and its schedulers."))

// internal

/** Whether an address stands for all that this machine has: nobody can be told to go there. */
const isAnywhere = (host: string): boolean => host === "0.0.0.0" || host === "::"

const inUrl = (host: string): string => (isIPv6(host) ? `[${host}]` : host)

/** How to use the server, ready to be pasted. */
const greeting = (
  {
    dir,
    entity,
    key,
    publicUrl,
    url
  }: {
    readonly dir: string
    readonly entity: string
    readonly key: string
    readonly publicUrl: string
    readonly url: string
  },
  colors: Output["Type"]["colors"]
): ReadonlyArray<string> => [
  `${colors.bold("sweepline serve")}: a W&B server over ${dir}, at ${url}`,
  "",
  "In the shell of whatever uses wandb:",
  "",
  `  export WANDB_BASE_URL=${publicUrl}`,
  `  export WANDB_API_KEY=${key}`,
  `  export WANDB_ENTITY=${entity}`,
  "",
  "Ctrl-C stops it; the same folder has the same key again."
]
