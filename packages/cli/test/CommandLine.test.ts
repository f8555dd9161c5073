import * as Command from "@effect/cli/Command"
import * as CommandDescriptor from "@effect/cli/CommandDescriptor"
import * as Options from "@effect/cli/Options"
import { assert, describe, it } from "@effect/vitest"
import { Either } from "effect"
import * as CommandLine from "../src/CommandLine.js"

const commands = new Map<string, CommandLine.Flags>([
  [
    "run",
    new Map([
      ["--workers", "Value"],
      ["-w", "Value"],
      ["--start", "Values"],
      ["--json", "Switch"]
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
    assert.deepStrictEqual(arrange("run", "a", "--start=x=1,y=2"), Either.right(["run", "--start=x=1,y=2", "a"]))
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

  it("hands an empty value on, which the option may refuse; one of several would be lost", () => {
    for (const given of [["--workers="], ["--workers", ""]]) {
      assert.deepStrictEqual(arrange("run", ...given, "a"), Either.right(["run", "--workers", "", "a"]))
    }
    for (const given of [["--start="], ["--start", ""]]) {
      assert.include(Either.getOrThrow(Either.flip(arrange("run", ...given, "a"))), "--start needs a value")
    }
  })

  it("reads from a command's usage what follows its options", () => {
    const one = Command.make("one", {
      each: Options.text("each").pipe(Options.repeated),
      once: Options.text("once").pipe(Options.withAlias("o"), Options.optional),
      quiet: Options.boolean("quiet")
    })
    const flags = CommandLine.flags(CommandDescriptor.getUsage(one.descriptor))
    assert.deepStrictEqual(Object.fromEntries(flags), {
      "--each": "Values",
      "--once": "Value",
      "-o": "Value",
      "--quiet": "Switch"
    })
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
