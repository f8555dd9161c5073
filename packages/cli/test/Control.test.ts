import { assert, describe, it } from "@effect/vitest"
import type { TestContext } from "vitest"
import { folder, launch, newest, objects, processesIn, shellSweep, sweepline, until } from "./fixtures/program.js"

const slow = { timeout: 120_000 }

const started = (text: string) => text.split('"RunStarted"').length - 1
const last = (text: string) => objects(text).at(-1)

const running = async (test: TestContext, runs: number, seconds: number) => {
  const cwd = folder(test, shellSweep({ runs, seconds }))
  const program = launch(cwd, "run", "sweep.yaml", "--workers", "2", "--grace", "2s", "--json")
  await until("a run starts", () => started(program.stdout()) > 0, { seen: () => program.stdout() + program.stderr() })
  return { cwd, program }
}

describe.concurrent("steering a sweep from another process", () => {
  it("pause starts no more runs, resume goes on, and the scheduler stays the one it was", slow, async (test) => {
    const { cwd, program } = await running(test, 1000, 0.5)
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
    const { cwd, program } = await running(test, 100, 1)
    assert.strictEqual((await sweepline(cwd, "stop")).code, 0)
    const { code, stdout } = await program.ended
    assert.strictEqual(code, 0)
    assert.deepInclude(last(stdout), { state: "COMPLETED", reason: "SweepFinished" })
    assert.strictEqual((await newest(cwd))?.["state"], "FINISHED")
  })

  it("cancel stops the runs within a second, and the scheduler exits with 5", slow, async (test) => {
    const { cwd, program } = await running(test, 100, 60)
    assert.strictEqual((await sweepline(cwd, "cancel")).code, 0)
    await until("its runs are gone", () => processesIn(cwd).length === 0, { within: 2500 })
    const { code, stdout } = await program.ended
    assert.strictEqual(code, 5)
    assert.deepInclude(last(stdout), { state: "CANCELLED" })
    const again = await sweepline(cwd, "resume")
    assert.strictEqual(again.code, 2)
    assert.include(again.stderr, "what has ended stays as it is")
  })

  it("without a scheduler, cancel and stop end the runs themselves", slow, async (test) => {
    for (const { command, code, state, seconds } of [
      { command: "cancel", code: 5, state: "CANCELED", seconds: 60 },
      { command: "stop", code: 0, state: "FINISHED", seconds: 6 }
    ]) {
      const { cwd, program } = await running(test, 100, seconds)
      program.child.kill("SIGKILL")
      await program.ended
      assert.isAbove(processesIn(cwd).length, 0)
      const ended = await sweepline(cwd, command, "--json")
      assert.strictEqual(ended.code, code, ended.stderr)
      assert.deepStrictEqual(processesIn(cwd), [])
      assert.strictEqual((await newest(cwd))?.["state"], state)
    }
  })

  it("a second scheduler for the same sweep is refused by name", slow, async (test) => {
    const { cwd, program } = await running(test, 100, 60)
    const second = await sweepline(cwd, "resume")
    assert.include(second.stdout, `process ${program.child.pid}`)
    assert.strictEqual(second.code, 0)
    program.child.kill("SIGINT")
    assert.strictEqual((await program.ended).code, 130)
  })
})
