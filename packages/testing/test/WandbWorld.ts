/**
 * A W&B in the test's process, without a socket: `api-client` over `server` over memory, with faults on the wire, and an
 * agent that works off the queue as a launch agent and the scripts that it starts would.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import { RequestError } from "@effect/platform/HttpClientError"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { Clock, type Duration, Effect, HashMap, Layer, Logger, LogLevel, Option, Redacted, Schema } from "effect"
import * as MemoryDocuments from "@sweepline/core/MemoryDocuments"
import * as EarlyStopping from "@sweepline/core/EarlyStopping"
import * as HeartbeatStrategy from "@sweepline/core/HeartbeatStrategy"
import type * as Journal from "@sweepline/core/Journal"
import * as MemoryJournal from "@sweepline/core/MemoryJournal"
import * as MemoryStore from "@sweepline/core/MemoryStore"
import * as MemoryRunLog from "@sweepline/core/MemoryRunLog"
import * as Scheduler from "@sweepline/core/Scheduler"
import * as SchedulerConfig from "@sweepline/core/SchedulerConfig"
import * as MemorySweepAdmin from "@sweepline/core/MemorySweepAdmin"
import * as SweepApi from "@sweepline/core/SweepApi"
import * as MemorySweepApi from "@sweepline/core/MemorySweepApi"
import { Credentials } from "@sweepline/api-client/Credentials"
import * as FileStream from "@sweepline/api-client/FileStream"
import * as GraphQl from "@sweepline/api-client/GraphQl"
import { CreateRunQueue } from "@sweepline/api-client/operations/CreateRunQueue"
import { UpsertBucket } from "@sweepline/api-client/operations/UpsertBucket"
import * as RetryPolicy from "@sweepline/api-client/RetryPolicy"
import * as Wandb from "@sweepline/api-client/Wandb"
import { WandbClient } from "@sweepline/api-client/WandbClient"
import * as WandbClients from "@sweepline/api-client/WandbClient"
import { WandbSettings } from "@sweepline/api-client/WandbSettings"
import * as FileStore from "@sweepline/server/FileStore"
import * as InProcess from "@sweepline/server/InProcess"
import * as Server from "@sweepline/server/Server"
import * as ServerConfig from "@sweepline/server/ServerConfig"
import { sweepConfig } from "../src/Fixtures.js"
import * as TestSearch from "../src/TestSearch.js"

/** What happens to a request on its way. */
export type WireFault = "none" | Trouble

/** What may go wrong, each before the request has its effect or after. */
export interface Trouble {
  readonly kind: (typeof troubles)[number]
  readonly when: "before" | "after"
}

/** Every kind of trouble. */
export const troubles = ["429", "429 later", "500", "502", "silence", "cut", "no JSON", "other JSON", "errors"] as const

