import { assert, describe, it } from "@effect/vitest"
import { Either } from "effect"
import { readFileSync } from "node:fs"
import * as PythonJson from "../src/PythonJson.js"
import * as PythonText from "../src/PythonText.js"
import type { PythonValue } from "../src/PythonValue.js"

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

describe("PythonJson.stringify", () => {
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
