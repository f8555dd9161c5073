import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { join } from "node:path"
import * as Database from "../src/Database.js"
import * as Notices from "../src/Notices.js"
import * as SweepCache from "../src/SweepCache.js"
import * as SweepStore from "../src/SweepStore.js"
import { config, folder } from "./support.js"

/** A cache, and so many sweeps in its database. */
const cacheOf = Effect.fnUntraced(function* (sweeps: number) {
  const path = join(yield* folder, "sweepline.db")
  const layer = Layer.provideMerge(
    SweepStore.layer,
    Layer.merge(SweepCache.layer, Notices.layer({})).pipe(Layer.provideMerge(Database.layer({ path })))
  )
  const context = yield* Layer.build(layer)
  const create = Effect.flatMap(SweepStore.SweepStore, (store) =>
    store.create({ name: "sweep", config: config(), seed: 1, settings: undefined })
  )
  const ids = yield* Effect.provide(Effect.replicateEffect(create, sweeps), context)
  return { ids, cache: yield* Effect.provide(SweepCache.SweepCache, context) }
})

describe("what a process remembers of sweeps", () => {
  it.scoped("is the same for all who ask at once", () =>
    Effect.gen(function* () {
      const { cache, ids } = yield* cacheOf(1)
      const [id = assert.fail()] = ids
      const [one, other] = yield* Effect.all([cache.get(id), cache.get(id)], { concurrency: 2 })
      assert.strictEqual(one, other)
      assert.strictEqual(yield* cache.get(id), one)
    })
  )

  it.scoped("ends with the sweeps that it had to do with long ago, and is read again for them", () =>
    Effect.gen(function* () {
      const { cache, ids } = yield* cacheOf(65)
      const [kept = assert.fail(), left = assert.fail(), ...others] = ids
      const before = { kept: yield* cache.get(kept), left: yield* cache.get(left) }
      yield* cache.get(kept)
      yield* Effect.forEach(others, cache.get)
      assert.strictEqual(yield* cache.get(kept), before.kept)
      const again = yield* cache.get(left)
      assert.notStrictEqual(again, before.left)
      assert.deepStrictEqual(again.config, before.left.config)
    })
  )
})
