import { assert, describe, it } from "@effect/vitest"
import * as Obstacle from "@sweepline/core/Obstacle"
import { Effect } from "effect"

const telling = () => {
  const told: Array<string> = []
  return { told, obstacle: Obstacle.make((error: Error) => Effect.sync(() => told.push(error.message))) }
}

describe("Obstacle", () => {
  it.effect("is told of once, however often it is met", () =>
    Effect.gen(function* () {
      const { obstacle, told } = telling()
      yield* Effect.repeatN(
        Effect.suspend(() => obstacle.met(new Error("the disk is full"))),
        9
      )
      assert.deepStrictEqual(told, ["the disk is full"])
    })
  )

  it.effect("is told of again where another one was met in between, or none", () =>
    Effect.gen(function* () {
      const { obstacle, told } = telling()
      const full = new Error("the disk is full")
      yield* obstacle.met(full)
      yield* obstacle.met(new Error("the disk is gone"))
      yield* obstacle.met(full)
      assert.deepStrictEqual(told, ["the disk is full", "the disk is gone", "the disk is full"])
      yield* obstacle.gone
      yield* obstacle.met(full)
      assert.lengthOf(told, 4)
    })
  )
})
