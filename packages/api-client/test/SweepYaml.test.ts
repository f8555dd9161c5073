import { assert, describe, it } from "@effect/vitest"
import { Either } from "effect"
import { readFileSync } from "node:fs"
import * as PythonJson from "@sweepline/core/PythonJson"
import type { PythonDict } from "@sweepline/core/PythonValue"
import * as SweepConfig from "@sweepline/core/SweepConfig"
import * as SweepYaml from "../src/SweepYaml.js"

const dict = (json: string): PythonDict => Either.getOrThrow(PythonJson.parseDict(json))

describe("a sweep config's YAML", () => {
  // Written by fixtures/sweep_yaml.py, with PyYAML.
  const cases: ReadonlyArray<{ readonly json: string; readonly yaml: string }> = JSON.parse(
    readFileSync(new URL("./fixtures/sweep_yaml.json", import.meta.url), "utf8")
  )
  for (const { json, yaml } of cases) {
    it(`is PyYAML's for ${json}`, () => {
      assert.deepStrictEqual(SweepYaml.make(dict(json)), Either.right(yaml))
    })
  }

  // PyYAML writes them without quotes, and reads them as text either way.
  for (const text of ["1e5", "1E5", "-1e-3", "1.5e3", "1_0e2", ".5e1", "1e400"]) {
    it(`keeps the text ${text} from being read as a number`, () => {
      const config = dict(`{"parameters": {"p": {"values": ["${text}"]}}}`)
      const yaml = Either.getOrThrow(SweepYaml.make(config))
      assert.include(yaml, `- '${text}'\n`)
      assert.deepStrictEqual(SweepConfig.parseDocument({ file: "sweep.yaml", text: yaml }), Either.right(config))
    })
  }

  const bounds: ReadonlyArray<readonly [string, string | undefined]> = [
    ['{"min": 1, "max": 2}', "int_uniform"],
    ['{"min": 1.0, "max": 2.0}', "uniform"],
    ['{"min": 1, "max": 2, "distribution": "q_uniform"}', "q_uniform"],
    ['{"min": 1}', undefined],
    ['{"value": 1}', undefined]
  ]
  for (const [parameter, distribution] of bounds) {
    it(`has ${distribution ?? "no distribution"} for ${parameter}`, () => {
      const yaml = Either.getOrThrow(SweepYaml.make(dict(`{"parameters": {"p": ${parameter}}}`)))
      assert.strictEqual(/distribution: (\w+)/.exec(yaml)?.[1], distribution)
    })
  }

  it("is refused for bounds of two kinds", () => {
    const problem = Either.getOrThrow(
      Either.flip(SweepYaml.make(dict('{"parameters": {"p": {"min": 0, "max": 0.5}}}')))
    )
    assert.include(problem, "Parameter 'p'")
  })
})
