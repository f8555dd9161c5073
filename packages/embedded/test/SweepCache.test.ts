import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, TestClock } from "effect"
import { join } from "node:path"
import * as Database from "../src/Database.js"
import * as Notices from "../src/Notices.js"
import * as SweepCache from "../src/SweepCache.js"
import * as SweepStore from "../src/SweepStore.js"
import { config, folder } from "./support.js"

describe("the sweeps that a process remembers", () => {
  it.scoped("are all those at work, and of the others those that were used last", () =>
    remembering(
      Effect.gen(function* () {
        const cache = yield* SweepCache.SweepCache
        const store = yield* SweepStore.SweepStore
        const sweeps = yield* Effect.replicateEffect(
          store.create({ config: config(), name: "", seed: 1, settings: undefined }),
          100
        )
        const known = yield* Effect.forEach(sweeps, cache.get)
        const isKnown = (n: number) => Effect.map(cache.get(sweeps[n] ?? assert.fail()), (sweep) => sweep === known[n])
        yield* TestClock.adjust("59 seconds")
        for (let n = 0; n < 100; n++) assert.isTrue(yield* isKnown(n))
        yield* TestClock.adjust("2 minutes")
        assert.deepStrictEqual(yield* Effect.forEach([99, 37, 36, 35], isKnown), [true, true, true, false])
      })
    )
  )

  it.scoped("are forgotten also after the clock was set back", () =>
    remembering(
      Effect.gen(function* () {
        const cache = yield* SweepCache.SweepCache
        const store = yield* SweepStore.SweepStore
        const create = store.create({ config: config(), name: "", seed: 1, settings: undefined })
        yield* TestClock.setTime(86_400_000)
        const first = yield* create
        const known = yield* cache.get(first)
        yield* TestClock.setTime(0)
        yield* Effect.replicateEffect(Effect.flatMap(create, cache.get), 64)
        assert.notStrictEqual(yield* cache.get(first), known)
      })
    )
  )

  it.scoped("are read as they are now, also where one is edited while somebody reads it", () =>
    remembering(
      Effect.gen(function* () {
        const cache = yield* SweepCache.SweepCache
        const store = yield* SweepStore.SweepStore
        const was = { config: config(), settings: undefined }
        const terms = { config: config("run_cap: 3\n"), settings: undefined }
        // Who reads lets others have their turn after so many steps, and after as many again.
        for (let steps = 12; steps < 50; steps++) {
          for (let turns = 0; turns < 2; turns++) {
            const sweep = yield* store.create({ ...was, name: "", seed: 1 })
            const reading = yield* Effect.fork(Effect.withMaxOpsBeforeYield(cache.get(sweep), steps))
            yield* Effect.repeatN(Effect.yieldNow(), turns)
            yield* store.setTerms(sweep, { was, terms })
            yield* Fiber.join(reading)
            assert.strictEqual((yield* cache.get(sweep)).config.runCap, 3, `${steps} steps, ${turns} turns`)
          }
        }
      })
    )
  )
})

// fixtures

/** Over a database of its own. */
const remembering = <A, E, R>(body: Effect.Effect<A, E, R>) =>
  Effect.flatMap(folder, (path) => Effect.provide(body, layer(path)))

const layer = (path: string) =>
  SweepStore.layer.pipe(
    Layer.provideMerge(SweepCache.layer),
    Layer.provide(Notices.layer({ watch: false })),
    Layer.provide(Database.layer({ path: join(path, "sweepline.db") }))
  )
