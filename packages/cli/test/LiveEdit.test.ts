import * as NodeContext from "@effect/platform-node/NodeContext"
import { assert, describe, it } from "@effect/vitest"
import { CommError } from "@sweepline/core/CommError"
import type { PolicyChange } from "@sweepline/core/Policy"
import { SweepApi } from "@sweepline/core/SweepApi"
import { SweepStore } from "@sweepline/embedded/SweepStore"
import { Effect, Fiber, Layer, Logger, Stream, TestClock } from "effect"
import * as LiveEdit from "../src/LiveEdit.js"
import * as SweepSettings from "../src/SweepSettings.js"
import { sweep } from "./fixtures/reports.js"

describe("an edit of a sweep that is run", () => {
  it.scoped("is heeded a little later where its first look fails, also where nothing else changes", () =>
    Effect.gen(function* () {
      let workers = 1
      let isBusy = false
      const heeded: Array<number | undefined> = []
      const settings = Effect.suspend(() =>
        isBusy
          ? new CommError({ reason: "Timeout", operation: "read the settings", detail: "", retryable: true })
          : Effect.succeedSome(SweepSettings.encode({ ...SweepSettings.defaults("/"), workers }))
      )
      let looks = 0
      const store = Layer.mock(SweepStore, {
        settings: () =>
          Effect.suspend(() => {
            looks += 1
            // The look that sees the edit reads its settings once more.
            isBusy = looks === 3
            return settings
          })
      })
      const api = Layer.mock(SweepApi, {
        sweep: () => Effect.succeed(sweep),
        changes: () => Stream.never
      })
      yield* Effect.gen(function* () {
        const edits = yield* LiveEdit.make(sweep.id)
        workers = 3
        const running = { edit: (change: PolicyChange) => Effect.sync(() => void heeded.push(change.workers)) }
        const following = yield* Effect.fork(edits.follow(running, { extend: () => Effect.void }))
        yield* TestClock.adjust("30 seconds")
        yield* Fiber.interrupt(following)
      }).pipe(Effect.provide(Layer.mergeAll(store, api, NodeContext.layer)))
      assert.deepStrictEqual(heeded, [3])
    })
  )

  it.scoped("says once why it can't be heeded, however often it is looked at", () =>
    Effect.gen(function* () {
      const said: Array<unknown> = []
      const logger = Logger.replace(
        Logger.defaultLogger,
        Logger.make(({ message }) => void said.push(message))
      )
      let isBusy = false
      const settings = Effect.suspend(() =>
        isBusy
          ? new CommError({ reason: "Timeout", operation: "read the settings", detail: "", retryable: true })
          : Effect.succeedSome(SweepSettings.encode(SweepSettings.defaults("/")))
      )
      const store = Layer.mock(SweepStore, { settings: () => settings })
      const api = Layer.mock(SweepApi, { sweep: () => Effect.succeed(sweep), changes: () => Stream.never })
      yield* Effect.gen(function* () {
        const edits = yield* LiveEdit.make(sweep.id)
        isBusy = true
        yield* Effect.fork(edits.follow({ edit: () => Effect.void }, { extend: () => Effect.void }))
        yield* TestClock.adjust("1 minute")
        assert.lengthOf(said, 1)
        isBusy = false
        yield* TestClock.adjust("10 seconds")
        isBusy = true
        yield* TestClock.adjust("1 minute")
        assert.lengthOf(said, 2)
      }).pipe(Effect.provide(Layer.mergeAll(store, api, NodeContext.layer, logger)))
    })
  )
})
