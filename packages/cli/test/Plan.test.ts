import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import * as InProcess from "./fixtures/inProcess.js"
import { folder, look, objects, sweepline } from "./fixtures/program.js"

const randomSweep = `
name: planned
program: train.py
command: [python, "\${program}", "\${args}"]
method: random
run_cap: 24
metric: {name: loss, goal: minimize}
parameters:
  lr: {min: 0.001, max: 0.1}
  epochs: {values: [5, 10, 20]}
`

const hyperband = `${randomSweep}early_terminate: {type: hyperband, min_iter: 3, eta: 3}\n`

/** Plans the sweep of a folder in the test's own process. */
const plan = (cwd: string, options: ReadonlyArray<string>) =>
  Effect.runPromise(
    Effect.scoped(InProcess.run(["plan", join(cwd, "sweep.yaml"), "--dir", join(cwd, ".sweepline"), ...options]))
  )

const planOf = (stdout: string) => objects(stdout).at(-1) as unknown as Plan
const runsOf = (stdout: string) =>
  objects(stdout).filter(({ type }) => type === "PlannedRun") as unknown as ReadonlyArray<PlannedRun>

describe.concurrent("plan", () => {
  it("says the same byte for byte for the same seed, and something else for another", async (test) => {
    const cwd = folder(test, { "sweep.yaml": hyperband })
    const options = ["--workers", "4", "--samples", "3", "--duration", "lognormal(10m, 0.4)", "--failures", "5%"]
    const [a, b, c] = await Promise.all([
      sweepline(cwd, "plan", join(cwd, "sweep.yaml"), ...options, "--seed", "7", "--svg", "a.svg"),
      plan(cwd, [...options, "--seed", "7", "--svg", join(cwd, "b.svg")]),
      plan(cwd, [...options, "--seed", "8"])
    ])
    assert.strictEqual(a.code, 0, a.stderr)
    assert.strictEqual(a.stdout.trimEnd(), b.stdout.trimEnd())
    assert.strictEqual(readFileSync(join(cwd, "a.svg"), "utf8"), readFileSync(join(cwd, "b.svg"), "utf8"))
    assert.notStrictEqual(a.stdout.trimEnd(), c.stdout.trimEnd())
    for (const part of [
      "makespan",
      "GPU-hours",
      "finished",
      "stopped",
      "Survivors by rung",
      "run_cap 24 binds",
      "worker 4 │"
    ])
      assert.include(a.stdout, part)
    assert.match(a.stdout, /^ +0:00 {2}python train\.py --epochs=(5|10|20) --lr=0\.\d+$/m)
  })

  it("refuses a sweep without an end, which it would simulate for ever, unless it is given one", async (test) => {
    const endless = randomSweep.replace("run_cap: 24", "")
    const aimed = endless.replace("minimize", "minimize, target: 0.1")
    const cwd = folder(test, { "sweep.yaml": endless })
    for (const [place, why] of [
      [cwd, "has no end to plan to"],
      [folder(test, { "sweep.yaml": aimed }), "ends only at its target, which a plan may never reach"]
    ] as const) {
      const { code, stderr } = await plan(place, ["--samples", "1"])
      assert.strictEqual(code, 2)
      assert.include(stderr, `${why}: give --run-cap, --deadline or --budget.`)
    }
    for (const bound of ["--run-cap=2", "--deadline=20m", "--budget=0.1gpuh"]) {
      const few = ["--samples", "1", "--workers", "1", "--duration", "9m", bound]
      assert.strictEqual((await plan(cwd, few)).code, 0, bound)
    }
  })

  it("counts what known durations come to", async (test) => {
    const cwd = folder(test, { "sweep.yaml": randomSweep.replace("run_cap: 24", "run_cap: 6") })
    const { stderr, stdout } = await plan(cwd, [
      "--json",
      "--workers",
      "2",
      "--samples",
      "2",
      "--duration",
      "10m",
      "--price",
      "3",
      "--gpus-per-run",
      "4"
    ])
    const runs = runsOf(stdout)
    assert.deepStrictEqual(
      runs.map((run) => [run.worker, run.startSeconds, run.endSeconds, run.outcome]),
      [0, 600, 1200].flatMap((at) => [0, 1].map((worker) => [worker, at, at + 600, "finished"])),
      stderr
    )
    for (const { command, config } of runs) {
      assert.deepStrictEqual(command, ["python", "train.py", `--epochs=${config.epochs}`, `--lr=${config.lr}`])
    }
    const told = planOf(stdout)
    assert.deepStrictEqual(told.makespanSeconds, { p50: 1800, p90: 1800 })
    assert.deepStrictEqual(told.gpuHours, { p50: 4, p90: 4 })
    assert.deepStrictEqual(told.cost, { p50: 12, p90: 12, price: 3 })
    assert.deepStrictEqual(told.ends, [{ reason: "RunCapReached", state: "COMPLETED", samples: 2 }])
    assert.deepStrictEqual(told.runCapBindsAtSeconds, { p50: 1200, p90: 1200 })
  })

  it("plans a sweep of which every run fails as failed, after as many runs as it may have", async (test) => {
    const cwd = folder(test, { "sweep.yaml": randomSweep })
    const { stdout } = await plan(cwd, ["--json", "--duration", "10m", "--failures", "1", "--samples", "2"])
    const told = planOf(stdout)
    assert.deepStrictEqual(told.ends, [{ reason: "NoneFinished", state: "FAILED", samples: 2 }])
    assert.isNotNull(told.runCapBindsAtSeconds)
  })

  it("plans retries of runs that fail, and runs preempted ones again as the same run", async (test) => {
    const cwd = folder(test, { "sweep.yaml": randomSweep })
    const { stdout } = await plan(cwd, [
      "--json",
      "--workers",
      "3",
      "--samples",
      "1",
      "--duration",
      "10m",
      "--failures",
      "30%",
      "--preemptions",
      "20%",
      "--retries",
      "9",
      "--queue-wait",
      "uniform(0s, 30s)"
    ])
    const runs = runsOf(stdout)
    const outcomes = new Set(runs.map(({ outcome }) => outcome))
    assert.sameMembers([...outcomes], ["finished", "failed", "preempted"])
    const told = planOf(stdout)
    assert.deepStrictEqual(told.outcomes, { finished: { p50: 24, p90: 24 } })
    assert.strictEqual(told.launches.p50, runs.length)
    assert.isAbove(runs.length, 24)
    assert.strictEqual(new Set(runs.map(({ run }) => run)).size, 24)
    assert.isTrue(runs.some(({ startSeconds, submittedSeconds }) => startSeconds > submittedSeconds))
  })

  it("says in how many samples the deadline binds", async (test) => {
    const cwd = folder(test, { "sweep.yaml": randomSweep })
    const options = ["--workers", "24", "--samples", "4", "--duration", "uniform(9m, 11m)", "--commands", "0"]
    const [binds, never] = await Promise.all([
      plan(cwd, [...options, "--deadline", "9m30s"]),
      plan(cwd, [...options, "--deadline", "2h"])
    ])
    assert.match(binds.stdout, /The sweep ends COMPLETED: its deadline is reached\.\n/)
    assert.match(binds.stdout, /The deadline after 9:30 binds in 4 of 4 samples\./)
    assert.match(never.stdout, /The deadline after 2:00:00 never binds\./)
  })

  it("repeats a finished sweep, and what was exported of it", async (test) => {
    const cwd = folder(test, {
      "sweep.yaml": `
program: run.sh
command: [sh, "\${program}", "\${args_no_hyphens}"]
method: grid
metric: {name: score, goal: maximize}
parameters: {x: {values: [1, 2, 3]}}
`,
      "run.sh": `sleep 0.\${1#x=}; echo "{\\"score\\": \${1#x=}}"; test "$1" != x=2\n`
    })
    const ran = await sweepline(cwd, "run", "sweep.yaml", "--workers", "1", "--name", "before")
    assert.strictEqual(ran.code, 0, ran.stderr)
    const shown = objects((await look(cwd, "show", "--json")).stdout).slice(1) as unknown as ReadonlyArray<{
      readonly startedAt: string
      readonly endedAt: string
    }>
    const like = await plan(cwd, ["--json", "--like", "before", "--workers", "1", "--samples", "1"])
    // The same trial takes what it took, and ends as it ended.
    assert.deepStrictEqual(
      runsOf(like.stdout).map((run) => [run.outcome, Math.round((run.endSeconds - run.startSeconds) * 1000)]),
      shown.map(({ endedAt, startedAt }, index) => [
        index === 1 ? "failed" : "finished",
        Date.parse(endedAt) - Date.parse(startedAt)
      ]),
      like.stderr
    )
    // One row a run: it lasts no time. A second one, an hour later, makes it last two.
    const curves = (await look(cwd, "export", "--history")).stdout.trimEnd()
    const [run = "", step = "", at = "", ...values] = curves.split("\r\n")[1]?.split(",") ?? []
    const later = [run, Number(step) + 1, new Date(Date.parse(at) + 3_600_000).toISOString(), ...values].join(",")
    const second = folder(test, { "sweep.yaml": randomSweep, "curves.csv": `${curves}\r\n${later}\r\n` })
    const { code, stderr, stdout } = await plan(second, [
      "--json",
      "--curves",
      join(second, "curves.csv"),
      "--workers",
      "24",
      "--samples",
      "1"
    ])
    assert.strictEqual(code, 0, stderr)
    assert.deepStrictEqual(planOf(stdout).makespanSeconds, { p50: 7200, p90: 7200 })
  })

  it("says what is wrong with an option", async (test) => {
    const cwd = folder(test, { "sweep.yaml": randomSweep })
    const [rates, like, curves] = await Promise.all([
      plan(cwd, ["--failures", "70%", "--crashes", "0.4"]),
      plan(cwd, ["--like", "nothing"]),
      plan(cwd, ["--curves", join(cwd, "missing.csv")])
    ])
    assert.match(rates.stderr, /more than all attempts/)
    assert.match(like.stderr, /There is no sweepline data/)
    assert.match(curves.stderr, /Could not read .*missing\.csv/)
    assert.deepStrictEqual([rates.code, like.code, curves.code], [2, 4, 2])
  })
})

interface Spread {
  readonly p50: number
  readonly p90: number
}

interface Plan {
  readonly makespanSeconds: Spread
  readonly gpuHours: Spread
  readonly cost: unknown
  readonly launches: Spread
  readonly outcomes: unknown
  readonly ends: unknown
  readonly runCapBindsAtSeconds: unknown
}

interface PlannedRun {
  readonly run: string
  readonly worker: number
  readonly submittedSeconds: number
  readonly startSeconds: number
  readonly endSeconds: number
  readonly outcome: string
  readonly config: { readonly epochs: number; readonly lr: number }
  readonly command: ReadonlyArray<string>
}
