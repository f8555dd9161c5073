import { spawnSync } from "node:child_process"
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { TestContext } from "vitest"
import { JobStatus } from "@sweepline/core/Executor"
import { ended, engine, key, script, temporary } from "./support.js"

const packages = fileURLToPath(new URL("../../", import.meta.url))

/** The programs of `processes` as bundles, so that processes of their own can run them from the sources. */
const bundles = mkdtempSync(join(tmpdir(), "sweepline-bundles-"))
const bundle = (name: string): string => join(bundles, `${name}.mjs`)

beforeAll(() => {
  // Another user reads them, too.
  chmodSync(bundles, 0o755)
  // The binary: esbuild's synchronous call never returns in a worker thread, where tests run.
  const built = spawnSync(
    fileURLToPath(new URL("../../../node_modules/.bin/esbuild", import.meta.url)),
    [
      ...["pidOne", "noMoreProcesses"].map((name) => fileURLToPath(new URL(`processes/${name}.ts`, import.meta.url))),
      `--outdir=${bundles}`,
      "--out-extension:.js=.mjs",
      "--bundle",
      "--platform=node",
      "--format=esm",
      `--alias:@sweepline/core=${packages}core/src`,
      `--alias:@sweepline/executors=${packages}executors/src`
    ],
    { encoding: "utf8" }
  )
  assert.strictEqual(built.status, 0, built.stderr)
})

afterAll(() => rmSync(bundles, { recursive: true }))

/** Runs a command for its one line of JSON; skips the test where the machine doesn't let us. */
const answer = (test: TestContext, program: string, args: ReadonlyArray<string>, probe: ReadonlyArray<string>) => {
  const may = spawnSync(program, [...probe, "true"], { encoding: "utf8" })
  if (may.status !== 0) {
    return test.skip(`${program} ${probe.join(" ")}: ${may.error?.message ?? may.stderr.trim()}`)
  }
  const ran = spawnSync(program, [...probe, ...args], { encoding: "utf8", timeout: 30_000 })
  assert.strictEqual(ran.status, 0, ran.stderr)
  return JSON.parse(ran.stdout)
}

describe.each(["auto", "shell"])("as process 1 of a pid namespace (launcher %s)", (launcher) => {
  it.scopedLive(
    "a later engine takes what has ended for ended, though nobody awaits it",
    (test) =>
      Effect.gen(function* () {
        const folder = yield* temporary
        const program = bundle("pidOne")
        const unshare = ["--pid", "--fork", "--mount-proc"]
        const found = answer(test, "unshare", [process.execPath, program, folder, launcher], unshare)
        assert.strictEqual(found.pid, 1)
        const { dies, ends, leaves, stops } = found.ended
        assert.deepInclude(ends, JobStatus.Exited({ code: 5 }))
        assert.deepStrictEqual(dies, JobStatus.Crashed({ detail: dies.detail }))
        assert.deepStrictEqual(stops, JobStatus.Killed())
        assert.deepInclude(leaves, JobStatus.Exited({ code: 0 }))
        assert.isAbove(found.zombies, 0, "the case that this test is about")
      }),
    40_000
  )

  it.scopedLive(
    "also where /proc is that of the outer namespace",
    (test) =>
      Effect.gen(function* () {
        const folder = yield* temporary
        const program = bundle("pidOne")
        const found = answer(test, "unshare", [process.execPath, program, folder, launcher], ["--pid", "--fork"])
        assert.strictEqual(found.pid, 1)
        assert.deepInclude(found.ended.ends, JobStatus.Exited({ code: 5 }))
        assert.strictEqual(found.ended.dies._tag, "Crashed")
        assert.deepStrictEqual(found.ended.stops, JobStatus.Killed())
      }),
    40_000
  )
})

describe("a machine at its limits", () => {
  it.scopedLive("a full disk refuses a run, and is named when it loses an exit code", (test) =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const disk = join(folder, "runs")
      mkdirSync(disk)
      const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "none", disk], { encoding: "utf8" })
      if (mounted.status !== 0) return test.skip(mounted.error?.message ?? mounted.stderr.trim())
      yield* Effect.addFinalizer(() => Effect.sync(() => spawnSync("umount", ["-l", disk])))
      const executor = yield* engine(folder)
      const handle = yield* executor.submit(script(`head -c 1000000 /dev/zero >${disk}/ballast; exit 0`), key("a"))
      const status = yield* ended(executor, handle)
      assert.isTrue(status._tag === "Crashed" && status.detail.includes("the disk is full"), JSON.stringify(status))
      for (const launcher of ["auto", "shell"] as const) {
        const error = yield* Effect.flip(
          Effect.flatMap(engine(folder, { launcher }), (executor) => executor.submit(script(""), key(launcher)))
        )
        assert.strictEqual(error.reason, "Unavailable")
        assert.include(error.message, "is full. Free some space, then resume the sweep")
      }
    })
  )

  it.scopedLive("says which folder can't be written", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const executor = yield* engine(folder, { runs: "/proc/sweepline" })
      const error = yield* Effect.flip(executor.submit(script(""), key("a")))
      assert.strictEqual(error.reason, "Unavailable")
      assert.include(error.message, "/proc/sweepline")
    })
  )
})

describe.each(["auto", "shell"])("where no process can be started (launcher %s)", (launcher) => {
  it.scopedLive(
    "it is said what to do",
    (test) =>
      Effect.gen(function* () {
        const folder = yield* temporary
        chmodSync(folder, 0o777)
        const program = bundle("noMoreProcesses")
        const found = answer(
          test,
          "setpriv",
          [process.execPath, program, folder, launcher],
          ["--reuid=65534", "--regid=65534", "--clear-groups"]
        )
        assert.strictEqual(found.reason, "Unavailable")
        assert.include(found.message, "could not start another process")
      }),
    20_000
  )
})
