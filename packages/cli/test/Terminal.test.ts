import { assert, describe, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import * as Text from "../src/Text.js"
import { binary, folder, gatedSweep, openGate, shellSweep, start, until } from "./fixtures/program.js"

const slow = { timeout: 120_000 }

/** Runs sweepline on a terminal of its own, 100 columns wide. */
const onTerminal = (cwd: string, env: Readonly<Record<string, string>>, ...args: ReadonlyArray<string>) =>
  start(
    "script",
    [
      "-qec",
      `stty cols 100 rows 30; echo $$ > pid; exec "${process.execPath}" "${binary}" ${args.join(" ")}`,
      "/dev/null"
    ],
    {
      cwd,
      env: { TERM: "xterm-256color", ...env }
    }
  )

describe.concurrent("sweepline on a terminal", () => {
  const missing = spawnSync("script", ["--version"]).error?.message

  it("draws its progress, and ends with the best runs", slow, async (test) => {
    if (missing !== undefined) return test.skip(missing)
    const cwd = folder(test, gatedSweep(2))
    const program = onTerminal(cwd, {}, "run", "sweep.yaml", "--workers", "2")
    await until("both runs show", () => Text.plain(program.stdout()).includes("2 running"), { seen: program.stdout })
    // Ctrl-Z gives the cursor back. Nobody could wake the program here, so that the system doesn't stop it.
    process.kill(Number(readFileSync(join(cwd, "pid"), "utf8")), "SIGTSTP")
    const shows = () => program.stdout().lastIndexOf("\u001b[?25h")
    await until("the cursor shows, and is hidden again", () => shows() !== -1 && hides(program.stdout()) > shows())
    openGate(cwd)
    const { code, stdout } = await program.ended
    assert.strictEqual(code, 0)
    assert.include(stdout, "\u001b[?25l")
    assert.match(stdout, /[━─]{8}/)
    assert.include(stdout, "\u001b[32m")
    const text = Text.plain(stdout)
    assert.include(text, "2 running")
    assert.include(text, "✔ COMPLETED: run_cap is reached")
    // The cursor is shown again, after the last frame.
    assert.isAbove(shows(), hides(stdout))
  })

  it("uses no colour under NO_COLOR, and nothing but text in a pipe", slow, async (test) => {
    if (missing !== undefined) return test.skip(missing)
    const cwd = folder(test, shellSweep({ runs: 1, seconds: 0 }))
    const { stdout } = await onTerminal(cwd, { NO_COLOR: "1" }, "run", "sweep.yaml").ended
    // oxlint-disable-next-line no-control-regex -- colours are what must not be there
    assert.notMatch(stdout, /\u001b\[[0-9;]*m/)
    for (const args of [["list"], ["show"], ["best"], ["--help"], ["run", "--help"]]) {
      // Colour libraries take a CI's log for a terminal; ours is a pipe there too.
      for (const env of [{}, { CI: "true" }]) {
        const piped = await start(process.execPath, [binary, ...args], { cwd, env }).ended
        assert.notInclude(piped.stdout + piped.stderr, "\u001b")
        assert.strictEqual(piped.code, 0)
      }
    }
  })
})

const hides = (stdout: string) => stdout.lastIndexOf("\u001b[?25l")
