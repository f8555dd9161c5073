import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { LaunchQueue, leaseTime } from "./LaunchQueue.js"
import { MemoryStore } from "./MemoryStore.js"
import { QueueItemId } from "./QueueItemId.js"
import * as Reading from "./Reading.js"
import type { ItemReading } from "./Reading.js"

const make: Effect.Effect<LaunchQueue["Type"], never, MemoryStore> = Effect.map(MemoryStore, ({ contents }) => {
  const { queues } = contents
  const at = <A>(use: (now: number) => A): Effect.Effect<A> =>
    Effect.clockWith((clock) => Effect.succeed(use(clock.unsafeCurrentTimeMillis())))
  return {
    push: (request) =>
      Effect.sync(() => {
        const known = queues.byKey.get(request.key)
        if (known !== undefined) return known.id
        const id = QueueItemId.make(contents.nextId())
        queues.push(id, request)
        return id
      }),
    itemState: ({ id }) => at((now) => Option.fromNullable(queues.state(id, now))),
    itemStates: ({ ids }) =>
      at((now) =>
        ids.map((id): ItemReading => {
          const state = queues.state(id, now)
          return state === undefined ? Reading.noItem : { _tag: "Found", state }
        })
      ),
    find: (key) => Effect.sync(() => Option.fromNullable(queues.byKey.get(key)?.id)),
    lease: ({ queue, agent, max, except }) =>
      at((now) =>
        queues.lease({
          queue,
          agent,
          max,
          now,
          until: now + Duration.toMillis(leaseTime),
          launchable: (request) => contents.launchable(request, except)
        })
      ),
    acknowledge: (id, handle) => Effect.sync(() => queues.acknowledge(id, handle)),
    complete: (id) => Effect.sync(() => queues.complete(id)),
    fail: (id, message) => Effect.sync(() => queues.fail(id, message)),
    release: (id, agent) => Effect.sync(() => queues.release(id, agent)),
    held: ({ queue, agent }) => at((now) => queues.held(queue, agent, now)),
    changes: (queue) => queues.bells.get(queue).changes
  }
})

/** The queues of a memory store. They know its sweeps, so that those of a paused or cancelled one wait. */
export const layer: Layer.Layer<LaunchQueue, never, MemoryStore> = Layer.effect(LaunchQueue, make)
