import { assert, describe, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { TestContext } from "vitest"
import {
  binary,
  folder,
  kill,
  objects,
  processesIn,
  runsStart,
  shellSweep,
  start,
  sweepline
} from "./fixtures/program.js"

const slow = { timeout: 120_000 }

/** Why a namespace can't be made here; `undefined` where it can. */
const refusal = (...flags: ReadonlyArray<string>): string | undefined => {
  const { error, status, stderr } = spawnSync("unshare", [...flags, "true"], { encoding: "utf8" })
  return status === 0 ? undefined : (error?.message ?? stderr.trim())
}

/** Runs a body where the machine lets it; skips the test where it doesn't. */
const where = (test: TestContext, flags: ReadonlyArray<string>, body: () => Promise<void>): Promise<void> => {
  const reason = refusal(...flags)
  return reason === undefined ? body() : test.skip(`unshare ${flags.join(" ")}: ${reason}`)
}

describe.concurrent("sweepline as PID 1 of its namespace", () => {
  const flags = ["--pid", "--fork", "--mount-proc", "--kill-child"]

  it("finishes a sweep", slow, (test) =>
    where(test, flags, async () => {
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
    where(test, flags, async () => {
      const cwd = folder(test, shellSweep({ runs: 3, seconds: 60 }))
      const program = start(
        "unshare",
        [...flags, process.execPath, binary, "run", "sweep.yaml", "--workers", "2", "--grace", "2s", "--json"],
        { cwd }
      )
      await runsStart(program)
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

/** Sweepline where a shell has changed the mounts, which only it sees. */
const remounted = (cwd: string, mounts: string, ...args: ReadonlyArray<string>) =>
  start("unshare", ["--mount", "sh", "-ec", `${mounts}; exec "$0" "$@"`, process.execPath, binary, ...args], { cwd })
    .ended

describe.concurrent("sweepline, where its state can't be kept", () => {
  const flags = ["--mount"]

  it("says so of a disk that is full", slow, (test) =>
    where(test, flags, async () => {
      const cwd = folder(test, shellSweep({ runs: 2, seconds: 0 }))
      mkdirSync(join(cwd, "small"))
      const mounts = "mount -t tmpfs -o size=16k none small"
      const { code, stderr, stdout } = await remounted(cwd, mounts, "run", "sweep.yaml", "--dir", "small/state")
      assert.strictEqual(code, 3, stdout + stderr)
      assert.include(stderr, "full")
    })
  )

  it("says so of a folder that can't be written", slow, (test) =>
    where(test, flags, async () => {
      const cwd = folder(test, shellSweep({ runs: 2, seconds: 0 }))
      mkdirSync(join(cwd, "locked"))
      const mounts = "mount -t tmpfs none locked && mount -o remount,ro locked"
      const { code, stderr, stdout } = await remounted(cwd, mounts, "run", "sweep.yaml", "--dir", "locked/state")
      assert.strictEqual(code, 3, stdout + stderr)
      assert.match(stderr, /^sweepline: \S*locked\/state\/sweepline\.db can't be written \(EROFS.*--dir\.\n$/)
    })
  )

  it("says so of sweeps that can only be read any more, and leaves them as they are", slow, (test) =>
    where(test, flags, async () => {
      const cwd = folder(test, shellSweep({ runs: 1, seconds: 0 }))
      assert.strictEqual((await sweepline(cwd, "run", "sweep.yaml")).code, 0)
      const before = readFileSync(join(cwd, ".sweepline/sweepline.db"))
      const mounts = "mount --bind .sweepline .sweepline && mount -o remount,bind,ro .sweepline"
      const { code, stderr, stdout } = await remounted(cwd, mounts, "run", "sweep.yaml")
      assert.strictEqual(code, 3, stdout + stderr)
      assert.match(stderr, /^sweepline: \S*sweepline\.db can't be written \(.*--dir\.\n$/)
      assert.isTrue(before.equals(readFileSync(join(cwd, ".sweepline/sweepline.db"))))
    })
  )

  it("says so of a network filesystem, and writes nothing on it", slow, (test) =>
    where(test, flags, async () => {
      const cwd = folder(test, shellSweep({ runs: 1, seconds: 0 }))
      // What the kernel would say of a share that is mounted there.
      const real = readFileSync("/proc/self/mountinfo", "utf8")
      writeFileSync(join(cwd, "mounts"), `${real}9999 1 0:99 / ${cwd} rw shared:1 - nfs4 server:/export rw\n`)
      const mounts = "mount --bind mounts /proc/$$/mountinfo"
      const { code, stderr, stdout } = await remounted(cwd, mounts, "run", "sweep.yaml")
      assert.strictEqual(code, 3, stdout + stderr)
      assert.match(stderr, /^sweepline: \S*\.sweepline is on a network filesystem \(nfs4\).*local disk with --dir\.\n$/)
      assert.isFalse(existsSync(join(cwd, ".sweepline")))
    })
  )
})
