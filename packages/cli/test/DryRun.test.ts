import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readdirSync } from "node:fs"
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
})

// internal

const dryRun = Effect.fnUntraced(function* (test: TestContext, head: string, x: string) {
  const sweep = `command: [sh, -c, "true", "\${args}"]\n${head}\nparameters: {x: ${x}}\n`
  const cwd = folder(test, { "sweep.yaml": sweep })
  const args = ["run", join(cwd, "sweep.yaml"), "--dry-run", "--seed", "7", "--dir", join(cwd, ".sweepline")]
  const { code, stderr, stdout } = yield* InProcess.run(args)
  assert.strictEqual(code, 0, stderr)
  return { lines: stdout.split("\n"), stderr, left: readdirSync(cwd) }
})
