import { assert, describe, it } from "@effect/vitest"
import * as NodeContext from "@effect/platform-node/NodeContext"
import { Effect } from "effect"
import { execFileSync, spawn } from "node:child_process"
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as FileOutput from "../src/FileOutput.js"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "sweepline-output-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true }))
)

const write = (file: string, text: string) => Effect.provide(FileOutput.write(file, text), NodeContext.layer)

describe("an export into a file", () => {
  it.scoped("replaces it whole, and leaves nothing beside it", () =>
    Effect.gen(function* () {
      const file = join(yield* folder, "runs.csv")
      yield* write(file, "a long first text")
      yield* write(file, "second")
      assert.strictEqual(readFileSync(file, "utf8"), "second")
      assert.deepStrictEqual(readdirSync(join(file, "..")), ["runs.csv"])
    })
  )

  it.scoped("follows a link, which stays one", () =>
    Effect.gen(function* () {
      const path = yield* folder
      writeFileSync(join(path, "real.csv"), "old")
      symlinkSync("real.csv", join(path, "link.csv"))
      yield* write(join(path, "link.csv"), "new")
      assert.strictEqual(readFileSync(join(path, "real.csv"), "utf8"), "new")
      assert.isTrue(lstatSync(join(path, "link.csv")).isSymbolicLink())
    })
  )

  it.scoped("writes into a pipe or a device, and doesn't put a file in its place", () =>
    Effect.gen(function* () {
      const pipe = join(yield* folder, "pipe")
      execFileSync("mkfifo", [pipe])
      const reader = spawn("cat", [pipe], { stdio: ["ignore", "pipe", "ignore"] })
      const read = new Promise<string>((resolve) => {
        let text = ""
        reader.stdout.on("data", (part) => (text += part)).on("end", () => resolve(text))
      })
      yield* write(pipe, "through")
      assert.strictEqual(yield* Effect.promise(() => read), "through")
      assert.isTrue(lstatSync(pipe).isFIFO())
    })
  )

  it.scoped("that can't be written is refused in a sentence", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const told = (file: string) => Effect.map(Effect.flip(write(file, "")), ({ message }) => message)
      assert.include(yield* told(path), `Could not write ${path}: it is a folder.`)
      assert.include(yield* told(join(path, "none", "runs.csv")), "its folder doesn't exist. Name a file")
      assert.deepStrictEqual(readdirSync(path), [])
    })
  )
})
