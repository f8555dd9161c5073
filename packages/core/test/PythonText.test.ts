import { assert, describe, it } from "@effect/vitest"
import { Either, FastCheck } from "effect"
import { readFileSync } from "node:fs"
import * as PythonJson from "../src/PythonJson.js"
import * as PythonText from "../src/PythonText.js"
import type { PythonValue } from "../src/PythonValue.js"

const anyBits = FastCheck.double({ noNaN: true, noDefaultInfinity: true })
const asPeopleWrite = FastCheck.tuple(
  FastCheck.integer({ min: -999_999, max: 999_999 }),
  FastCheck.integer({ min: -25, max: 25 })
)
const finite = FastCheck.oneof(
  anyBits,
  asPeopleWrite.map(([digits, exponent]) => Number(`${digits}e${exponent}`))
)

describe("PythonText", () => {
  it("writes what Python's str writes", () => {
    for (const { str, value } of rows()) assert.strictEqual(PythonText.str(value), str)
  })

  it("writes what Python's repr writes", () => {
    for (const { repr, value } of rows()) assert.strictEqual(PythonText.repr(value), repr)
  })

  it("compares with Python on at least 200 values", () => {
    assert.isAtLeast(rows().length, 200)
  })

  it.each<[string, PythonValue, string]>([
    ["an int has no point", 100000n, "100000"],
    ["a float keeps its point", 100000, "100000.0"],
    ["0.0001 is still positional", 1e-4, "0.0001"],
    ["0.00001 has an exponent of two digits", 1e-5, "1e-05"],
    ["10^15 is still positional", 1e15, "1000000000000000.0"],
    ["10^16 has an exponent with its sign", 1e16, "1e+16"],
    ["negative zero keeps its sign", -0, "-0.0"],
    ["the words are Python's", [true, false, null], "[True, False, None]"],
    ["a string at the top is raw", "it's", "it's"],
    ["a string inside is quoted", ["it's"], `["it's"]`],
    ["a key is quoted as a string is", new Map([["a'\"", 1n]]), `{'a\\'"': 1}`]
  ])("%s", (_, value, text) => {
    assert.strictEqual(PythonText.str(value), text)
  })
})

describe("a float's text", () => {
  it.prop("reads back as the float that it is", [finite], ([value]) => {
    assert.isTrue(Object.is(Number(PythonText.str(value)), value))
  })

  it.prop(
    "is positional from 0.0001 up to 10^16, and else has an exponent of two digits or more (B80)",
    [finite],
    ([value]) => {
      const size = Math.abs(value)
      const form =
        size === 0 || (size >= 1e-4 && size < 1e16) ? /^-?[0-9]+\.[0-9]+$/ : /^-?[0-9](\.[0-9]*[1-9])?e[+-][0-9]{2,3}$/
      assert.match(PythonText.str(value), form)
    }
  )

  it.prop("is the same in JSON (B83)", [finite], ([value]) => {
    assert.strictEqual(PythonJson.stringify(value), PythonText.str(value))
  })
})

describe("PythonJson.stringify", () => {
  it.prop("writes nothing but printable ASCII (0.5)", [PythonJson.ValueFromSelf], ([value]) => {
    assert.match(PythonJson.stringify(value), /^[ -~]*$/)
  })

  it("writes what Python's json.dumps writes", () => {
    for (const { dumps, value } of rows()) assert.strictEqual(PythonJson.stringify(value), dumps)
  })
})

// fixtures

interface Row {
  readonly json: string
  readonly str: string
  readonly repr: string
  readonly dumps: string
}

/** Made by fixtures/python_text.py. */
const rows = (): ReadonlyArray<Row & { readonly value: PythonValue }> => {
  const table: ReadonlyArray<Row> = JSON.parse(
    readFileSync(new URL("./fixtures/python-text.json", import.meta.url), "utf8")
  )
  return table.map((row) => ({ ...row, value: Either.getOrThrow(PythonJson.parse(row.json)) }))
}
