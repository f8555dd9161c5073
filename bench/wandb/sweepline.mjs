// sweepline's scheduler over the same server, as `sweepline scheduler` composes it without a `--dir`.
import * as HttpClient from "@effect/platform/HttpClient"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { Credentials } from "@sweepline/api-client/Credentials"
import * as Wandb from "@sweepline/api-client/Wandb"
import { WandbSettings } from "@sweepline/api-client/WandbSettings"
import * as HeartbeatStrategy from "@sweepline/core/HeartbeatStrategy"
import * as Journal from "@sweepline/core/Journal"
import * as Scheduler from "@sweepline/core/Scheduler"
import * as SchedulerConfig from "@sweepline/core/SchedulerConfig"
import { Effect, Layer, Logger, LogLevel, Redacted, Stream } from "effect"

export const launch = ({ entity, key, project, queue, runs, sweep, url, workers }) => {
  let requests = 0
  const launched = []
  const transport = Layer.effect(
    HttpClient.HttpClient,
    Effect.map(HttpClient.HttpClient, (http) =>
      HttpClient.transform(http, (answer) => {
        requests += 1
        return answer
      })
    )
  ).pipe(Layer.provide(NodeHttpClient.layerUndici))
  const settings = Layer.succeed(WandbSettings, {
    entity,
    project,
    baseUrl: url,
    appUrl: url,
    extraHeaders: new Map(),
    proxies: { except: [] },
    verifiesTls: true,
    credentials: Credentials.Key({ key: Redacted.make(key) })
  })
  const ports = Wandb.layer({
    launchQueue: { queue },
    ownRun: { config: new Map(), launchKeys: new Map(), host: "here" }
  }).pipe(Layer.provide(Layer.merge(settings, transport)))
  const scheduler = Scheduler.layer.pipe(
    Layer.provide(HeartbeatStrategy.layer),
    Layer.provide(Journal.layerNoop),
    Layer.provide(SchedulerConfig.layer({ queue, workers, pollInterval: "25 millis", snapshotEvery: Infinity })),
    Layer.provide(ports)
  )
  return Effect.gen(function* () {
    const running = yield* (yield* Scheduler.Scheduler).start(sweep)
    yield* running.happenings.pipe(
      Stream.filter(({ event }) => event._tag === "RunLaunched"),
      Stream.tap(({ event }) => Effect.sync(() => launched.push(event.run))),
      Stream.take(runs),
      Stream.runDrain
    )
    return { launched, requests }
  }).pipe(
    Effect.scoped,
    Effect.provide(scheduler),
    Logger.withMinimumLogLevel(LogLevel.Warning),
    Effect.withTracerEnabled(false),
    Effect.runPromise
  )
}
