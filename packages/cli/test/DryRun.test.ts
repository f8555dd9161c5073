import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { chmodSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { TestContext } from "vitest"
import * as InProcess from "./fixtures/inProcess.js"
import { folder } from "./fixtures/program.js"

describe("run --dry-run", () => {
  it.scoped("prints the commands as a shell reads them, and leaves nothing behind", (test) =>
    Effect.gen(function* () {
      const { left, lines, stderr } = yield* dryRun(test, "method: grid", `{values: ["it's", 2, $HOME]}`)
      assert.deepStrictEqual(lines, ["sh -c true '--x=it'\\''s'", "sh -c true --x=2", "sh -c true '--x=$HOME'"])
      assert.deepStrictEqual([stderr, left], ["", ["sweep.yaml"]])
    })
  )

  it.scoped("prints the first hundred of more, and says of how many, and with which seed", (test) =>
    Effect.gen(function* () {
      const capped = yield* dryRun(test, "method: random\nrun_cap: 150", "{min: 0.0, max: 1.0}")
      assert.lengthOf(new Set(capped.lines), 100)
      assert.strictEqual(capped.stderr, "sweepline: these are the first 100 runs of 150. Seed: 7")
      const endless = yield* dryRun(test, "method: random", "{min: 0.0, max: 1.0}")
      assert.deepStrictEqual(endless.lines, capped.lines)
      assert.strictEqual(endless.stderr, "sweepline: these are the first 100 runs; the sweep has no end. Seed: 7")
    })
  )

  it.scoped("takes what env starts for the program, whatever variables it is given", (test) =>
    Effect.gen(function* () {
      const command = (...words: ReadonlyArray<string>) => JSON.stringify(["${env}", ...words])
      const commands = [
        command("${args_no_hyphens}", "sh", "-c", "true"),
        command("x=y", "-i", "sh"),
        command("PATH=/elsewhere", "theirs")
      ]
      for (const command of commands) yield* dryRun(test, "method: grid", "{values: [1]}", command)
      const cwd = folder(test, {
        "sweep.yaml": sweep("method: grid", "{values: [1]}", command("x=y", "no-such", "a=b"))
      })
      const { code, stderr } = yield* InProcess.run(["run", join(cwd, "sweep.yaml"), "--dry-run", "--dir", cwd])
      assert.strictEqual(code, 2)
      assert.include(stderr, 'the program "no-such" is not on the PATH')
    })
  )

  it.scoped("runs an executable program itself, whether its path is relative or not", (test) =>
    Effect.gen(function* () {
      const cwd = folder(test, { "train.sh": "#!/bin/sh\n" })
      chmodSync(join(cwd, "train.sh"), 0o755)
      for (const [program, command] of [
        ["train.sh", "./train.sh --x=1"],
        [join(cwd, "train.sh"), `${join(cwd, "train.sh")} --x=1`]
      ] as const) {
        const file = join(cwd, "sweep.yaml")
        writeFileSync(file, `program: ${program}\nmethod: grid\nparameters: {x: {values: [1]}}\n`)
        const { code, stdout } = yield* InProcess.run(["run", file, "--dry-run", "--dir", cwd])
        assert.deepStrictEqual([code, stdout], [0, command])
      }
    })
  )

  it.scoped("says of a search by results that there are none yet", (test) =>
    Effect.gen(function* () {
      const { stderr } = yield* dryRun(test, "method: bayes\nrun_cap: 3\nmetric: {name: loss}", "{min: 0.0, max: 1.0}")
      assert.strictEqual(stderr, "sweepline: this is what bayes suggests as long as no run has reported anything.")
    })
  )
})

// internal

const sweep = (head: string, x: string, command = '[sh, -c, "true", "${args}"]') =>
  `command: ${command}\n${head}\nparameters: {x: ${x}}\n`

const dryRun = Effect.fnUntraced(function* (test: TestContext, head: string, x: string, command?: string) {
  const cwd = folder(test, { "sweep.yaml": sweep(head, x, command) })
  const args = ["run", join(cwd, "sweep.yaml"), "--dry-run", "--seed", "7", "--dir", join(cwd, ".sweepline")]
  const { code, stderr, stdout } = yield* InProcess.run(args)
  assert.strictEqual(code, 0, stderr)
  return { lines: stdout.split("\n"), stderr, left: readdirSync(cwd) }
})
