import { assert, describe, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import { mkdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { binary, folder, kill, objects, processesIn, shellSweep, start, until } from "./fixtures/program.js"

const slow = { timeout: 120_000 }

/** Why a namespace can't be made here; `undefined` where it can. */
const refusal = (...flags: ReadonlyArray<string>): string | undefined => {
  const { error, status, stderr } = spawnSync("unshare", [...flags, "true"], { encoding: "utf8" })
  return status === 0 ? undefined : (error?.message ?? stderr.trim())
}

/** Runs a body where the machine lets it, and says so where it doesn't. */
const where = (flags: ReadonlyArray<string>, body: () => Promise<void>): Promise<void> => {
  const reason = refusal(...flags)
  if (reason === undefined) return body()
  console.log(`not shown on this machine: unshare ${flags.join(" ")}: ${reason}`)
  return Promise.resolve()
}

describe.concurrent("sweepline as PID 1 of its namespace", () => {
  const flags = ["--pid", "--fork", "--mount-proc", "--kill-child"]

  it("finishes a sweep", slow, (test) =>
    where(flags, async () => {
      const cwd = folder(test, shellSweep({ runs: 3, seconds: 0.2 }))
      const { code, stderr, stdout } = await start(
        "unshare",
        [...flags, process.execPath, binary, "run", "sweep.yaml", "--json"],
        { cwd }
      ).ended
      assert.strictEqual(code, 0, stderr)
      assert.deepInclude(objects(stdout).at(-1), { state: "COMPLETED", runs: { finished: 3 } })
    })
  )

  it("stops its runs on SIGTERM and leaves the sweep PAUSED", slow, (test) =>
    where(flags, async () => {
      const cwd = folder(test, shellSweep({ runs: 3, seconds: 60 }))
      const program = start(
        "unshare",
        [...flags, process.execPath, binary, "run", "sweep.yaml", "--workers", "2", "--grace", "2s", "--json"],
        { cwd }
      )
      await until("a run starts", () => program.stdout().includes('"RunStarted"'), {
        seen: () => program.stdout() + program.stderr()
      })
      const pid = program.child.pid ?? 0
      const [inside] = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ")
      kill(Number(inside), "SIGTERM")
      const { code, stdout } = await program.ended
      assert.strictEqual(code, 143)
      assert.deepInclude(objects(stdout).at(-1), { state: "PAUSED", reason: "Interrupted" })
      assert.deepStrictEqual(processesIn(cwd), [])
    })
  )
})

describe.concurrent("sweepline on a disk that is full", () => {
  const flags = ["--mount"]

  it("says so in one sentence", slow, (test) =>
    where(flags, async () => {
      const cwd = folder(test, shellSweep({ runs: 2, seconds: 0 }))
      mkdirSync(join(cwd, "small"))
      const { code, stderr, stdout } = await start(
        "unshare",
        [
          ...flags,
          "sh",
          "-c",
          'mount -t tmpfs -o size=16k none small && exec "$0" "$1" run sweep.yaml --dir small/state',
          process.execPath,
          binary
        ],
        { cwd }
      ).ended
      assert.strictEqual(code, 3, stdout + stderr)
      assert.include(stderr, "full")
    })
  )
})
