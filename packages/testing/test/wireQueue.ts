import { Context, Duration, Effect, Layer, Scope } from "effect"
import { Executor } from "@sweepline/core/Executor"
import { LaunchQueue } from "@sweepline/core/LaunchQueue"
import type { QueueItemId } from "@sweepline/core/QueueItemId"
import { SweepApi } from "@sweepline/core/SweepApi"
import * as LaunchAgentQueue from "@sweepline/api-client/LaunchAgentQueue"
import { CreateRunQueue } from "@sweepline/api-client/operations/CreateRunQueue"
import { WandbClient } from "@sweepline/api-client/WandbClient"
import { sqlite } from "./sqlite.js"
import { overWire, place } from "./wire.js"

const project = "model-registry"

/** An engine that has run nothing yet. */
const executor = Layer.mock(Executor, { find: () => Effect.succeedNone })

/**
 * The launch queues over the wire, over SQLite: what a scheduler pushes, launch agents take, each as a client of its own
 * (E.3). A queue is there once something is pushed into it; runs execute a job, since an agent of processes takes no image.
 */
export const wireQueue = Layer.unwrapScoped(
  Effect.gen(function* () {
    const own = yield* Layer.build(sqlite)
    const far = yield* Effect.provide(Layer.build(overWire), own)
    const client = Context.get(far, WandbClient)
    const pushing = Context.get(far, LaunchQueue)
    const agents = new Map<string, LaunchQueue["Type"]>()
    const holders = new Map<QueueItemId, LaunchQueue["Type"]>()
    const scope = yield* Effect.scope

    const agentOf = Effect.fnUntraced(function* (agentId: string, queue: string) {
      const key = JSON.stringify([agentId, queue])
      const known = agents.get(key)
      if (known !== undefined) return known
      const made = yield* LaunchAgentQueue.make({
        agentId,
        entity: place.entity,
        project,
        queues: [queue],
        maxJobs: 100,
        maxSchedulers: 1,
        stopTimeout: Duration.seconds(60),
        itemOf: () => Effect.succeedNone
      }).pipe(
        Effect.provide(Layer.merge(Layer.succeedContext(far), executor)),
        Effect.provideService(Scope.Scope, scope)
      )
      agents.set(key, made.queue)
      return made.queue
    })

    const held = (id: QueueItemId) => holders.get(id) ?? pushing

    const queue: LaunchQueue["Type"] = {
      ...pushing,
      push: (request) =>
        client
          .request(CreateRunQueue, { entity: place.entity, project, queueName: request.queue, access: "PROJECT" })
          .pipe(
            Effect.ignore,
            Effect.zipRight(pushing.push({ ...request, executable: { kind: "job", name: "ent/proj/fit:v1" } }))
          ),
      lease: (options) =>
        Effect.gen(function* () {
          const agent = yield* agentOf(options.agent, options.queue)
          const items = yield* agent.lease(options)
          for (const { id } of items) holders.set(id, agent)
          return items
        }),
      held: ({ agent, queue }) => Effect.flatMap(agentOf(agent, queue), (it) => it.held({ agent, queue })),
      acknowledge: (id, handle) => held(id).acknowledge(id, handle),
      complete: (id) => held(id).complete(id),
      fail: (id, message) => held(id).fail(id, message)
    }
    const { createSweep } = Context.get(own, SweepApi)
    return Layer.merge(
      Layer.succeed(LaunchQueue, queue),
      Layer.succeed(SweepApi, { ...Context.get(far, SweepApi), createSweep })
    )
  })
)
