import { it } from "@effect/vitest"
import { Option } from "effect"
import { chai } from "vitest"
import { assert } from "../src/internal/assert.js"

it("the suites tell Some from None where nothing of ours is set up, too", () => {
  const { deepEqual } = chai.config
  chai.config.deepEqual = (expected, actual) => chai.util.eql(expected, actual)
  try {
    for (const [a, b] of [
      [Option.none(), Option.some(1)],
      [{ state: Option.some(1) }, { state: Option.none() }]
    ]) {
      chai.assert.deepStrictEqual(a, b)
      assert.throws(() => assert.deepStrictEqual(a, b))
      assert.deepStrictEqual(a, a)
      assert.notDeepEqual(a, b)
    }
  } finally {
    chai.config.deepEqual = deepEqual
  }
})
