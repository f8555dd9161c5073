import { assert, describe, it } from "@effect/vitest"
import { Chunk, Effect, Stream } from "effect"
import * as RunOutput from "../src/RunOutput.js"
import * as FakeServer from "./FakeServer.js"

/** What is read of a run whose server answers these pages, the last one again and again. */
const textsOf = (pages: ReadonlyArray<unknown>) => {
  let asked = 0
  const server = FakeServer.make(
    FakeServer.graph({
      query: {
        project: () => ({
          run: () => ({ state: "finished", logLines: () => pages[Math.min(asked++, pages.length - 1)] })
        })
      }
    })
  )
  return RunOutput.lines("b7d2m4zz").pipe(
    Stream.map(({ text }) => text),
    Stream.runCollect,
    Effect.map((texts) => [Chunk.toReadonlyArray(texts), asked] as const),
    Effect.provide(FakeServer.project(server))
  )
}

const page = (numbers: ReadonlyArray<number | null>, endCursor: string | null, hasNextPage: boolean) => ({
  edges: numbers.map((number) => ({ node: { number, timestamp: null, level: null, line: `line ${number}\n` } })),
  pageInfo: { endCursor, hasNextPage }
})

describe("what a run printed", () => {
  it.effect("is read page by page, each line once also where pages overlap", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* textsOf([page([0, 1], "b", true), page([1, 2], null, false)]), [
        ["line 0", "line 1", "line 2"],
        2
      ])
    })
  )

  it.effect("ends where a server says that there is more, but not where", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* textsOf([page([0], null, true)]), [["line 0"], 1])
      assert.deepStrictEqual(yield* textsOf([page([0], "a", true)]), [["line 0"], 2])
    })
  )

  it.effect("is all lines of a server that doesn't number them, and nothing of a run without any", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* textsOf([page([null, null], null, false)]), [["line null", "line null"], 1])
      assert.deepStrictEqual(yield* textsOf([null]), [[], 1])
    })
  )
})
