import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readFileSync } from "node:fs"
import * as Text from "../src/Text.js"
import * as InProcess from "./fixtures/inProcess.js"
import { sweepline } from "./fixtures/program.js"

const commands = [
  "run",
  "resume",
  "attach",
  "rerun",
  "validate",
  "plan",
  "edit",
  "pause",
  "stop",
  "cancel",
  "list",
  "show",
  "logs",
  "best",
  "export",
  "replay",
  "delete",
  "sweep",
  "launch-sweep",
  "scheduler",
  "agent",
  "launch-agent",
  "serve",
  "doctor"
]

describe.concurrent("help", () => {
  it("lists every command", async ({ expect }) => {
    const { stdout } = await sweepline(".", "--help")
    await expect(stdout).toMatchFileSnapshot("snapshots/help.txt")
    assert.deepStrictEqual(
      Array.from(stdout.matchAll(/^  ([a-z-]+)  +[A-Z]/gm), ([, name]) => name),
      commands
    )
  })

  it("lists the commands that the package's README lists", () => {
    const rows = readFileSync(new URL("../README.md", import.meta.url), "utf8").match(/^\|.*\|$/gm) ?? []
    assert.deepStrictEqual(
      Array.from(rows.join("\n").matchAll(/`([a-z-]+)`/g), ([, name]) => name),
      commands
    )
  })

  for (const command of commands) {
    it.scoped(`of ${command} says what each option does`, ({ expect }) =>
      Effect.gen(function* () {
        const { code, stdout } = yield* InProcess.run([command, "--help"])
        assert.strictEqual(code, 0)
        yield* Effect.promise(() => expect(`${stdout}\n`).toMatchFileSnapshot(`snapshots/help-${command}.txt`))
      })
    )
  }

  it.scoped("keeps to the width of the terminal, and breaks no word", () =>
    Effect.gen(function* () {
      const wide = (yield* InProcess.run(["run", "--help"])).stdout
      for (const columns of [100, 80, 50]) {
        const { stdout } = yield* InProcess.run(["run", "--help"], {}, { columns })
        for (const line of stdout.split("\n")) assert.isAtMost(Text.width(line), columns, line)
        assert.strictEqual(stdout.replace(/\s+/g, " "), wide.replace(/\s+/g, " "))
      }
    })
  )

  it.scoped("is followed by completions for three shells", () =>
    Effect.gen(function* () {
      for (const shell of ["bash", "zsh", "fish"]) {
        const { code, stdout } = yield* InProcess.run(["--completions", shell])
        assert.strictEqual(code, 0)
        for (const command of commands) assert.include(stdout, command)
      }
      assert.strictEqual((yield* InProcess.run(["--completions", "tcsh"])).code, 2)
    })
  )

  it.scoped("is what the command help prints, too", () =>
    Effect.gen(function* () {
      for (const [given, same] of [
        [["help"], ["--help"]],
        [
          ["help", "run"],
          ["run", "--help"]
        ]
      ] as const) {
        assert.deepStrictEqual(yield* InProcess.run(given), yield* InProcess.run(same))
      }
    })
  )

  it("gives the version of the package", async () => {
    const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
      readonly version: string
    }
    assert.strictEqual((await sweepline(".", "--version")).stdout, `${version}\n`)
  })
})
