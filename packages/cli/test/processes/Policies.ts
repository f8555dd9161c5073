import { assert, describe, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import {
  binary,
  folder,
  kill,
  last,
  launch,
  objects,
  processesIn,
  runsStart,
  shellSweep,
  start,
  sweepline,
  until
} from "../fixtures/program.js"

/** The runs of a folder's newest sweep. */
const runs = async (cwd: string) => objects((await sweepline(cwd, "show", "--json")).stdout).slice(1)

describe.concurrent("what a sweep is told to keep to", () => {
  it("--run-timeout stops a run that says nothing, and only that one", async (test) => {
    const script =
      'case "$1" in x=1) sleep 60 ;; *) for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo "{\\"i\\": $i}"; sleep 0.5; done ;; esac'
    const random = shellSweep({ runs: 2, seconds: 0 })["sweep.yaml"]
    const cwd = folder(test, {
      "sweep.yaml": random
        .replace("{distribution: uniform, min: 0, max: 1}", "{values: [1, 2]}")
        .replace("random", "grid"),
      "run.sh": script
    })
    const { code, stderr, stdout } = await sweepline(
      cwd,
      ..."run sweep.yaml --workers 2 --run-timeout 4s --retries 2 --json".split(" ")
    )
    assert.strictEqual(code, 0, stderr)
    assert.deepInclude(last(stdout), { state: "COMPLETED", runs: { finished: 1, killed: 1 } })
    const stuck = (await runs(cwd)).find(({ state }) => state === "killed")
    assert.deepInclude(stuck, { stop: "TimedOut", attempt: 1 })
    assert.include((await sweepline(cwd, "show", String(stuck?.["id"]), "--why")).stdout, "--run-timeout")
  })

  it("--deadline ends the sweep then, and stops what runs", async (test) => {
    const cwd = folder(test, shellSweep({ runs: 1000, seconds: 60 }))
    const { code, stderr, stdout } = await sweepline(
      cwd,
      ..."run sweep.yaml --workers 2 --deadline 12s --grace 1s --json".split(" ")
    )
    assert.strictEqual(code, 0, stderr)
    assert.deepInclude(last(stdout), { state: "COMPLETED", reason: "DeadlineReached", runs: { killed: 2 } })
    assert.deepStrictEqual(processesIn(cwd), [])
    for (const run of await runs(cwd)) assert.strictEqual(run["stop"], "DeadlineReached")
    assert.include((await sweepline(cwd, "show", "--why")).stdout, "DeadlineReached: its deadline is reached")
  })

  it("--budget ends the sweep when its runs have spent it, over a kill and a resume", async (test) => {
    const cwd = folder(test, shellSweep({ runs: 1000, seconds: 60 }))
    // Two runs spend 7.2 seconds of GPU time in 3.6 seconds.
    const first = launch(cwd, "run", "sweep.yaml", "--workers", "2", "--budget", "0.002gpuh", "--grace", "1s", "--json")
    await runsStart(first, 2)
    const startedAt = Date.now()
    kill(first.child.pid ?? 0, "SIGKILL")
    await first.ended
    const { code, stderr, stdout } = await sweepline(cwd, "resume", "--json")
    assert.strictEqual(code, 0, stderr)
    assert.deepInclude(last(stdout), { state: "COMPLETED", reason: "BudgetSpent", runs: { killed: 2 } })
    assert.isBelow(Date.now() - startedAt, 20_000)
  })

  it("--retries runs a crashed run again, as the same run", async (test) => {
    const cwd = folder(test, {
      ...shellSweep({ runs: 1, seconds: 0 }),
      "run.sh": '[ "$SWEEPLINE_ATTEMPT" = 2 ] || kill -9 0'
    })
    const { code, stdout } = await sweepline(cwd, "run", "sweep.yaml", "--retries", "1", "--json")
    assert.strictEqual(code, 0)
    assert.deepInclude(last(stdout), { runs: { finished: 1 } })
    assert.deepInclude((await runs(cwd))[0], { state: "finished", attempt: 2 })
  })
})

describe("a run that a reboot ended", () => {
  it("is crashed because of that, and told apart from one that failed", async (test) => {
    const refusal = spawnSync("unshare", ["--mount", "true"], { encoding: "utf8" }).stderr
    if (refusal !== "") return test.skip(refusal.trim())
    const cwd = folder(test, shellSweep({ runs: 1, seconds: 60 }))
    const first = launch(cwd, "run", "sweep.yaml", "--json")
    await runsStart(first)
    kill(first.child.pid ?? 0, "SIGKILL")
    await first.ended
    const [run] = await runs(cwd)
    const claim = join(cwd, ".sweepline/runs", String(run?.["id"]), "1/claim")
    const [, wrapper] = readFileSync(claim, "utf8").split(" ")
    kill(-Number(wrapper), "SIGKILL")
    await until("it is gone", () => processesIn(cwd).length === 0)
    // Another boot of the same machine, as far as the one that resumes can tell.
    writeFileSync(join(cwd, "boot"), "0f1e2d3c-0000-4000-8000-000000000000\n")
    const rebooted = 'mount --bind boot /proc/sys/kernel/random/boot_id && exec "$0" "$@"'
    const args = ["--mount", "sh", "-ec", rebooted, process.execPath, binary, "resume", "--json"]
    const { code, stderr } = await start("unshare", args, { cwd }).ended
    // It was the only one, so none finished.
    assert.strictEqual(code, 1, stderr)
    assert.include(stderr, "the machine was restarted while it ran")
    const shown = await sweepline(cwd, "show", String(run?.["id"]))
    assert.match(shown.stdout, /state +crashed/)
    assert.match(shown.stdout, /because +the machine was restarted while it ran/)
  })
})
