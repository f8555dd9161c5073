import { assert, describe, it } from "@effect/vitest"
import type { TestContext } from "vitest"
import {
  busySweep,
  gatedSweep,
  kill,
  last,
  launch,
  newest,
  objects,
  openGate,
  processesIn,
  runsStart,
  shellSweep,
  sweepline,
  until
} from "./fixtures/program.js"

const slow = { timeout: 120_000 }

/** Of what is measured: a machine that is held up for a moment gets another try. */
const timed = { ...slow, retry: 2 }

/** A sweep of which two runs are under way. */
const busy = (test: TestContext, files = shellSweep({ runs: 4, seconds: 60 })) => busySweep(test, files, 2)

describe.concurrent("a sweep that is interrupted", () => {
  it("by Ctrl-C stops its runs, is PAUSED, and goes on to the right total on resume", timed, async (test) => {
    const { cwd, pid, program } = await busy(test, gatedSweep(4))
    const started = performance.now()
    kill(pid, "SIGINT")
    const { code, stdout } = await program.ended
    assert.strictEqual(code, 130)
    assert.isBelow(performance.now() - started, 3500)
    assert.deepStrictEqual(processesIn(cwd), [])
    assert.deepInclude(last(stdout), { type: "SweepEnded", state: "PAUSED", reason: "Interrupted" })
    assert.strictEqual((await newest(cwd))?.["state"], "PAUSED")

    openGate(cwd)
    const resumed = await sweepline(cwd, "resume", "--json")
    assert.strictEqual(resumed.code, 0, resumed.stderr)
    assert.deepInclude(last(resumed.stdout), { type: "SweepEnded", state: "COMPLETED", runs: { finished: 4 } })

    // For a plan, nothing has failed.
    const { id } = (await newest(cwd)) ?? {}
    const planned = await sweepline(cwd, "plan", "sweep.yaml", "--like", String(id), "--json")
    const outcomes = objects(planned.stdout).flatMap(({ outcome, type }) => (type === "PlannedRun" ? [outcome] : []))
    assert.deepStrictEqual(outcomes, ["finished", "finished", "finished", "finished"], planned.stderr)
  })

  it("by SIGTERM does the same and exits with 143", slow, async (test) => {
    const { cwd, pid, program } = await busy(test)
    kill(pid, "SIGTERM")
    assert.strictEqual((await program.ended).code, 143)
    assert.deepStrictEqual(processesIn(cwd), [])
    assert.strictEqual((await newest(cwd))?.["state"], "PAUSED")
  })

  it("by a second Ctrl-C kills even runs that ignore signals, at once", timed, async (test) => {
    const files = shellSweep({ runs: 4, seconds: 60 })
    const { cwd, pid, program } = await busy(test, { ...files, "run.sh": `trap '' TERM INT\n${files["run.sh"]}` })
    kill(pid, "SIGINT")
    await new Promise((resolve) => setTimeout(resolve, 300))
    assert.isAbove(processesIn(cwd).length, 0)
    kill(pid, "SIGINT")
    assert.strictEqual((await program.ended).code, 130)
    await until("every process is gone", () => processesIn(cwd).length === 0, { within: 1000 })
  })

  it("by SIGHUP goes on", slow, async (test) => {
    const { cwd, pid, program } = await busy(test, gatedSweep(4))
    kill(pid, "SIGHUP")
    openGate(cwd)
    const { code, stdout } = await program.ended
    assert.strictEqual(code, 0)
    assert.deepInclude(last(stdout), { state: "COMPLETED", runs: { finished: 4 } })
  })

  it("by SIGKILL leaves its runs alone, and resume takes them over", slow, async (test) => {
    const { cwd, pid, program } = await busy(test, gatedSweep(3))
    await until("its runs are processes", () => processesIn(cwd).length > 0, { seen: program.stderr })
    kill(pid, "SIGKILL")
    await program.ended
    assert.isAbove(processesIn(cwd).length, 0)
    const successor = launch(cwd, "resume", "--json")
    await runsStart(successor, 2)
    openGate(cwd)
    const resumed = await successor.ended
    assert.strictEqual(resumed.code, 0, resumed.stderr)
    assert.deepInclude(last(resumed.stdout), { state: "COMPLETED", runs: { finished: 3 } })
    const attempts = objects(resumed.stdout).filter(({ type }) => type === "RunEnded")
    assert.deepStrictEqual([...new Set(attempts.map(({ attempt }) => attempt))], [1])
  })
})
