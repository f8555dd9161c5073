import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import {
  binary,
  folder,
  kill,
  launch,
  look,
  newest,
  objects,
  openGate,
  start,
  sweepline,
  until
} from "../fixtures/program.js"
import { sdkSweep } from "../fixtures/sdkClient.js"

/** How many rows the runs of the newest sweep have logged. */
const rows = async (cwd: string): Promise<number> =>
  objects((await look(cwd, "export", "--history", "--format", "jsonl")).stdout).length

describe.concurrent("runs that use the W&B SDK", () => {
  it("log to a server of their sweep, without a login", async (test) => {
    const cwd = folder(test, sdkSweep(2))
    const { code, stderr } = await sweepline(cwd, "run", "sweep.yaml")
    assert.strictEqual(code, 0, stderr)
    const { best, runs } = (await newest(cwd)) ?? {}
    assert.deepInclude(best, { value: 4 })
    assert.deepInclude(runs, { finished: 2 })
    assert.strictEqual(await rows(cwd), 4)
  })

  it("go on logging where the scheduler is killed, once it is back", async (test) => {
    const cwd = folder(test, sdkSweep(20))
    const first = launch(cwd, "run", "sweep.yaml", "--workers", "2")
    await until("runs log", async () => (await rows(cwd)) > 4, { seen: first.stderr })
    kill(first.child.pid ?? 0, "SIGKILL")
    await first.ended
    openGate(cwd)
    const { code, stderr } = await sweepline(cwd, "resume")
    assert.strictEqual(code, 0, stderr)
    const { best, runs } = (await newest(cwd)) ?? {}
    assert.deepInclude(runs, { finished: 2 })
    assert.deepInclude(best, { value: 40 })
    assert.strictEqual(await rows(cwd), 40)
  })

  it("log to the person's own W&B where that is wished, as a group: it doesn't know the sweep", async (test) => {
    const cwd = folder(test, {
      "sweep.yaml": `
command: [sh, -c, "env | grep WANDB_ > seen"]
method: grid
parameters: {x: {values: [1]}}
`
    })
    const env = { WANDB_MODE: "offline", WANDB_API_KEY: "k", WANDB_BASE_URL: "http://w" }
    const { code, stderr } = await start(process.execPath, [binary, "run", "sweep.yaml", "--wandb-sdk", "own"], {
      cwd,
      env
    }).ended
    assert.strictEqual(code, 0, stderr)
    const seen = readFileSync(join(cwd, "seen"), "utf8").split("\n")
    assert.includeMembers(seen, [
      "WANDB_MODE=offline",
      "WANDB_API_KEY=k",
      "WANDB_BASE_URL=http://w",
      `WANDB_RUN_GROUP=${String((await newest(cwd))?.["sweep"] ?? (await newest(cwd))?.["id"])}`
    ])
    assert.isFalse(seen.some((line) => line.startsWith("WANDB_SWEEP_ID=")))
  })
})
