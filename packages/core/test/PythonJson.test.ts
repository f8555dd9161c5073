import { assert, describe, it } from "@effect/vitest"
import { Either, FastCheck, Schema } from "effect"
import * as PythonJson from "../src/PythonJson.js"
import * as PythonValue from "../src/PythonValue.js"

describe("PythonJson.parse", () => {
  it.each<[string, string, PythonValue.PythonValue]>([
    ["an int is a bigint", "1", 1n],
    ["negative zero as an int is zero", "-0", 0n],
    ["a float without a fraction is a float", "1.0", 1],
    ["an exponent makes a float", "1e5", 100000],
    ["a big int is exact", "123456789012345678901234567890", 123456789012345678901234567890n],
    ["an overflowing float is infinite", "-1e400", -Infinity],
    ["NaN is a value", " NaN\n", NaN],
    ["the infinities are values", "[Infinity, -Infinity]", [Infinity, -Infinity]],
    ["escapes are read", '"\\u00e9\\n\\ud83d\\ude00\\/"', "é\n😀/"],
    ["a key may be __proto__", '{"__proto__": 1}', new Map([["__proto__", 1n]])]
  ])("%s", (_, text, value) => {
    assert.deepStrictEqual(PythonJson.parse(text), Either.right(value))
  })

  it("keeps the order of keys, also of those that look like integers", () => {
    assert.deepStrictEqual(keys('{"b": 1, "10": 2, "9": 3, "a": 4}'), ["b", "10", "9", "a"])
  })

  it("lets the last of duplicate keys win, at the place of the first", () => {
    const dict = Either.getOrThrow(PythonJson.parseDict('{"a": 1, "b": 2, "a": 3}'))
    assert.deepStrictEqual([...dict], [["a", 3n], ["b", 2n]]) // prettier-ignore
  })

  it.each<[string, number, number, string]>([
    ["", 1, 1, "expected a value"],
    ["[1,\n  2 3]", 2, 5, "expected a comma or ]"],
    ['{"a": 1,}', 1, 9, "expected a key in double quotes"],
    ['{"a" 1}', 1, 6, "expected a colon after the key"],
    ["[1,]", 1, 4, "expected a value"],
    ["01", 1, 2, "there is more after the end of the value"],
    ["+1", 1, 1, "expected a value"],
    [".5", 1, 1, "expected a value"],
    ["nul", 1, 1, "expected a value"],
    ["-", 1, 1, "expected a value"],
    ["{} x", 1, 4, "there is more after the end of the value"],
    ['["ab', 1, 2, "the string has no closing quote"],
    ['"a\nb"', 1, 3, "a control character inside a string must be written as an escape"],
    ['"\\x41"', 1, 2, "\\x is no escape of JSON"],
    ['"\\u12g4"', 1, 2, "\\u needs four hexadecimal digits"],
    ["9".repeat(4301), 1, 1, "the integer has more than 4300 digits"],
    ["[".repeat(200_000), 1, 1001, "lists and dicts are nested more than 1000 deep"]
  ])("refuses %j", (text, line, column, problem) => {
    const error = Either.getOrThrow(Either.flip(PythonJson.parse(text)))
    assert.deepStrictEqual([error.line, error.column, error.problem], [line, column, problem])
  })

  it("reads integers of up to 4,300 digits, as Python does, which doesn't count the sign", () => {
    for (const text of ["9".repeat(4300), `-${"9".repeat(4300)}`]) {
      assert.strictEqual(Either.getOrThrow(PythonJson.parse(text)), BigInt(text))
    }
  })

  it("says where it is wrong", () => {
    assert.strictEqual(
      Either.getOrThrow(Either.flip(PythonJson.parse('{"a":\n ?}'))).message,
      "Invalid JSON at line 2, column 2: expected a value"
    )
  })

  it("refuses an object's place taken by something else", () => {
    assert.strictEqual(
      Either.getOrThrow(Either.flip(PythonJson.parseDict("[]"))).message,
      "Invalid JSON at line 1, column 1: expected an object, { … }"
    )
  })

  it("reads 1,000 levels", () => {
    assert.isTrue(Either.isRight(PythonJson.parse("[".repeat(1000) + "]".repeat(1000))))
  })

  // About two tenths of a second in all; a quadratic reader takes minutes.
  it("reads a line of megabytes, whatever it holds, in linear time", () => {
    const lines = [
      `[${"0.125, ".repeat(350_000)}1]`,
      `["${"x".repeat(2_500_000)}"]`,
      `["${"\\u00e9".repeat(420_000)}"]`,
      `{${Array.from({ length: 25_000 }, (_, i) => `"key${i}": ${i}`).join(", ")}}`,
      `[${'"'.repeat(2_500_000)}`
    ]
    assert.deepStrictEqual(
      lines.map((line) => Either.isRight(PythonJson.parse(line))),
      [true, true, true, true, false]
    )
  })

  it.prop("reads back what it wrote", [PythonJson.ValueFromSelf], ([value]) => {
    const back = Either.getOrThrow(PythonJson.parse(PythonJson.stringify(value)))
    return PythonValue.equals(back, value) && PythonJson.stringify(back) === PythonJson.stringify(value)
  })

  it.prop("agrees with JSON.parse on what JSON.stringify writes", [FastCheck.jsonValue()], ([value]) => {
    const text = JSON.stringify(value)
    assert.deepStrictEqual(
      JSON.parse(PythonJson.stringify(Either.getOrThrow(PythonJson.parse(text)))),
      JSON.parse(text)
    )
  })

  it.prop("never throws", [FastCheck.string({ unit: FastCheck.constantFrom(...'{}[]",:\\u1.e-+ Nti') })], ([text]) => {
    PythonJson.parse(text)
  })
})

