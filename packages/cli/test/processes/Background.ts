import { assert, describe, it } from "@effect/vitest"
import { fileURLToPath } from "node:url"
import {
  binary,
  folder,
  kill,
  last,
  launch,
  newest,
  processesIn,
  shellSweep,
  start,
  sweepline,
  until
} from "../fixtures/program.js"

const slow = { timeout: 120_000 }

describe.concurrent("a sweep in the background", () => {
  it("goes on while nobody looks, and is watched to its end by attach", slow, async (test) => {
    const cwd = folder(test, shellSweep({ runs: 10, seconds: 1.5 }))
    const started = await sweepline(cwd, "run", "sweep.yaml", "--workers", "2", "--detach", "--json")
    assert.strictEqual(started.code, 0, started.stderr)
    const { pid, sweep } = last(started.stdout) ?? {}
    assert.isNumber(pid)
    const watched = launch(cwd, "attach", "--json")
    await until("a run is seen", () => watched.stdout().includes('"RunStarted"'), { seen: watched.stderr })
    kill(watched.child.pid ?? 0, "SIGINT")
    const left = await watched.ended
    assert.strictEqual(left.code, 0)
    assert.deepInclude(last(left.stdout), { type: "Detached", sweep })
    assert.include(String(last(left.stdout)?.["scheduler"]), `process ${String(pid)} on `)
    const { code, stdout } = await sweepline(cwd, "attach", "--json")
    assert.strictEqual(code, 0)
    assert.deepInclude(last(stdout), {
      type: "SweepEnded",
      state: "COMPLETED",
      reason: "RunCapReached",
      runs: { finished: 10 }
    })
    const again = await sweepline(cwd, "attach")
    assert.strictEqual(again.code, 0)
    assert.include(again.stdout, "COMPLETED: run_cap is reached")
  })

  it("is told to have gone when its scheduler is killed, and resumes in the background", slow, async (test) => {
    const cwd = folder(test, shellSweep({ runs: 2, seconds: 15 }))
    const pidOf = (text: string) => Number(last(text)?.["pid"])
    const first = await sweepline(cwd, "run", "sweep.yaml", "--workers", "2", "--detach", "--json")
    const watched = launch(cwd, "attach")
    await until("both are seen", () => processesIn(cwd).length >= 2 && watched.stdout() !== "", {
      seen: watched.stderr
    })
    kill(pidOf(first.stdout), "SIGKILL")
    const { code, stderr } = await watched.ended
    assert.strictEqual(code, 2)
    assert.match(stderr, /The scheduler of sweep \w+ \(process \d+ on .*\) went away; its runs go on\./)
    assert.include((await sweepline(cwd, "attach")).stderr, "Nobody works on sweep ")
    const second = await sweepline(cwd, "resume", "--detach", "--json")
    assert.strictEqual(second.code, 0, second.stderr)
    await until("it ends", async () => (await newest(cwd))?.["state"] === "FINISHED")
    assert.deepInclude(await newest(cwd), { runs: { finished: 2 } })
  })
})

describe("a terminal that goes away", () => {
  it("takes neither runs nor scheduler along", async (test) => {
    const cwd = folder(test, shellSweep({ runs: 3, seconds: 2 }))
    const hangup = fileURLToPath(new URL("../fixtures/hangup.py", import.meta.url))
    const args = [hangup, ".sweepline/runs", process.execPath, binary, "run", "sweep.yaml", "--workers", "1"]
    const { stderr, stdout } = await start("python3", args, { cwd, env: { TERM: "xterm-256color" } }).ended
    // By the SIGHUP that it had put off, when everything was done.
    assert.strictEqual(stdout.trim(), "-1", stderr)
    assert.deepInclude(await newest(cwd), { state: "FINISHED", runs: { finished: 3 } })
  })
})
