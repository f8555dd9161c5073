import { assert, describe, it } from "@effect/vitest"
import { FastCheck, Option } from "effect"
import * as NearestName from "../src/NearestName.js"

describe("NearestName", () => {
  const known = ["method", "parameters", "metric", "metrics", "run_cap", "program", "min", "max", "bayes", "maximize"]

  it.each<[string, string, string]>([
    ["a letter replaced", "metrik", "metric"],
    ["a letter dropped", "mehod", "method"],
    ["a letter added", "proggram", "program"],
    ["two letters swapped", "mteric", "metric"],
    ["another case and dash", "Run-Cap", "run_cap"],
    ["capitals only", "PROGRAM", "program"],
    ["no underscore", "runcap", "run_cap"],
    ["the beginning of it", "param", "parameters"],
    ["it is the beginning", "bayesian", "bayes"],
    ["the nearer of two beginnings", "metri", "metric"],
    ["the name itself", "max", "max"]
  ])("%s", (_, name, near) => {
    assert.deepStrictEqual(NearestName.nearest(name, known), Option.some(near))
  })

  it.each(["zzz", "", "m", "lr", "x".repeat(10_000)])("nothing is near %s", (name) => {
    assert.deepStrictEqual(NearestName.nearest(name, known), Option.none())
    assert.strictEqual(NearestName.didYouMean(name, known), "")
  })

  it("knows synonyms", () => {
    assert.strictEqual(
      NearestName.didYouMean("max_runs", known, new Map([["maxruns", "run_cap"]])),
      ' Did you mean "run_cap"?'
    )
  })

  it.prop(
    "finds a name that has one letter more",
    [FastCheck.constantFrom(...known), FastCheck.nat(9)],
    ([name, at]) => {
      const mistyped = `${name.slice(0, at)}q${name.slice(at)}`
      return Option.isSome(NearestName.nearest(mistyped, known))
    }
  )
})
