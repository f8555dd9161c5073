import { assert, describe, it } from "@effect/vitest"
import type { Parameter } from "@sweepline/core/Parameter"
import type { PastRun } from "@sweepline/core/Search"
import { Either } from "effect"
import * as Bayes from "../src/Bayes.js"
import * as Space from "../src/Space.js"
import * as WideNormals from "../src/WideNormals.js"
import { loss, runOf } from "./fixtures/sweeps.js"

const parameters: Record<string, Parameter> = {
  far: { distribution: "log_normal", mu: -6, sigma: 2 },
  flat: { distribution: "uniform", min: -1, max: 1 },
  kind: { distribution: "categorical", values: ["x", "y"] },
  plain: { distribution: "normal", mu: 5, sigma: 0.1 },
  step: { distribution: "q_normal", mu: 0, sigma: 3, q: { value: 1, integer: true } }
}

describe("a space measured along wider normals", () => {
  const space = spaceOf(parameters)
  const wide = WideNormals.measured(space)

  it("draws what the space itself draws, and takes it back to where it was", () => {
    for (const u of [0, 1e-12, 0.01, 0.25, 0.5, 0.8, 0.99, 1 - 1e-12, 1]) {
      const trial = wide.trial(wide.dimensions.map(({ draw }) => draw(u)))
      const plain = space.trial(space.dimensions.map(({ draw }) => draw(u)))
      for (const [name, value] of plain) {
        if (typeof value === "number") assert.approximately(Number(trial.get(name)), value, Math.abs(value) * 1e-3)
        else assert.strictEqual(trial.get(name), value, name)
      }
      const coordinates = wide.encode(trial) ?? assert.fail()
      wide.encode(wide.trial(coordinates))?.forEach((x, i) => assert.approximately(x, coordinates[i] ?? 0, 1e-9))
      wide.dimensions.forEach(({ encode, path: [name = ""] }, i) =>
        assert.strictEqual(encode(trial.get(name)), coordinates[i])
      )
    }
  })

  it("keeps the levels of steps, and spreads what lies far from the mean", () => {
    const step = wide.dimensions[4] ?? assert.fail()
    for (let level = 0; level < step.levels; level++) assert.strictEqual(step.levelOf(step.coordinateOf(level)), level)
    const beyond = (of: Space.Space) => 1 - (of.dimensions[3]?.encode(5.2) ?? 1)
    assert.approximately(beyond(space), 0.02275, 1e-5)
    assert.isAbove(beyond(wide), 0.2)
  })

  it("is the space itself where nothing is normal", () => {
    const plain = spaceOf({ x: { distribution: "uniform", min: 0, max: 1 } })
    assert.strictEqual(WideNormals.measured(plain), plain)
    assert.isUndefined(wide.encode(new Map([["far", 1]])))
    assert.isNaN(wide.dimensions[3]?.encode("five"))
  })

  it("lets bayes find what lies a few deviations off in thirty runs", () => {
    const normal: Parameter = { distribution: "normal", mu: 0, sigma: 1 }
    const bell = spaceOf({ x: normal, y: normal, z: normal })
    for (const seed of [1, 2]) {
      const bayes = Bayes.make(bell, loss, seed)
      const history: Array<PastRun> = []
      let least = Number.POSITIVE_INFINITY
      for (let n = 0; n < 30; n++) {
        const trial = bayes.next(history)
        const value = [...trial.values()].reduce<number>((sum, x) => sum + (Number(x) - 2.5) * (Number(x) - 2.5), 0)
        least = Math.min(least, value)
        history.push(runOf(n, trial, [value]))
      }
      assert.isBelow(least, 1.5)
    }
  })
})

function spaceOf(of: Record<string, Parameter>): Space.Space {
  return Either.getOrThrowWith(
    Space.make(new Map(Object.entries(of))),
    (problems) => new Error(JSON.stringify(problems))
  )
}
