import { assert, describe, it } from "@effect/vitest"
import * as FailureGuard from "../src/FailureGuard.js"
import { RunId } from "../src/RunId.js"
import type { RunState } from "../src/RunState.js"

describe("FailureGuard", () => {
  it("trips when three different runs failed within a minute and none finished", () => {
    assert.isTrue(trips([failed("a", 100, 101), ended("b", "crashed", 101, 102), failed("c", 102, 160)]))
  })

  for (const [what, endings] of [
    ["two runs", [failed("a", 0, 1), failed("b", 1, 2)]],
    ["attempts of the same run", [failed("a", 0, 1), failed("a", 1, 2), failed("a", 2, 3)]],
    ["a failure after the first minute", [failed("a", 100, 101), failed("b", 101, 102), failed("c", 102, 161)]],
    ["runs that were stopped", [failed("a", 0, 1), ended("b", "killed", 1, 2), ended("c", "preempted", 2, 3)]],
    ["runs of which nobody saw the start", [failed("a", 0, 1), unseen("b", 2), unseen("c", 3)]],
    [
      "a run that finishes after them",
      [failed("a", 0, 1), failed("b", 1, 2), failed("c", 2, 3), ended("x", "finished", 0, 4)]
    ],
    [
      "as many failures as you like once a run finished",
      [failed("a", 0, 1), ended("x", "finished", 0, 2), failed("b", 1, 3), failed("c", 2, 4), failed("d", 3, 5)]
    ]
  ] as const) {
    it(`doesn't trip for ${what}`, () => assert.isFalse(trips(endings)))
  }

  it("doesn't trip while a run lives that has outlived every failure", () => {
    const endings = [failed("a", 0, 1), failed("b", 1, 3), failed("c", 3, 4)]
    assert.isFalse(trips(endings, [0]))
    for (const since of [2_000, 3_000]) assert.isTrue(trips(endings, [since]))
  })

  it("never trips when it isn't armed", () => {
    assert.isFalse(trips([failed("a", 0, 1), failed("b", 1, 2), failed("c", 2, 3)], [], false))
  })
})

// fixtures

/** A run that ended; times in seconds. */
const ended = (name: string, state: RunState, from: number, to: number) => ({
  run: RunId.make(name),
  state,
  startedAt: from * 1000,
  at: to * 1000
})

const unseen = (name: string, to: number) => ({ ...failed(name, 0, to), startedAt: undefined })

const failed = (name: string, from: number, to: number) => ended(name, "failed", from, to)

const trips = (
  endings: ReadonlyArray<Parameters<typeof FailureGuard.ended>[1]>,
  liveSince: ReadonlyArray<number> = [],
  armed = true
) => {
  let guard = FailureGuard.make(armed)
  for (const ending of endings) {
    if (ending.startedAt !== undefined) guard = FailureGuard.started(guard, ending.startedAt)
    guard = FailureGuard.ended(guard, ending)
  }
  return FailureGuard.isTripped(guard, endings.at(-1)?.at ?? 0, liveSince)
}
