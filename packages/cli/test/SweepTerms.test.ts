import * as NodeContext from "@effect/platform-node/NodeContext"
import { assert, describe, it } from "@effect/vitest"
import { SweepStore } from "@sweepline/embedded/SweepStore"
import { Effect, Layer, Option } from "effect"
import { join } from "node:path"
import * as Local from "../src/Local.js"
import * as SweepSettings from "../src/SweepSettings.js"
import * as SweepTerms from "../src/SweepTerms.js"
import { folder } from "./fixtures/program.js"

const config = (runCap: number) =>
  `program: run.sh\nmethod: random\nrun_cap: ${runCap}\nparameters: {x: {min: 0.0, max: 1.0}}\n`

describe("the terms of a sweep", () => {
  it.scoped("keep both changes of two people who make them at the same moment", (test) => {
    const cwd = folder(test)
    return Effect.gen(function* () {
      const store = yield* SweepStore
      const settings = SweepSettings.encode(SweepSettings.defaults(cwd))
      const sweep = yield* store.create({ config: config(5), name: "", seed: 1, settings })
      const [seen, made]: [Array<string>, Array<SweepTerms.SweepTerms>] = [[], []]
      const retried = SweepTerms.change(sweep, ({ config, settings }) =>
        Effect.map(SweepSettings.orDefaults(settings), (now) => ({ config, settings: { ...now, retries: 3 } }))
      )
      made.push(
        yield* SweepTerms.change(
          sweep,
          Effect.fnUntraced(function* (now) {
            seen.push(now.config)
            // The other one is faster, the first time.
            if (seen.length === 1) made.push(yield* retried)
            return { config: config(9), settings: yield* SweepSettings.orDefaults(now.settings) }
          })
        )
      )
      assert.deepStrictEqual(seen, [config(5), config(5)])
      assert.deepStrictEqual(
        made.map(({ config, settings }) => [config, settings.retries]),
        [
          [config(5), 3],
          [config(9), 3]
        ]
      )
      const { config: text, settings: kept } = yield* store.terms(sweep)
      assert.strictEqual(text, config(9))
      assert.deepInclude(Option.getOrThrow(SweepSettings.decode(kept ?? "")), { retries: 3 })
    }).pipe(
      Effect.provide(Layer.provideMerge(Local.layer(join(cwd, ".sweepline"), { create: true }), NodeContext.layer))
    )
  })
})
