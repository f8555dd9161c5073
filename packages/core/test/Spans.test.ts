import { assert, describe, it } from "@effect/vitest"
import { Effect, Tracer } from "effect"
import { spans } from "../src/internal/spans.js"

describe("spans around each run's work", () => {
  it.effect("aren't made where there is only the tracer that every program has", () =>
    Effect.gen(function* () {
      const { around, read } = yield* spans
      const work = Effect.succeed(1)
      assert.isFalse(read)
      assert.strictEqual(around(work, "LaunchAgent.execute", {}), work)
    })
  )

  it.effect("are made for a tracer that somebody has set", () =>
    Effect.gen(function* () {
      const names: Array<string> = []
      const own = yield* Effect.tracer
      const listening = Tracer.make({
        context: (f) => f(),
        span: (name, ...rest) => {
          names.push(name)
          return own.span(name, ...rest)
        }
      })
      const { around } = yield* Effect.withTracer(spans, listening)
      yield* Effect.withTracer(around(Effect.void, "LaunchAgent.execute", {}), listening)
      assert.deepStrictEqual(names, ["LaunchAgent.execute"])
    })
  )
})
