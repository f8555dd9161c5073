import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import { plainScalar } from "../src/internal/yamlScalar.js"
import * as PythonText from "../src/PythonText.js"

describe("unquoted YAML scalars", () => {
  it("mean what PyYAML says, which W&B reads configs with", () => {
    const differing = table().same.filter(({ text, type, value }) => {
      const ours = plainScalar(text)
      return typeName(ours) !== type || PythonText.str(ours) !== value
    })
    assert.deepStrictEqual(differing, [])
  })

  it.each([
    ["1e-4", "1e-4 is a number without a point", 1e-4],
    ["1e4", "1e4 is a float, as it has an exponent", 1e4],
    ["5e-05", "as Python prints it", 5e-5],
    ["1.5e3", "the exponent needs no sign", 1500],
    ["-.5", "a sign may stand before the point", -0.5],
    ["2024-01-01", "a date is text", "2024-01-01"]
  ])("%s: %s, which PyYAML doesn't see", (text, _, value) => {
    assert.strictEqual(plainScalar(text), value)
  })

  it("differ from PyYAML only where a number or text was surely meant", () => {
    for (const { text, type } of table().friendlier) {
      assert.include(["str", "date"], type)
      assert.strictEqual(plainScalar(text), type === "date" ? text : Number(text.replaceAll("_", "")))
    }
  })
})

// fixtures

interface Row {
  readonly text: string
  readonly type: string
  readonly value: string
}

/** Made by fixtures/yaml_scalars.py. */
const table = (): { readonly same: ReadonlyArray<Row>; readonly friendlier: ReadonlyArray<Row> } =>
  JSON.parse(readFileSync(new URL("./fixtures/yaml-scalars.json", import.meta.url), "utf8"))

const typeName = (value: unknown): string => {
  switch (typeof value) {
    case "bigint":
      return "int"
    case "number":
      return "float"
    case "boolean":
      return "bool"
    case "string":
      return "str"
    default:
      return "NoneType"
  }
}
