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

const arrange = (...args: ReadonlyArray<string>) =>
  Either.map(CommandLine.arrange(args, commands), (arranged) => arranged.args)

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

  it("leaves out the options that a command bears without having them, with their values", () => {
    const { args, unknown } = Either.getOrThrow(
      CommandLine.arrange(
        ["run", "--new", "1", "sweep.yaml", "--other=2", "--flag", "--workers", "3"],
        commands,
        new Set(["run"])
      )
    )
    assert.deepStrictEqual(args, ["run", "--workers", "3", "sweep.yaml"])
    assert.deepStrictEqual(
      unknown.map((sentence) => /--\w+/.exec(sentence)?.[0]),
      ["--new", "--other", "--flag"]
    )
  })

  it("misses a value", () => {
    assert.include(Either.getOrThrow(Either.flip(arrange("run", "--workers"))), "--workers needs a value")
  })

  it("says which argument is missing, and which is one too many", () => {
    const one = { needed: ["<sweep.yaml>"], most: 1 }
    assert.strictEqual(
      CommandLine.miscount("run", [], one),
      '"sweepline run" needs <sweep.yaml>. See: sweepline run --help'
    )
    assert.strictEqual(
      CommandLine.miscount("run", ["a", "b"], one),
      '"sweepline run" takes one argument, and "b" is one too many. See: sweepline run --help'
    )
    assert.isUndefined(CommandLine.miscount("run", ["a"], one))
    assert.include(CommandLine.miscount("list", ["x"], { needed: [], most: 0 }), "takes no argument")
  })
})
