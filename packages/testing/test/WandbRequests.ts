import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as ImpatientClock from "./ImpatientClock.js"
import * as WandbWorld from "./WandbWorld.js"

describe("a poll", () => {
  const polls = 4
  for (const [workers, requests] of [
    [8, 1],
    [64, 1],
    [1000, 4]
  ] as const) {
    it.live(
      `of ${workers} active runs and workers takes ${requests} query ${requests === 1 ? "request" : "requests"} and as many heartbeats`,
      () =>
        ImpatientClock.run(
          Effect.gen(function* () {
            const world = yield* WandbWorld.make()
            const sweep = yield* WandbWorld.newSweep(world, 2 * workers)
            const added = new Set<string>()
            yield* Effect.forkScoped(
              WandbWorld.schedule(world, sweep, workers, (_, message, run) => {
                if (message === "Added run to queue") added.add(run)
              })
            )
            // Nobody launches them: the runs stay in the queue, and their workers are busy.
            while (added.size < workers) yield* Effect.sleep("5 seconds")
            yield* Effect.sleep("5 seconds")
            const before = new Map(world.requests)
            yield* Effect.sleep("20 seconds")
            const asked = (operation: string) => (world.requests.get(operation) ?? 0) - (before.get(operation) ?? 0)
            assert.strictEqual(asked("Reads"), polls * requests)
            assert.strictEqual(asked("Heartbeats"), polls * requests)
            for (const [operation, count] of world.requests) {
              if (["Reads", "Heartbeats", "file_stream"].includes(operation)) continue
              assert.strictEqual(count - (before.get(operation) ?? 0), 0, operation)
            }
          }).pipe(Effect.scoped)
        ),
      300_000
    )
  }
})
