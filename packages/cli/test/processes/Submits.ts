import { assert, describe, it } from "@effect/vitest"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { TestContext } from "vitest"
import { folder, objects, start } from "../fixtures/program.js"
import * as Tracing from "../fixtures/tracing.js"

const script = fileURLToPath(new URL("../fixtures/submit.mjs", import.meta.url))

/** What the submitting process does on its way to a handle: it starts whoever forks jobs, and tells it of one. */
const steps = "socketpair,pipe2,clone,write"

/** What is done to an attempt's files, by whichever process; and how often in all. */
const files = { mkdir: 4, openat: 3, write: 2 } as const

interface Trial {
  /** Whether the first submit was killed. */
  readonly killed: boolean
  /** How often the script has run by the end of a second submit. */
  readonly ran: string
  /** What the second one says of the job; `undefined` where it fails, and why. */
  readonly status: unknown
  readonly stderr: string
}

/** Submits a key, with a kill at the n-th of some system calls, and submits it again. */
const submitTwice = async (
  test: TestContext,
  calls: string,
  n: number,
  ...scope: ReadonlyArray<string>
): Promise<Trial> => {
  const cwd = folder(test)
  const within = scope.map((argument) => (argument === "-f" || argument === "-P" ? argument : join(cwd, argument)))
  const traced = [
    "-qq",
    "-o",
    "trace",
    ...within,
    "-e",
    `trace=${calls}`,
    "-e",
    `inject=${calls}:signal=SIGKILL:when=${n}`
  ]
  const first = await start("strace", [...traced, process.execPath, script, cwd, "1"], { cwd }).ended
  const second = await start(process.execPath, [script, cwd, "1"], { cwd }).ended
  const count = join(cwd, "runs", "run0", "count")
  return {
    killed: first.stdout === "",
    ran: existsSync(count) ? readFileSync(count, "utf8") : "",
    status: objects(second.stdout)[0]?.["status"],
    stderr: second.stderr
  }
}

describe("a submit that is killed on its way, and made again", () => {
  it("runs its key once, wherever the process died", async (test) => {
    const reason = Tracing.refusal()
    if (reason !== undefined) return test.skip(`strace: ${reason}`)
    let kills = 0
    for (let n = 1; ; n++) {
      const { killed, ran, status, stderr } = await submitTwice(test, steps, n)
      assert.deepStrictEqual({ ran, status }, { ran: "ran\n", status: "Exited" }, `step ${n}: ${stderr}`)
      if (!killed) break
      kills += 1
    }
    console.log(`a submit killed at each of ${kills} steps`)
    assert.isAtLeast(kills, 5)
  })

  it("runs its key at most once where who makes its folder and claims it died", async (test) => {
    const reason = Tracing.refusal()
    if (reason !== undefined) return test.skip(`strace: ${reason}`)
    const places = ["", "run0", "run0/1", "run0/1/claim", "run0/1/output.log", "run0/1/exit_code"]
    const scope = places.flatMap((place) => ["-P", join("runs", place)])
    for (const [call, times] of Object.entries(files)) {
      for (let n = 1; n <= times; n++) {
        const { ran, status, stderr } = await submitTwice(test, call, n, "-f", ...scope)
        const where = `${call} ${n}: ${stderr}`
        assert.include(["", "ran\n"], ran, where)
        if (status === "Exited") assert.strictEqual(ran, "ran\n", where)
        // A claim without its line belongs to nobody who could say whether it began.
        else if (status === undefined) assert.include(stderr, "has no whole line", where)
        else assert.strictEqual(status, "Crashed", where)
      }
    }
  })
})
