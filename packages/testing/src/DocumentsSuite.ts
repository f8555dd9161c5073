import { layer as withLayer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import { Documents, type Range, type Writer } from "@sweepline/core/Documents"
import { assert } from "./internal/assert.js"

/** What every store of documents does. */
export const suite = <E>(name: string, layer: Layer.Layer<Documents, E>): void =>
  withLayer(layer)(`Documents (${name})`, (it) => {
    it.effect("keeps the last text of a key until it is removed", () =>
      Effect.gen(function* () {
        const documents = yield* Documents
        const read = documents.read((reader) => reader.get("one/a"))
        assert.isUndefined(yield* read)
        yield* documents.write((writer) => {
          writer.set("one/a", "first")
          writer.set("one/a", "é\n\u{1f680}")
        })
        assert.strictEqual(yield* read, "é\n\u{1f680}")
        yield* documents.write((writer) => writer.remove("one/a"))
        assert.isUndefined(yield* read)
      })
    )

    it.effect("lists the keys of a prefix in order, either way", () =>
      Effect.gen(function* () {
        const documents = yield* Documents
        yield* documents.write((writer) => {
          for (const key of ["l/b", "l/a", "l/d", "l/c", "l0", "l", "k/z", "l/c/1"]) writer.set(key, key.toUpperCase())
        })
        const keys = (range: Range) => documents.read((reader) => reader.list(range).map(([key]) => key))
        assert.deepStrictEqual(yield* keys({ prefix: "l/" }), ["l/a", "l/b", "l/c", "l/c/1", "l/d"])
        assert.deepStrictEqual(yield* keys({ prefix: "l/", limit: 2 }), ["l/a", "l/b"])
        assert.deepStrictEqual(yield* keys({ prefix: "l/", after: "l/b", limit: 2 }), ["l/c", "l/c/1"])
        assert.deepStrictEqual(yield* keys({ prefix: "l/", from: "l/c" }), ["l/c", "l/c/1", "l/d"])
        assert.deepStrictEqual(yield* keys({ prefix: "l/", reverse: true, limit: 2 }), ["l/d", "l/c/1"])
        assert.deepStrictEqual(yield* keys({ prefix: "l/", reverse: true, after: "l/c" }), ["l/b", "l/a"])
        assert.deepStrictEqual(yield* keys({ prefix: "l/", limit: 0 }), [])
        assert.deepStrictEqual(yield* keys({ prefix: "nothing/" }), [])
        const entries = yield* documents.read((reader) => reader.list({ prefix: "l/a" }))
        assert.deepStrictEqual(entries, [["l/a", "L/A"]])
      })
    )

    it.effect("reads within a write what the write wrote", () =>
      Effect.gen(function* () {
        const documents = yield* Documents
        const count = (writer: Writer) => {
          const next = Number(writer.get("count") ?? 0) + 1
          writer.set("count", String(next))
          return Number(writer.get("count"))
        }
        const counted = yield* Effect.all(
          Array.from({ length: 20 }, () => documents.write(count)),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(
          [...counted].sort((a, b) => a - b),
          Array.from({ length: 20 }, (_, n) => n + 1)
        )
      })
    )

    it.effect("writes nothing when the body throws", () =>
      Effect.gen(function* () {
        const documents = yield* Documents
        yield* documents.write((writer) => {
          writer.set("kept", "before")
          writer.set("removed", "before")
        })
        const exit = yield* Effect.exit(
          documents.write((writer) => {
            writer.set("kept", "after")
            writer.remove("removed")
            writer.set("new", "after")
            throw new Error("boom")
          })
        )
        assert.strictEqual(exit._tag, "Failure")
        const values = yield* documents.read((reader) => ["kept", "removed", "new"].map(reader.get))
        assert.deepStrictEqual(values, ["before", "before", undefined])
      })
    )
  })