/** A share of all requests goes wrong, drawn from a seed; every kind of trouble in its turn, before the effect and after. */
export const someOf = (share: number, seed: number): (() => WireFault) => {
  let state = seed >>> 0
  let turns = 0
  const draw = () => {
    // Numerical Recipes' generator: good enough to spread faults.
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  return () => {
    if (draw() >= share) return "none"
    const turn = turns++
    // Their number is odd, so each comes both ways.
    const kind = troubles[turn % troubles.length] ?? "500"
    return { kind, when: turn % 2 === 0 ? "after" : "before" }
  }
}

/** Whether an operation pushes runs into a queue, one or several. */
export const isPush = (operation: string): boolean => /^push/i.test(operation)

/** A transport with faults; it counts the requests by the operation's name. */
const troubled = (
  inner: HttpClient.HttpClient,
  faultOf: (operation: string) => WireFault,
  requests: Map<string, number>
): HttpClient.HttpClient =>
  HttpClient.make((request) =>
    Effect.suspend(() => {
      const body = request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : ""
      const operation = /(?:query|mutation) (\w+)/.exec(body)?.[1] ?? "file_stream"
      requests.set(operation, (requests.get(operation) ?? 0) + 1)
      const fault = faultOf(operation)
      if (fault === "none") return inner.execute(request)
      const reply = (status: number, text: string, headers: Record<string, string> = {}) =>
        Effect.succeed(HttpClientResponse.fromWeb(request, new Response(text, { status, headers })))
      const happening = {
        "429": () => reply(429, "slow down"),
        "429 later": () => reply(429, "slow down", { "retry-after": "3" }),
        "500": () => reply(500, "oops"),
        "502": () => reply(502, "<html>bad gateway</html>"),
        "no JSON": () => reply(200, "<html>hello</html>"),
        "other JSON": () => reply(200, '{"data":{"weather":"fine"}}'),
        errors: () => reply(200, '{"errors":[{"message":"internal error"}]}'),
        silence: () => Effect.async<never>(() => {}),
        cut: () =>
          Effect.fail(
            new RequestError({
              request,
              reason: "Transport",
              cause: Object.assign(new Error("socket hang up"), { code: "ECONNRESET" })
            })
          )
      }[fault.kind]
      return fault.when === "after" ? Effect.zipRight(Effect.exit(inner.execute(request)), happening()) : happening()
    })
  )

const apiKey = Redacted.make("0123456789abcdef0123456789abcdef01234567")
export const place = { entity: "ent", project: "proj" } as const
export const queue = "q"

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

/** The backend behind the server, which a test looks into without the wire. */
const backend = Layer.mergeAll(MemorySweepApi.layer, MemorySweepAdmin.layer, MemoryRunLog.layer).pipe(
  Layer.provideMerge(MemoryStore.layer),
  Layer.provide(Layer.merge(TestSearch.layerCounting(), EarlyStopping.layerNoop)),
  Layer.provideMerge(Layer.merge(MemoryDocuments.layer, FileStore.layerMemory)),
  Layer.provideMerge(ServerConfig.layer({ apiKey, ...place }))
)

/** What a test knows of its world. */
export interface World {
  /** The sweeps as the server has them. */
  readonly backend: SweepApi.SweepApi["Type"]
  /** A transport without faults. */
  readonly http: HttpClient.HttpClient
  /** Requests through the faulty transport, by operation. */
  readonly requests: Map<string, number>
  /** The ports of a scheduler over the faulty transport. */
  readonly ports: Ports
  /** The ports of another scheduler, with faults of its own. */
  readonly portsWith: (faultOf: (operation: string) => WireFault) => Ports
}

type Ports = Layer.Layer<Wandb.Ports | Wandb.Extras>

/** A server, and the ports of a scheduler over it. */
export const make = (options: { readonly faultOf?: (operation: string) => WireFault } = {}) =>
  Effect.gen(function* () {
    const context = yield* Layer.build(InProcess.layer.pipe(Layer.provide(Server.layer), Layer.provideMerge(backend)))
    const http = yield* Effect.provide(HttpClient.HttpClient, context)
    const requests = new Map<string, number>()
    const portsWith: World["portsWith"] = (faultOf) =>
      Wandb.layer({
        launchQueue: { queue },
        ownRun: {
          id: undefined,
          entity: undefined,
          project: undefined,
          config: new Map(),
          launchKeys: new Map(),
          host: "here"
        }
      }).pipe(
        Layer.provide(settings),
        Layer.provide(Layer.sync(HttpClient.HttpClient, () => troubled(http, faultOf, requests))),
        Layer.orDie
      )
    const ports = portsWith(options.faultOf ?? (() => "none"))
    const sweeps = yield* Effect.provide(SweepApi.SweepApi, context)
    const world: World = { backend: sweeps, http, requests, ports, portsWith }
    yield* faultless(
      world,
      Effect.flatMap(WandbClient, (client) =>
        client.request(CreateRunQueue, {
          entity: place.entity,
          project: "model-registry",
          queueName: queue,
          access: "PROJECT"
        })
      )
    )
    return world
  })

/** With a client of the server that meets no faults. */
export const faultless = <A, E>(world: World, use: Effect.Effect<A, E, WandbClient>): Effect.Effect<A, E> =>
  Effect.provide(
    use,
    Layer.provide(WandbClients.layer, Layer.merge(settings, Layer.succeed(HttpClient.HttpClient, world.http)))
  )

/** A scheduler over a world's ports, or over `ports` of its own, with a journal that nobody else has. */
export const scheduler = (
  world: World,
  config: Partial<SchedulerConfig.SchedulerConfig["Type"]>,
  { journal = MemoryJournal.layer, ports = world.ports }: SchedulerOptions = {}
) =>
  Scheduler.layer.pipe(
    Layer.provide(HeartbeatStrategy.layer),
    Layer.provide(journal),
    Layer.provide(SchedulerConfig.layer({ queue, executable: { kind: "image", uri: "train:7" }, ...config })),
    Layer.provideMerge(ports)
  )

/** What a scheduler has of its own. */
export interface SchedulerOptions {
  readonly journal?: Layer.Layer<Journal.Journal>
  readonly ports?: Ports
}

/** A sweep of so many runs. */
export const newSweep = ({ backend }: World, runs: number) =>
  backend.createSweep({ config: sweepConfig(`run_cap: ${runs}`), name: "a sweep", seed: 0 })

/** Schedules a sweep to its end; `report` is told what is logged, and of which run. */
export const schedule = (
  world: World,
  sweep: Effect.Effect.Success<ReturnType<typeof newSweep>>,
  workers: number,
  report: (level: LogLevel.LogLevel, message: string, run: string) => void
) => {
  const logger = Logger.make<unknown, void>(({ annotations, logLevel, message }) =>
    report(logLevel, String(message), String(Option.getOrElse(HashMap.get(annotations, "runId"), () => "")))
  )
  return Effect.flatMap(Scheduler.Scheduler, (it) => it.run(sweep)).pipe(
    Effect.provide(
      scheduler(world, { workers }).pipe(
        Layer.provideMerge(
          Layer.merge(Logger.replace(Logger.defaultLogger, logger), Logger.minimumLogLevel(LogLevel.Info))
        )
      )
    )
  )
}

/**
 * Works off the queue for ever: takes what is there every so often, and lets each run live for a while. Answers how
 * often each run was launched.
 */
export const launchAgent = (
  world: World,
  options: { readonly every: Duration.DurationInput; readonly lasting: Duration.DurationInput; readonly atOnce: number }
) => {
  const launches = new Map<string, number>()
  const times: Array<number> = []
  const working = faultless(
    world,
    Effect.gen(function* () {
      const client = yield* WandbClient
      const launch = Effect.fnUntraced(function* (item: string, run: string) {
        launches.set(run, (launches.get(run) ?? 0) + 1)
        times.push(yield* Clock.currentTimeMillis)
        yield* client.request(AckRunQueueItem, { itemId: item, runId: run })
        yield* client.request(UpsertBucket, { ...place, name: run, host: "agent" }, RetryPolicy.upsertRun)
        yield* Effect.sleep(options.lasting)
        yield* FileStream.send(client, { ...place, run }, { complete: true, exitcode: 0 }, RetryPolicy.call)
      })
      const takeOne = Effect.gen(function* () {
        const { popFromRunQueue: popped } = yield* client.request(PopFromRunQueue, {
          entity: place.entity,
          project: "model-registry",
          queueName: queue
        })
        if (popped === null) return false
        yield* Effect.forkDaemon(launch(popped.runQueueItemId, popped.runSpec.run_id))
        return true
      })
      const takeAll = Effect.iterate(0, {
        while: (taken) => taken >= 0 && taken < options.atOnce,
        body: (taken) => Effect.map(takeOne, (more) => (more ? taken + 1 : -1))
      })
      return yield* Effect.forever(Effect.zipRight(takeAll, Effect.sleep(options.every)))
    })
  )
  return { launches, times, working }
}

// internal

const PopFromRunQueue = GraphQl.operation({
  document: `mutation popFromRunQueue($entity: String!, $project: String!, $queueName: String!) {
  popFromRunQueue(input: {entityName: $entity, projectName: $project, queueName: $queueName}) {
    runQueueItemId
    runSpec
  }
}`,
  variables: Schema.Struct({ entity: Schema.String, project: Schema.String, queueName: Schema.String }),
  answer: Schema.Struct({
    popFromRunQueue: Schema.NullOr(
      Schema.Struct({ runQueueItemId: Schema.String, runSpec: Schema.Struct({ run_id: Schema.String }) })
    )
  })
})

const AckRunQueueItem = GraphQl.operation({
  document: `mutation ackRunQueueItem($itemId: ID!, $runId: String!) {
  ackRunQueueItem(input: {runQueueItemId: $itemId, runName: $runId}) {
    success
  }
}`,
  variables: Schema.Struct({ itemId: Schema.String, runId: Schema.String }),
  answer: Schema.Struct({ ackRunQueueItem: Schema.Struct({ success: Schema.Boolean }) })
})