describe("PythonJson schemas", () => {
  const Stored = Schema.parseJson(Schema.Struct({ trial: PythonJson.Dict }))

  it.prop("a dict in a stored struct comes back as it was", [Schema.typeSchema(Stored)], ([stored]) => {
    const back = Schema.decodeSync(Stored)(Schema.encodeSync(Stored)(stored))
    return PythonValue.equals(back.trial, stored.trial) && Schema.equivalence(Stored)(back, stored)
  })

  it("encodes a value as its JSON text", () => {
    assert.strictEqual(Schema.encodeSync(PythonJson.Value)([1n, 1]), "[1, 1.0]")
  })

  it("fails to decode what isn't JSON, or isn't a dict", () => {
    assert.include(reason(Schema.decodeEither(PythonJson.Value)("{")), "line 1, column 2: expected a key")
    assert.include(reason(Schema.decodeEither(PythonJson.Dict)("1")), "expected an object")
  })
})

describe("PythonValue", () => {
  it("tells an int from a float, and NaN is itself", () => {
    assert.isFalse(PythonValue.equals(1n, 1))
    assert.isTrue(PythonValue.equals([NaN], [NaN]))
    assert.isFalse(PythonValue.equals([1n], [1n, 2n]))
    assert.isFalse(PythonValue.equals(new Map([["a", null]]), new Map([["b", null]])))
  })

  it("compares dicts whatever the order of their keys", () => {
    const [a, b] = ['{"a": 1, "b": [2]}', '{"b": [2], "a": 1}'].map((text) => Either.getOrThrow(PythonJson.parse(text)))
    assert.isTrue(PythonValue.equals(a ?? null, b ?? null))
  })

  it("knows what is one", () => {
    for (const value of [null, true, 1n, 0.5, "", [1n], new Map([["a", [null]]])]) {
      assert.isTrue(PythonValue.isPythonValue(value))
    }
    for (const value of [undefined, {}, [undefined], new Map([[1, 1n]]), new Date(0), () => 1]) {
      assert.isFalse(PythonValue.isPythonValue(value))
    }
  })

  it("is true where Python says so", () => {
    for (const value of [true, 1n, -0.5, NaN, "0", [null], new Map([["a", null]])]) {
      assert.isTrue(PythonValue.isTruthy(value))
    }
    for (const value of [undefined, null, false, 0n, 0, -0, "", [], new Map()]) {
      assert.isFalse(PythonValue.isTruthy(value))
    }
  })
})

const keys = (text: string) => [...Either.getOrThrow(PythonJson.parseDict(text)).keys()]
const reason = (result: Either.Either<unknown, Error>) => Either.getOrThrow(Either.flip(result)).message
