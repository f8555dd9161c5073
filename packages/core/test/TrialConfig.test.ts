import { assert, describe, it } from "@effect/vitest"
import { Either, Schema } from "effect"
import * as PythonJson from "../src/PythonJson.js"
import * as PythonValue from "../src/PythonValue.js"
import * as TrialConfig from "../src/TrialConfig.js"

describe("TrialConfig", () => {
  it.prop("is stored as JSON text and comes back as it was", [TrialConfig.TrialConfig], ([trial]) => {
    const text = Schema.encodeSync(TrialConfig.TrialConfig)(trial)
    return PythonValue.equals(Schema.decodeSync(TrialConfig.TrialConfig)(text), trial)
  })

  it.prop("comes back out of an agent's args as it was", [TrialConfig.TrialConfig], ([trial]) =>
    PythonValue.equals(Either.getOrThrow(TrialConfig.fromAgentArgs(TrialConfig.toAgentArgs(trial))), trial)
  )

  it("takes a null value, in the order of the args", () => {
    const trial = TrialConfig.fromAgentArgs(dict('{"b": {"value": null}, "1": {"value": 1.0, "desc": "x"}}'))
    assert.deepStrictEqual([...Either.getOrThrow(trial)], [["b", null], ["1", 1]]) // prettier-ignore
  })

  it.each([
    ['{"lr": {}}', "Parameter 'lr' of the run came without a value: {}"],
    ['{"lr": 0.1}', "Parameter 'lr' of the run came without a value: 0.1"]
  ])("refuses args without a value: %s", (text, message) => {
    const error = Either.getOrThrow(Either.flip(TrialConfig.fromAgentArgs(dict(text))))
    assert.deepStrictEqual([error.reason, error.message], ["BadTrialConfig", message])
  })
})

describe("TrialConfig.identity", () => {
  it.each([
    ["a float without a fraction is the int", "3000000", "3e6"],
    ["zero has no sign", "0", "-0.0"],
    ["NaN is NaN", "NaN", "NaN"],
    ["the order of a dict's keys is nothing", '{"a": 1, "b": {"c": 1, "d": 2}}', '{"b": {"d": 2, "c": 1}, "a": 1}']
  ])("%s", (_, a, b) => {
    assert.strictEqual(TrialConfig.valueIdentity(value(a)), TrialConfig.valueIdentity(value(b)))
  })

  it("all else differs", () => {
    const values = [
      '"1"',
      "1",
      "true",
      "null",
      '"null"',
      "1.5",
      "[1]",
      "[1.0]",
      '{"a": 1}',
      '{"a": 1.0}',
      "Infinity",
      '"true"'
    ]
    assert.strictEqual(new Set(values.map((text) => TrialConfig.valueIdentity(value(text)))).size, values.length)
  })

  it("is over all parameters, in any order", () => {
    assert.strictEqual(
      TrialConfig.identity(dict('{"b": 1.0, "a": "x"}')),
      TrialConfig.identity(dict('{"a": "x", "b": 1}'))
    )
    assert.notStrictEqual(TrialConfig.identity(dict('{"a": 1}')), TrialConfig.identity(dict('{"a": 1, "b": 1}')))
  })

  it.prop("is the same for the same config", [TrialConfig.TrialConfig], ([trial]) => {
    const reversed = new Map([...trial].reverse())
    return TrialConfig.identity(trial) === TrialConfig.identity(reversed)
  })
})

const value = (text: string) => Either.getOrThrow(PythonJson.parse(text))
const dict = (text: string) => Either.getOrThrow(PythonJson.parseDict(text))
