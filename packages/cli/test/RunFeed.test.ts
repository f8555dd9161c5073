import { assert, describe, it } from "@effect/vitest"
import * as RunFeed from "../src/RunFeed.js"
import { run } from "./fixtures/reports.js"

const names = (changes: ReadonlyArray<RunFeed.Change>) => changes.map(({ run: { id }, type }) => `${type} ${id}`)

describe("RunFeed", () => {
  it("tells of a start and an end once each", () => {
    const feed = RunFeed.make()
    assert.deepStrictEqual(names(feed([run("a", { state: "running" })])), ["RunStarted a"])
    assert.deepStrictEqual(names(feed([run("a", { state: "running" })])), [])
    assert.deepStrictEqual(names(feed([run("a", { state: "finished" })])), ["RunEnded a"])
    assert.deepStrictEqual(names(feed([run("a", { state: "finished" })])), [])
  })

  it("tells of both where a run came and went between two readings", () => {
    assert.deepStrictEqual(names(RunFeed.make()([run("a", { state: "failed" })])), ["RunStarted a", "RunEnded a"])
  })

  it("tells of a next attempt as of a new start", () => {
    const feed = RunFeed.make()
    feed([run("a", { state: "preempted" })])
    assert.deepStrictEqual(names(feed([run("a", { state: "pending", attempt: 2 })])), [])
    assert.deepStrictEqual(names(feed([run("a", { state: "running", attempt: 2 })])), ["RunStarted a"])
  })
})
