import * as NodeContext from "@effect/platform-node/NodeContext"
import { assert, describe, it } from "@effect/vitest"
import { SweepStore } from "@sweepline/embedded/SweepStore"
import { Effect, Layer } from "effect"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import * as Local from "../src/Local.js"
import * as SweepSettings from "../src/SweepSettings.js"
import { binary, folder } from "./fixtures/program.js"

/** The program with a socket as its standard input, as programs start others. */
const start = (...args: ReadonlyArray<string>) => {
  const child = spawn(process.execPath, [binary, ...args], { stdio: ["pipe", "pipe", "pipe"] })
  const printed = { stdout: "", stderr: "" }
  child.stdout.setEncoding("utf8").on("data", (text: string) => (printed.stdout += text))
  child.stderr.setEncoding("utf8").on("data", (text: string) => (printed.stderr += text))
  return { child, ended: once(child, "close").then(([code]) => ({ code, ...printed })) }
}

const config = "\ufeffprogram: train.py\nmethod: grid\nparameters:\n  size: {values: [größer, kleiner]}\n"

describe("a config on standard input", () => {
  it("is read from a socket", async () => {
    const { child, ended } = start("validate", "-")
    child.stdin.end(config)
    const { code, stderr, stdout } = await ended
    assert.strictEqual(code, 0, stderr)
    assert.include(stdout, "2 runs")
  })

  it("replaces that of a sweep also where somebody edits the sweep while it is waited for", async (test) => {
    const dir = join(folder(test), ".sweepline")
    const store = <A, E>(use: (store: SweepStore["Type"]) => Effect.Effect<A, E>) =>
      Effect.runPromise(
        Effect.flatMap(SweepStore, use).pipe(
          Effect.provide(Layer.provideMerge(Local.layer(dir, { create: true }), NodeContext.layer))
        )
      )
    const settings = SweepSettings.defaults("/")
    const sweep = await store(({ create }) =>
      create({ config, name: "", seed: 1, settings: SweepSettings.encode(settings) })
    )
    const { child, ended } = start("edit", "--file", "-", "--dir", dir)
    // More than the socket holds: once this is written, the program waits for the rest.
    await new Promise((resolve) => child.stdin.write(`${config}run_cap: 1\n#${" ".repeat(2 ** 20)}`, resolve))
    const other = SweepSettings.encode({ ...settings, retries: 3 })
    await store(({ setTerms }) =>
      setTerms(sweep, {
        was: { config, settings: SweepSettings.encode(settings) },
        terms: { config, settings: other }
      })
    )
    child.stdin.end("\n")
    const { code, stderr } = await ended
    assert.strictEqual(code, 0, stderr)
    const now = await store(({ terms }) => terms(sweep))
    assert.include(now.config, "run_cap: 1")
    assert.strictEqual(now.settings, other)
  })

  it("is not waited for after the first Ctrl-C", async () => {
    const { child, ended } = start("validate", "-")
    // More than the socket holds: once this is written, the program reads, and has said what signals mean.
    await new Promise((resolve) => child.stdin.write(`${config}#${" ".repeat(2 ** 20)}`, resolve))
    child.kill("SIGINT")
    const { code, stderr } = await ended
    assert.strictEqual(code, 130, stderr)
  })
})
