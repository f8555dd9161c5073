import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"
import * as Attention from "../src/internal/attention.js"
import { after, launched, type Model, observed, found, run, running, step } from "./SchedulerModelTest.js"

describe("the attention to runs that must show signs of life", () => {
  /** A run that was heard at 0, and a scheduler that looks at these times. */
  const looksAt = (...times: ReadonlyArray<number>) => {
    const attention = Attention.make(Duration.seconds(1))
    const heard: Model = after(
      launched(running({ runTimeout: 60_000 }), "a"),
      observed({ runs: [{ run: run("a"), attempt: 1, state: found("running") }] })
    )
    return times.reduce<Model>((model, now) => after(model, ...attention(model, now)), heard)
  }
  const isStopped = (model: Model, now: number) => step(model, now).ids.includes("stop/a")

  it("doesn't count the time in which nobody looked", () => {
    const model = looksAt(0, 1000, 3_601_000)
    assert.isFalse(isStopped(model, 3_601_000))
    assert.isTrue(isStopped(model, 3_665_000))
  })

  it("stops a silent run also where passes are late again and again", () => {
    const model = looksAt(...Array.from({ length: 32 }, (_, index) => index * 2100))
    assert.isFalse(isStopped(model, 31 * 2100))
    const slower = looksAt(...Array.from({ length: 64 }, (_, index) => index * 2100))
    assert.isTrue(isStopped(slower, 63 * 2100))
  })

  it("counts a look that is a moment late", () => {
    assert.isTrue(isStopped(looksAt(0, 1900, 3800), 60_000))
  })
})
