import { assert, describe, it } from "@effect/vitest"
import { readdirSync, readFileSync } from "node:fs"

const sources = new URL("../src/", import.meta.url)

describe("the sources of search", () => {
  // Their last bit differs between versions of V8, and a replay must give the same bytes on all.
  const forbidden =
    /\*\*(?!\/)|Math\.(pow|sin|cos|tan|asin|acos|atan|atan2|sinh|cosh|hypot|random|cbrt)\b|Date\.now|performance\.now/

  for (const file of readdirSync(sources, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".ts")
  )) {
    it(`${file} uses no function whose last bit depends on the machine, and no clock`, () => {
      const code = readFileSync(new URL(file, sources), "utf8")
        .split("\n")
        .filter((line) => !/^\s*(\/\*\*|\*|\/\/)/.test(line))
      const found = code.filter((line) => forbidden.test(line))
      assert.deepStrictEqual(found, [])
    })
  }
})
