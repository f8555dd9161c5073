import * as NodeContext from "@effect/platform-node/NodeContext"
import { assert, describe, it } from "@effect/vitest"
import { SweepStore } from "@sweepline/embedded/SweepStore"
import { Effect, Layer } from "effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import type { TestContext } from "vitest"
import * as Local from "../src/Local.js"
import * as SweepSettings from "../src/SweepSettings.js"
import * as InProcess from "./fixtures/inProcess.js"
import { folder, last } from "./fixtures/program.js"

describe("a bound of a live sweep", () => {
  it.scoped("is moved, and taken away with none", (test) =>
    Effect.gen(function* () {
      const { bounds, edit, runCap } = yield* bounded(test)
      yield* edit("--deadline", "90m", "--budget", "5gpuh", "--run-cap", "12", "--retries", "3")
      assert.deepInclude(yield* bounds, { deadline: "1970-01-01T01:30:00.000Z", gpuHours: 5, retries: 3 })
      assert.strictEqual(yield* runCap, 12)

      yield* edit("--deadline", "none", "--budget", "none", "--run-cap", "none", "--retries", "0")
      assert.deepInclude(yield* bounds, { deadline: null, gpuHours: null, retries: 0 })
      assert.isNull(yield* runCap)
    })
  )

  it.scoped("is kept where another one is edited", (test) =>
    Effect.gen(function* () {
      const { bounds, edit, runCap } = yield* bounded(test)
      yield* edit("--deadline", "none")
      assert.deepInclude(yield* bounds, { deadline: null, gpuHours: 1, retries: 1 })
      assert.strictEqual(yield* runCap, 50)
    })
  )

  it.scoped("is not changed by what is no bound", (test) =>
    Effect.gen(function* () {
      const { dir } = yield* bounded(test)
      for (const [option, value] of [
        ["--deadline", "never"],
        ["--budget", "0"],
        ["--run-cap", "0"],
        ["--retries", "none"]
      ] as const) {
        const { code, stderr } = yield* InProcess.run(["edit", option, value, "--dir", dir])
        assert.strictEqual(code, 2, `${option} ${value}`)
        assert.include(stderr, `"${value}"`)
      }
    })
  )

  it.scoped("is not changed together with a file that is no config: what is wrong there is told", (test) =>
    Effect.gen(function* () {
      const { cwd, dir } = yield* bounded(test)
      const file = join(cwd, "new.yaml")
      for (const text of ["method: [grid\n", "- method: grid\n"]) {
        writeFileSync(file, text)
        const { code, stderr } = yield* InProcess.run(["edit", "--file", file, "--run-cap", "5", "--dir", dir])
        assert.strictEqual(code, 2, stderr)
        assert.include(stderr, `${file}:1:`)
      }
    })
  )
})

// internal

const config = `program: run.sh
method: random
run_cap: 50
parameters: {x: {min: 0.0, max: 1.0}}
`

/** A sweep that keeps to a deadline, a budget and a run_cap, and that nobody has begun to work on. */
const bounded = Effect.fnUntraced(function* (test: TestContext) {
  const cwd = folder(test)
  const dir = join(cwd, ".sweepline")
  yield* Effect.flatMap(SweepStore, (store) =>
    store.create({
      config,
      name: "bounded",
      seed: 1,
      settings: SweepSettings.encode({
        ...SweepSettings.defaults(cwd),
        deadline: 1e6,
        budget: 1,
        retries: 1
      }),
      prior: []
    })
  ).pipe(Effect.provide(Layer.provideMerge(Local.layer(dir, { create: true }), NodeContext.layer)))
  const shown = (...args: ReadonlyArray<string>) =>
    Effect.map(InProcess.run([...args, "--json", "--dir", dir]), ({ stdout }) => last(stdout))
  return {
    cwd,
    dir,
    edit: (...args: ReadonlyArray<string>) =>
      Effect.map(InProcess.run(["edit", ...args, "--dir", dir]), ({ code, stderr }) =>
        assert.strictEqual(code, 0, stderr)
      ),
    bounds: shown("show", "--why"),
    runCap: Effect.map(shown("list"), (sweep) => sweep?.["runCap"] ?? null)
  }
})
