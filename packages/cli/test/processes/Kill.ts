import { assert, describe, it } from "@effect/vitest"
import { execFileSync } from "node:child_process"
import { existsSync } from "node:fs"
import { join } from "node:path"
import type { TestContext } from "vitest"
import * as Counting from "../fixtures/counting.js"
import { binary, folder, kill, objects, processesIn, start, sweepline, until } from "../fixtures/program.js"

const kills = Number(process.env["KILLS"] ?? 50)
const seed = Number(process.env["SEED"] ?? 1)

/** A sweep, and what its runs must have done by its end. */
interface Story {
  readonly files: Readonly<Record<string, string>>
  readonly options: ReadonlyArray<string>
  readonly runs: number
  /** Attempts of each run. */
  readonly attempts: number
}

const config = (lines: string) => `program: run.sh
command: [sh, "\${program}", "\${args_no_hyphens}"]
metric: {name: score, goal: maximize}
${lines}`

const failsFirst = `${Counting.briefly}
if [ "$SWEEPLINE_ATTEMPT" = 1 ]; then echo "$key" >> ends; exit 3; fi`

const stories: Readonly<Record<string, Story>> = {
  "a grid": {
    files: {
      "sweep.yaml": config(
        "method: grid\nparameters: {x: {values: [10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23]}}"
      ),
      "run.sh": Counting.script(Counting.briefly)
    },
    options: ["--workers", "3"],
    runs: 14,
    attempts: 1
  },
  "a random search with a run_cap": {
    files: {
      "sweep.yaml": config("method: random\nrun_cap: 14\nparameters: {x: {distribution: uniform, min: 0, max: 1}}"),
      "run.sh": Counting.script(Counting.briefly)
    },
    options: ["--workers", "4"],
    runs: 14,
    attempts: 1
  },
  "a search that learns": {
    files: {
      "sweep.yaml": config("method: bayes\nrun_cap: 12\nparameters: {x: {distribution: uniform, min: 0, max: 1}}"),
      "run.sh": Counting.script(Counting.briefly)
    },
    options: ["--workers", "3"],
    runs: 12,
    attempts: 1
  },
  "runs that fail at first": {
    files: {
      "sweep.yaml": config("method: grid\nparameters: {x: {values: [1, 2, 3, 4, 5, 6, 7, 8]}}"),
      "run.sh": Counting.script(failsFirst)
    },
    options: ["--workers", "3", "--retries", "1"],
    runs: 8,
    attempts: 2
  }
}

/** Scripts that fail at first are no reason to give up. */
const env = { WANDB_AGENT_DISABLE_FLAPPING: "true" }

/** Whether a folder has a sweep yet: a first process may be killed before it made one. */
const hasSweep = async (cwd: string): Promise<boolean> =>
  existsSync(join(cwd, ".sweepline/sweepline.db")) && (await sweepline(cwd, "list", "--json")).stdout !== ""

interface Told {
  /** How many processes were killed while they were at work. */
  kills: number
  sweeps: number
}

/** Runs a sweep to its end under kills at drawn moments; every second one takes the whole process group along. */
const suffer = async (
  test: TestContext,
  { attempts, files, options, runs }: Story,
  draw: () => number,
  told: Told
): Promise<void> => {
  const cwd = folder(test, files)
  const begin = async () =>
    start(
      process.execPath,
      [binary, ...((await hasSweep(cwd)) ? ["resume"] : ["run", "sweep.yaml", ...options]), "--json"],
      { cwd, env, detached: true }
    )
  // On a busy machine everything takes longer, the start too.
  const before = performance.now()
  await sweepline(cwd, "validate", "sweep.yaml")
  const pace = Math.max(350, performance.now() - before)
  // Short delays meet the start, long ones the work and the end.
  for (let n = 0; n < 12; n++) {
    const program = await begin()
    const pid = program.child.pid ?? 0
    const delay = pace * (0.3 + draw() * 3.5)
    const whole = draw() < 0.5
    const ended = await Promise.race([
      program.ended,
      new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), delay))
    ])
    if (ended !== undefined) break
    kill(whole ? -pid : pid, "SIGKILL")
    if ((await program.ended).signal === "SIGKILL") told.kills += 1
  }
  const last = await (await begin()).ended
  told.sweeps += 1
  const state = objects((await sweepline(cwd, "list", "--json")).stdout)[0]
  assert.strictEqual(state?.["state"], "FINISHED", last.stderr)
  await check(cwd, runs, attempts)
}

const check = async (cwd: string, runs: number, attempts: number): Promise<void> => {
  await until("the last process ends", () => processesIn(cwd).length === 0)
  const [, ...rows] = objects((await sweepline(cwd, "show", "--json")).stdout)
  assert.strictEqual(rows.length, runs)
  const keys = rows.flatMap(({ id }) => Array.from({ length: attempts }, (_, n) => `${String(id)}#${n + 1}`)).toSorted()
  assert.deepStrictEqual(Counting.lines(cwd, "starts"), keys, "each attempt began once")
  assert.deepStrictEqual(Counting.lines(cwd, "ends"), keys, "each attempt ran to its end")
  for (const row of rows) {
    assert.deepInclude(row, { state: "finished", attempt: attempts, exitCode: 0 })
    assert.strictEqual(new Set(rows.map(({ config }) => JSON.stringify(config))).size, runs)
  }
  const history = objects((await sweepline(cwd, "export", "--history", "--format", "jsonl")).stdout)
  assert.strictEqual(history.length, runs * (attempts + 1), "each line was read once")
  const script = 'console.log(new (require("libsql"))(process.argv[1]).pragma("integrity_check")[0].integrity_check)'
  const checked = execFileSync(process.execPath, ["-e", script, join(cwd, ".sweepline/sweepline.db")], {
    encoding: "utf8"
  })
  assert.strictEqual(checked.trim(), "ok")
}

describe("sweepline run, killed again and again at random moments and resumed", () => {
  it(`has exactly the expected runs, each run once, over at least ${kills} kills`, async (test) => {
    const draw = Counting.draws(seed)
    const told: Told = { kills: 0, sweeps: 0 }
    while (told.kills < kills) {
      for (const [name, story] of Object.entries(stories)) {
        await suffer(test, story, draw, told).catch((error: unknown) => {
          throw new Error(`${name}, after ${told.kills} kills of seed ${seed}`, { cause: error })
        })
        if (told.kills >= kills) break
      }
    }
    console.log(`killed ${told.kills} times in ${told.sweeps} sweeps (SEED=${seed})`)
  })
})
