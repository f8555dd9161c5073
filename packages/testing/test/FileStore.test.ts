import * as NodeContext from "@effect/platform-node/NodeContext"
import { assert, describe, it } from "@effect/vitest"
import { Chunk, Effect, Layer, Option, Stream } from "effect"
import { readdirSync } from "node:fs"
import { join } from "node:path"
import * as FileStore from "@sweepline/server/FileStore"
import { temporaryFolder } from "./sqlite.js"

const bytes = (text: string) => Stream.make(new TextEncoder().encode(text))

const textAt = (path: string) =>
  Effect.gen(function* () {
    const found = yield* (yield* FileStore.FileStore).get(path)
    if (Option.isNone(found)) return undefined
    const chunks = yield* Stream.runCollect(found.value)
    return Buffer.concat(Chunk.toReadonlyArray(chunks)).toString("utf8")
  })

describe("The files of a server, in a folder", () => {
  it.scoped("have names that no filesystem would take, and stay below the folder", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      yield* Effect.gen(function* () {
        const store = yield* FileStore.FileStore
        const long = "ç".repeat(200)
        const names = ["..\\..\\x", "a\nb", "%2e%2e", "CON:", long, `${long}!`, "x".repeat(255), "x".repeat(220)]
        for (const name of names) yield* store.put(`runs/${name}`, bytes(name))
        for (const name of names) assert.strictEqual(yield* textAt(`runs/${name}`), name)
        assert.strictEqual(readdirSync(join(folder, "files/runs")).length, names.length)
        assert.deepStrictEqual(readdirSync(folder), ["files"])
      }).pipe(Effect.provide(layerIn(folder)))
    })
  )

  it.scoped("can't be below one another, which no repeated request would change", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      yield* Effect.gen(function* () {
        const store = yield* FileStore.FileStore
        yield* store.put("a", bytes("a"))
        yield* store.put("b/c", bytes("c"))
        for (const path of ["a/b", "b"]) {
          const error = yield* Effect.flip(store.put(path, bytes("x")))
          assert.deepInclude({ ...error }, { _tag: "CommError", status: 409, retryable: false }, path)
        }
        assert.deepStrictEqual([yield* textAt("a"), yield* textAt("b/c")], ["a", "c"])
        assert.deepStrictEqual(readdirSync(join(folder, "files")).sort(), ["a", "b"])
        yield* store.remove("b")
        yield* store.remove("none")
        assert.deepStrictEqual([yield* textAt("a"), yield* textAt("b/c")], ["a", undefined])
      }).pipe(Effect.provide(layerIn(folder)))
    })
  )
})

const layerIn = (folder: string) => Layer.provide(FileStore.layerDirectory(join(folder, "files")), NodeContext.layer)
