import { assert, describe, it } from "@effect/vitest"
import { Either } from "effect"
import * as CommandLine from "../src/CommandLine.js"

const commands = new Map([
  [
    "run",
    new Map([
      ["--workers", true],
      ["-w", true],
      ["--json", false]
    ])
  ],
  ["resume", new Map()]
])

const arrange = (...args: ReadonlyArray<string>) => CommandLine.arrange(args, commands)

describe("CommandLine", () => {
  it("puts options before arguments, with their values", () => {
    assert.deepStrictEqual(
      arrange("run", "sweep.yaml", "--workers", "2", "--json"),
      Either.right(["run", "--workers", "2", "--json", "sweep.yaml"])
    )
    assert.deepStrictEqual(arrange("run", "a", "--workers=2"), Either.right(["run", "--workers=2", "a"]))
  })

  it("leaves what follows -- alone", () => {
    assert.deepStrictEqual(arrange("run", "--json", "--", "--x"), Either.right(["run", "--json", "--", "--x"]))
  })

  it("names the nearest command and the nearest option", () => {
    assert.include(Either.getOrThrow(Either.flip(arrange("rum"))), 'Did you mean "run"?')
    assert.include(Either.getOrThrow(Either.flip(arrange("run", "--worker", "2"))), 'Did you mean "--workers"?')
  })

  it("misses a value", () => {
    assert.include(Either.getOrThrow(Either.flip(arrange("run", "--workers"))), "--workers needs a value")
  })
})
