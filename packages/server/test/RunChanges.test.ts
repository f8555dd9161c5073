import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Documents } from "@sweepline/core/Documents"
import * as MemoryDocuments from "@sweepline/core/MemoryDocuments"
import * as RunChanges from "../src/RunChanges.js"

const place = { entity: "ent", project: "pröj/1" }

describe("Changes of runs", () => {
  it.effect("are told since a mark, each run once, and not where that was too long ago", () =>
    Effect.gen(function* () {
      const documents = yield* Documents
      const note = (...names: ReadonlyArray<string>) =>
        documents.write((writer) => names.forEach((name) => RunChanges.note(writer, { ...place, name })))
      const since = (mark: number) => documents.read((reader) => RunChanges.since(reader, place, mark))
      yield* note("a", "b")
      const mark = yield* documents.read((reader) => RunChanges.last(reader, place))
      assert.deepStrictEqual(yield* since(0), new Set(["a", "b"]))
      assert.deepStrictEqual(yield* since(mark), new Set())
      yield* note("c", "b", "c")
      assert.deepStrictEqual(yield* since(mark), new Set(["c", "b"]))
      yield* note(...Array.from({ length: 3000 }, (_, n) => `r${n}`))
      assert.strictEqual(yield* since(mark), undefined)
      assert.deepStrictEqual(yield* since(3003), new Set(["r2998", "r2999"]))
      // What is kept doesn't grow.
      assert.isBelow(yield* documents.read((reader) => reader.list({ prefix: "" }).length), 2100)
    }).pipe(Effect.provide(MemoryDocuments.layer))
  )
})
