import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"
import * as Attention from "../src/internal/attention.js"
import { after, launched, type Model, observed, found, run, running, step } from "./SchedulerModelTest.js"

describe("the attention to runs that must show signs of life", () => {
  /** A run that was heard at 0, and a scheduler that looks at these times. */
  const looksAt = (...times: ReadonlyArray<number>) => {
    const attention = Attention.make({ pollInterval: Duration.seconds(1), here: false })
    const heard: Model = after(
      launched(running({ runTimeout: 60_000 }), "a"),
      observed({ runs: [{ run: run("a"), attempt: 1, state: found("running") }] })
    )
    return times.reduce<Model>((model, now) => after(model, ...attention(model, { now, awake: now })), heard)
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

describe("a clock that moves while no time passes for the runs", () => {
  /** What is made of looks at [what the clock says, how long the machine was awake]; the run was launched at 0. */
  const looksAt = (here: boolean, ...moments: ReadonlyArray<readonly [number, number]>) => {
    const attention = Attention.make({ pollInterval: Duration.seconds(1), here })
    return moments.reduce<Model>(
      (model, [now, awake]) => after(model, ...attention(model, { now, awake })),
      launched(running({ runTimeout: 60_000, budget: 100_000, retries: 1 }), "a")
    )
  }
  const hour = 3_600_000
  const suspended = [
    [0, 0],
    [1000, 1000],
    [2000 + hour, 2000]
  ] as const
  const setBack = [
    [0, 0],
    [1000, 1000],
    [2000 - hour, 2000]
  ] as const

  it.each([
    ["was suspended", hour, suspended],
    ["had its clock set back", -hour, setBack]
  ] as const)("on a machine that %s, run and sweep have what time was left to them", (_, by, moments) => {
    const model = looksAt(true, ...moments)
    assert.isFalse(step(model, by + 59_999).ids.includes("stop/a"))
    assert.isTrue(step(model, by + 60_000).ids.includes("stop/a"))
    const heard = after(model, { _tag: "RunActive", at: by + 59_000, run: run("a"), attempt: 1 })
    assert.deepStrictEqual(step(heard, by + 99_999).ids, [])
    assert.deepStrictEqual(step(heard, by + 100_000).ids, ["end/BudgetSpent"])
  })

  it("counts for runs elsewhere, who worked on", () => {
    assert.deepStrictEqual(step(looksAt(false, ...suspended), hour).ids, ["end/BudgetSpent"])
  })

  it("is one that was set by more than a moment", () => {
    const model = looksAt(true, [0, 0], [1900, 1000])
    assert.strictEqual(model.runs.get(run("a"))?.since, 0)
  })
})
