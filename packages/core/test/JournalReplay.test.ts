import { assert, describe, it } from "@effect/vitest"
import { Chunk, Effect, Option, Stream } from "effect"
import type { Event } from "../src/Event.js"
import * as Journal from "../src/Journal.js"
import { SweepId } from "../src/SweepId.js"

const sweep = SweepId.make("k3p9x0qa")
const pageSize = 1000

const event = (at: number): Event => ({ _tag: "WorkerRefused", at, worker: 0, detail: "full" })

/** A journal of texts that is read page by page, and how many pages were. */
const world = (texts: ReadonlyArray<string>) => {
  let pages = 0
  const journal = Journal.makeEncoded({
    append: () => Effect.void,
    snapshot: () => Effect.succeedNone,
    keep: () => Effect.void,
    replay: (_, from) =>
      Stream.paginateChunkEffect(from, (first) =>
        Effect.sync(() => {
          pages++
          const next = first + pageSize
          return [Chunk.fromIterable(texts.slice(first, next)), Option.liftPredicate(next, (n) => n < texts.length)]
        })
      )
  })
  return { journal, pages: () => pages }
}

const texts = Array.from({ length: 2500 }, (_, at) => Journal.encode(event(at)))

/** What comes of a replay, and in how many pieces. */
const replayed = (self: Journal.Journal["Type"]) =>
  Effect.gen(function* () {
    const told: Array<Event> = []
    let pieces = 0
    const end = yield* self.replay(sweep).pipe(
      Stream.runForEachChunk((events) =>
        Effect.sync(() => {
          pieces++
          told.push(...events)
        })
      ),
      Effect.either
    )
    return { told, pieces, end: end._tag }
  })

describe("a journal that is replayed", () => {
  it.effect("comes in the pages in which it is read", () =>
    Effect.gen(function* () {
      const { told, ...rest } = yield* replayed(world(texts).journal)
      assert.deepStrictEqual(rest, { pieces: 3, end: "Right" })
      assert.deepStrictEqual(
        told,
        texts.map((_, at) => event(at))
      )
    })
  )

  it.effect("tells what comes before an event that can't be read, and then refuses", () =>
    Effect.gen(function* () {
      const { journal, pages } = world(texts.with(1500, '{"v":2}'))
      const { end, told } = yield* replayed(journal)
      assert.deepStrictEqual([told.length, end, pages()], [1500, "Left", 2])
    })
  )

  it.effect("isn't read further than somebody wants to know", () =>
    Effect.gen(function* () {
      const { journal, pages } = world(texts)
      const some = yield* journal.replay(sweep).pipe(
        Stream.takeWhile(({ at }) => at < 10),
        Stream.runCount
      )
      assert.deepStrictEqual([some, pages()], [10, 1])
    })
  )
})
