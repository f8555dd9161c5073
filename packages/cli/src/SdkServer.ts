/**
 * The W&B server that the runs of one sweep find in their environment: an unmodified script that uses the W&B SDK logs
 * to it, without an account. It costs a listening socket; the rest is loaded with the first request.
 */
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Path from "@effect/platform/Path"
import { JobBuilder } from "@sweepline/core/JobBuilder"
import type { SweepId } from "@sweepline/core/SweepId"
import * as Endpoint from "@sweepline/server/Endpoint"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Environment from "./Environment.js"
import type { Local } from "./Local.js"
import * as Loopback from "./Loopback.js"
import * as ServerSecret from "./ServerSecret.js"
import * as WireServer from "./WireServer.js"

/** What runs are told of the server. */
export type Variables = ReadonlyMap<string, string | undefined>

/** Where the runs of a sweep that use the W&B SDK log to. */
export class SdkServer extends Context.Tag("sweepline/SdkServer")<
  SdkServer,
  {
    /**
     * What a run must find in its environment; `undefined` takes a variable away. The first time this begins to listen,
     * where the server of this sweep listened before: so it is asked only by the process that works on the sweep.
     */
    readonly variables: Effect.Effect<Variables>
    /** Why nothing of what runs log with the SDK comes here, in a sentence, where the person's own environment has it so. */
    readonly silenced: string | undefined
  }
>() {}

/** Which sweep, and where its runs belong. */
export interface Options {
  /** The state folder, absolute. */
  readonly dir: string
  readonly sweep: SweepId
  readonly entity: string | undefined
  readonly project: string | undefined
}

/** A server of this sweep's own, on this machine alone. Where it can't listen, a warning says so and runs do without. */
export const layer = (options: Options): Layer.Layer<SdkServer, never, Local | FileSystem.FileSystem | Path.Path> =>
  Layer.scoped(
    SdkServer,
    Effect.gen(function* () {
      const context = yield* Effect.context<Local | FileSystem.FileSystem | Path.Path | Scope.Scope>()
      const variables = yield* Effect.cached(
        start(options).pipe(
          Effect.catchAll((error) =>
            Effect.as(
              Effect.logWarning("Runs that use the W&B SDK can't log here").pipe(
                Effect.annotateLogs({
                  problem: `There is no server for runs that use the W&B SDK: ${error.message}. Other runs don't need it.`
                })
              ),
              none
            )
          ),
          Effect.provide(context)
        )
      )
      return { variables, silenced: silencing(Environment.wandbMode()) }
    })
  )

/**
 * No server: runs log to whatever the person's own settings name. That one doesn't know the sweep, so runs don't say
 * that they are of it; they are a group instead.
 */
export const layerOwn = (sweep: SweepId): Layer.Layer<SdkServer> =>
  layerFixed(
    new Map([
      ["WANDB_SWEEP_ID", undefined],
      ["WANDB_RUN_GROUP", sweep]
    ])
  )

/** No server of ours: runs are told this. */
export const layerFixed = (variables: Variables): Layer.Layer<SdkServer> =>
  Layer.succeed(SdkServer, { variables: Effect.succeed(variables), silenced: undefined })

/** Jobs with what their runs must be told of the server. */
export const layerJobs: Layer.Layer<JobBuilder, never, JobBuilder | SdkServer> = Layer.effect(
  JobBuilder,
  Effect.map(Effect.all([JobBuilder, SdkServer]), ([jobs, { variables }]) => ({
    build: (request, slot) =>
      Effect.zipWith(jobs.build(request, slot), variables, (job, told) => ({
        ...job,
        env: new Map([...job.env, ...told])
      }))
  }))
)

// internal

const none: Variables = new Map()

/** The modes in which the SDK tells no server. */
const silent: ReadonlySet<string | undefined> = new Set(["offline", "dryrun", "disabled"])

const silencing = (mode: string | undefined): string | undefined =>
  silent.has(mode)
    ? `WANDB_MODE is ${mode}, so what runs log with W&B's SDK doesn't come here. Unset it: they log to their sweep, on this machine alone.`
    : undefined

/** The entity of sweeps that name none. */
const defaultEntity = "local"

/** The project of sweeps that name none, as W&B has it. */
const defaultProject = "uncategorized"

const start = Effect.fnUntraced(function* ({ dir, sweep, ...named }: Options) {
  const { apiKey, port: before } = yield* Endpoint.obtain(sweep, yield* ServerSecret.obtain(dir))
  const entity = named.entity ?? defaultEntity
  const project = named.project ?? defaultProject
  const { listener } = yield* WireServer.handler({ apiKey, dir, entity, project, runEnds: "agent" })
  const port = yield* Loopback.listen(listener, before)
  if (before !== undefined && port !== before) {
    yield* Effect.logWarning("The server of a sweep has moved").pipe(
      Effect.annotateLogs({
        problem: `Another program has taken port ${before}, where runs of sweep ${sweep} log to. Those that went on meanwhile can't log any more; new ones log to port ${port}.`
      })
    )
  }
  if (port !== before) yield* Endpoint.keepPort(sweep, port)
  const said = Environment.map()
  return new Map<string, string | undefined>([
    ...suitable.filter(([name]) => !said.has(name)),
    ...Endpoint.environment({ port, apiKey, entity, project }),
    ...hindrances.map((name) => [name, undefined] as const)
  ])
})

/** What suits a server so near, where the person says nothing else. */
const suitable: ReadonlyArray<readonly [name: string, value: string]> = [
  // Seconds between two batches of rows: with the SDK's 15, early stopping would come that late.
  ["WANDB__FILE_STREAM_TRANSMIT_INTERVAL", "2"],
  // What goes wrong in a run of this machine is nobody else's business.
  ["WANDB_ERROR_REPORTING", "false"]
]

/** What is meant for the person's own W&B: other ways to log in, of which the SDK refuses two at once, and to get there. */
const hindrances = ["WANDB_IDENTITY_TOKEN_FILE", "WANDB_HTTP_PROXY", "WANDB_HTTPS_PROXY"]
