import { assert, describe, it } from "@effect/vitest"
import type { TestContext } from "vitest"
import {
  busySweep,
  gatedSweep,
  last,
  launch,
  newest,
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

const running = (test: TestContext, files = shellSweep({ runs: 100, seconds: 60 })) => busySweep(test, files, 1)

describe.concurrent("steering a sweep from another process", () => {
  it("pause starts no more runs, resume goes on, and the scheduler stays the one it was", slow, async (test) => {
    const { cwd, program } = await running(test, shellSweep({ runs: 1000, seconds: 0.5 }))
    const paused = await sweepline(cwd, "pause", "--json")
    assert.strictEqual(paused.code, 0, paused.stderr)
    assert.deepInclude(last(paused.stdout), { state: "PAUSED" })
    await until("its runs end", () => processesIn(cwd).length === 0)
    await new Promise((resolve) => setTimeout(resolve, 1000))
    assert.deepStrictEqual(processesIn(cwd), [])
    const before = (await newest(cwd))?.["runs"]

    const resumed = await sweepline(cwd, "resume")
    assert.include(resumed.stdout, `goes on (its scheduler is process ${program.child.pid}`)
    await until("runs start again", () => processesIn(cwd).length > 0)
    assert.strictEqual((await sweepline(cwd, "stop")).code, 0)
    const { code, stdout } = await program.ended
    assert.strictEqual(code, 0)
    const end = last(stdout)
    assert.deepInclude(end, { state: "COMPLETED", reason: "SweepFinished" })
    assert.notDeepEqual(end?.["runs"], before)
  })

  it("stop lets the runs end and completes the sweep", slow, async (test) => {
    const { cwd, program } = await running(test, gatedSweep(100))
    assert.strictEqual((await sweepline(cwd, "stop")).code, 0)
    assert.isAbove(processesIn(cwd).length, 0)
    openGate(cwd)
    const { code, stdout } = await program.ended
    assert.strictEqual(code, 0)
    assert.deepInclude(last(stdout), { state: "COMPLETED", reason: "SweepFinished" })
    assert.strictEqual((await newest(cwd))?.["state"], "FINISHED")
  })

  it("cancel stops the runs within a second, and the scheduler exits with 5", timed, async (test) => {
    const { cwd, program } = await running(test)
    assert.strictEqual((await sweepline(cwd, "cancel")).code, 0)
    await until("its runs are gone", () => processesIn(cwd).length === 0, { within: 2500 })
    const { code, stdout } = await program.ended
    assert.strictEqual(code, 5)
    assert.deepInclude(last(stdout), { state: "CANCELLED" })
    const again = await sweepline(cwd, "resume")
    assert.strictEqual(again.code, 2)
    assert.include(again.stderr, "what has ended stays as it is")
  })

  it("without a scheduler, cancel ends the runs itself", slow, async (test) => {
    const { cwd, program } = await running(test)
    program.child.kill("SIGKILL")
    await program.ended
    assert.isAbove(processesIn(cwd).length, 0)
    const ended = await sweepline(cwd, "cancel", "--json")
    assert.strictEqual(ended.code, 5, ended.stderr)
    assert.deepStrictEqual(processesIn(cwd), [])
    assert.strictEqual((await newest(cwd))?.["state"], "CANCELED")
  })

  it("without a scheduler, stop waits for the runs itself", slow, async (test) => {
    const { cwd, program } = await running(test, gatedSweep(100))
    program.child.kill("SIGKILL")
    await program.ended
    assert.isAbove(processesIn(cwd).length, 0)
    const stop = launch(cwd, "stop", "--json")
    await runsStart(stop)
    assert.isAbove(processesIn(cwd).length, 0)
    openGate(cwd)
    const ended = await stop.ended
    assert.strictEqual(ended.code, 0, ended.stderr)
    assert.deepStrictEqual(processesIn(cwd), [])
    assert.strictEqual((await newest(cwd))?.["state"], "FINISHED")
  })

  it("a second scheduler for the same sweep is refused by name", slow, async (test) => {
    const { cwd, program } = await running(test)
    const second = await sweepline(cwd, "resume")
    assert.include(second.stdout, `process ${program.child.pid}`)
    assert.strictEqual(second.code, 0)
    program.child.kill("SIGINT")
    assert.strictEqual((await program.ended).code, 130)
  })
})
