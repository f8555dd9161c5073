import { assert, describe, it } from "@effect/vitest"
import {
  folder,
  launch,
  look,
  objects,
  processesIn,
  runsStart,
  shellSweep,
  sweepline,
  until
} from "./fixtures/program.js"

// In a file of its own: what it measures would suffer from other tests beside it. A machine that is held up for a
// moment gets another try.
describe("pause", () => {
  it("stops the launching within a second, with 64 workers busy", { timeout: 120_000, retry: 2 }, async (test) => {
    // Between 2 and 3 seconds each, so that the workers don't march in step.
    const cwd = folder(test, { ...shellSweep({ runs: 10_000, seconds: 0 }), "run.sh": 'sleep "2.${1#x=0.}"' })
    const program = launch(cwd, "run", "sweep.yaml", "--workers", "64", "--grace", "1s", "--json")
    await runsStart(program, 64)
    assert.strictEqual((await sweepline(cwd, "pause")).code, 0)
    const pausedAt = Date.now()
    await until("its runs end", () => processesIn(cwd).length === 0)
    const shown = objects((await look(cwd, "show", "--json")).stdout)
    const starts = shown.flatMap(({ startedAt }) => (typeof startedAt === "string" ? [Date.parse(startedAt)] : []))
    assert.isAtLeast(starts.length, 64)
    assert.isAtMost(Math.max(...starts) - pausedAt, 1000)
    program.child.kill("SIGTERM")
    assert.strictEqual((await program.ended).code, 143)
  })
})
