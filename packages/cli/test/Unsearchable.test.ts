import * as NodeContext from "@effect/platform-node/NodeContext"
import { assert, describe, it } from "@effect/vitest"
import { SweepStore } from "@sweepline/embedded/SweepStore"
import { Effect, Layer } from "effect"
import { existsSync } from "node:fs"
import { join } from "node:path"
import * as Local from "../src/Local.js"
import * as SweepSettings from "../src/SweepSettings.js"
import * as InProcess from "./fixtures/inProcess.js"
import { folder, last } from "./fixtures/program.js"

const refusal = "There is no sampler 'NSGAII' here: name one of gp, tpe, cmaes, qmc, random."

describe("a config by which nothing here can search", () => {
  it.scoped("is refused by what would run it, before anything is written", (test) =>
    Effect.gen(function* () {
      const cwd = folder(test, { "sweep.yaml": configOf("NSGAII") })
      const file = join(cwd, "sweep.yaml")
      const dir = join(cwd, ".sweepline")
      for (const args of [
        ["run", file],
        ["run", file, "--dry-run"],
        ["plan", file, "--duration", "1m"]
      ]) {
        const { code, stderr, stdout } = yield* InProcess.run([...args, "--dir", dir])
        assert.deepStrictEqual(
          { code, stderr, stdout },
          { code: 2, stderr: `sweepline: ${file}: ${refusal}`, stdout: "" }
        )
      }
      assert.isFalse(existsSync(dir))
    })
  )

  it.scoped("is valid all the same, as W&B may know what to do with it, and validate says who doesn't", (test) =>
    Effect.gen(function* () {
      const cwd = folder(test, {
        "sweep.yaml": configOf("NSGAII"),
        "custom.yaml": "method: custom\nparameters: {x: {value: 1}}"
      })
      const validate = (file: string) => InProcess.run(["validate", join(cwd, file), "--json"])
      const { code, stdout } = yield* validate("sweep.yaml")
      assert.deepStrictEqual([code, last(stdout)?.["hints"]], [0, [`sweepline run would refuse it. ${refusal}`]])
      const custom = last((yield* validate("custom.yaml")).stdout)
      assert.include(JSON.stringify(custom?.["hints"]), "method: custom leaves the search to your own Strategy")
    })
  )

  it.scoped("is none that a sweep goes on with", (test) =>
    Effect.gen(function* () {
      const cwd = folder(test)
      const dir = join(cwd, ".sweepline")
      const sweep = yield* stored(cwd, configOf("tpe"))
      const change = "scheduler.settings.sampler.type=NSGAII"
      const { code, stderr } = yield* InProcess.run(["edit", sweep, "--set", change, "--dir", dir])
      assert.deepStrictEqual([code, stderr], [2, `sweepline: the edited config of sweep ${sweep}: ${refusal}`])
    })
  )

  it.scoped("may be edited where it was one before: a Strategy of somebody's own goes by it", (test) =>
    Effect.gen(function* () {
      const cwd = folder(test)
      const sweep = yield* stored(cwd, "program: run.sh\nmethod: custom\nparameters: {x: {value: 1}}\n")
      const { code, stderr } = yield* InProcess.run(["edit", sweep, "--run-cap", "5", "--dir", join(cwd, ".sweepline")])
      assert.deepStrictEqual([code, stderr], [0, ""])
    })
  )
})

// internal

/** A sweep of a config, in the state folder of a working folder. */
const stored = (cwd: string, config: string) =>
  Effect.flatMap(SweepStore, (store) =>
    store.create({
      config,
      name: "live",
      seed: 1,
      settings: SweepSettings.encode(SweepSettings.defaults(cwd)),
      prior: []
    })
  ).pipe(Effect.provide(Layer.provideMerge(Local.layer(join(cwd, ".sweepline"), { create: true }), NodeContext.layer)))

const configOf = (sampler: string) => `program: run.sh
method: bayes
run_cap: 5
metric: {name: loss}
parameters: {x: {min: 0.0, max: 1.0}}
scheduler: {settings: {sampler: {type: ${sampler}}}}
`
