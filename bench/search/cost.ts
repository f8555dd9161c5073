// CPU time of asks after many runs, as ratios to Optuna and W&B measured in the same run:
// node run.mjs cost [--python PATH]. Without a Python it makes itself an environment of peers/requirements.txt.
import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import type { Parameter } from "@sweepline/core/Parameter"
import type { PastRun } from "@sweepline/core/Search"
import type { TrialConfig } from "@sweepline/core/TrialConfig"
import * as Random from "@sweepline/search/Random"
import * as Sweep from "./Sweep.js"

/** Milliseconds of asks that followed one another. */
interface Cost {
  readonly mean: number
  readonly worst: number
  readonly asks: number
}

const names = Array.from({ length: 8 }, (_, j) => `x${j}`)
const space = {
  name: "cost",
  parameters: new Map(names.map((name): [string, Parameter] => [name, { distribution: "uniform", min: 0, max: 1 }]))
}

/** The same valley in eight dimensions as in peers/cost.py. */
const valley = (trial: TrialConfig): number => {
  const x = names.map((name) => Number(trial.get(name)))
  const slopes = x.reduce((sum, at, j) => sum + (1 + j / 4) * (at - 0.1 - 0.1 * j) * (at - 0.1 - 0.1 * j), 0)
  return slopes + 0.3 * (x[0] ?? 0) * (x[7] ?? 0)
}

const past = (runs: number): Array<PastRun> => {
  const random = Random.stream(1, "cost")
  return Array.from({ length: runs }, (_, n) => {
    const trial = new Map(names.map((name) => [name, random.uniform()]))
    return Sweep.finished(n, trial, valley(trial))
  })
}

const cpu = (since?: NodeJS.CpuUsage): number => {
  const { system, user } = process.cpuUsage(since)
  return (user + system) / 1000
}

/** 50 asks from the first of a new search on, so that all it keeps is made within them. */
const ours = (sampler: Sweep.Name, runs: number, asks = 50): Cost => {
  const history = past(runs)
  const search = Sweep.searcher(sampler, space, 1)
  const took = Array.from({ length: asks }, () => {
    const started = process.cpuUsage()
    const trial = search(history)
    const milliseconds = cpu(started)
    history.push(Sweep.finished(history.length, trial, valley(trial)))
    return milliseconds
  })
  return { mean: took.reduce((sum, one) => sum + one, 0) / asks, worst: Math.max(...took), asks }
}

const run = (command: string, args: ReadonlyArray<string>, output: "inherit" | "pipe"): string => {
  const { error, status, stdout } = spawnSync(command, args, { stdio: ["ignore", output, "inherit"], encoding: "utf8" })
  if (status !== 0) throw error ?? new Error(`${command} ${args.join(" ")} ended with ${status}`)
  return stdout ?? ""
}

const python = (given: string | undefined, peers: string): string => {
  if (given !== undefined) return given
  const folder = join(peers, ".venv")
  const made = join(folder, "bin", "python")
  if (!existsSync(made)) {
    run("python3", ["-m", "venv", folder], "inherit")
    run(made, ["-m", "pip", "install", "--quiet", "-r", join(peers, "requirements.txt")], "inherit")
  }
  return made
}

if (process.env.ONLY) {
  for (const s of Sweep.samplers) ours(s, 1000)
  for (const n of [1000, 10000])
    for (const s of ["tpe", "bayes"] as const) {
      const c = ours(s, n)
      console.log(s, n, c.mean.toFixed(2), c.worst.toFixed(1))
    }
  process.exit()
}
const [folder = "."] = process.argv.slice(2)
const { values } = parseArgs({
  args: process.argv.slice(3),
  options: { python: { type: "string" }, "gp-asks": { type: "string", default: "5" } }
})
const peers = join(folder, "peers")
const interpreter = python(values.python, peers)
const peer = (sampler: string, runs: number, asks: number): Cost =>
  JSON.parse(run(interpreter, [join(peers, "cost.py"), sampler, String(runs), String(asks)], "pipe"))

// What a sweep of a thousand runs has long done: the machine code of the loops is made.
for (const sampler of Sweep.samplers) ours(sampler, 1_000)
console.log("| searcher | past runs | mean ask, ms | worst, ms | asks |\n| --- | --- | --- | --- | --- |")
const shown = (name: string, runs: number, cost: Cost): Cost => {
  console.log(`| ${name} | ${runs} | ${cost.mean.toFixed(1)} | ${cost.worst.toFixed(1)} | ${cost.asks} |`)
  return cost
}
const tpe = [1_000, 10_000].map((runs) => shown("tpe", runs, ours("tpe", runs)))
const gp = [1_000, 10_000].map((runs) => shown("bayes", runs, ours("bayes", runs)))
const optunaTpe = [1_000, 10_000].map((runs) => shown("optuna tpe", runs, peer("optuna tpe", runs, 50)))
const wandb = shown("wandb bayes", 1_000, peer("wandb bayes", 1_000, 50))
const optunaGp = shown("optuna gp", 1_000, peer("optuna gp", 1_000, Number(values["gp-asks"])))
const cold = shown("bayes, cold", 10_000, ours("bayes", 10_000, 1))
const coldTpe = shown("tpe, cold", 10_000, ours("tpe", 10_000, 1))

const bound = (what: string, value: number, least: number) => {
  const ok = value >= least
  console.log(`${what}: ${value.toPrecision(3)}, at least ${least}: ${ok ? "ok" : "FAILS"}`)
  if (!ok) process.exitCode = 1
}
const ratio = (one: Cost | undefined, other: Cost | undefined) =>
  (one?.mean ?? Number.NaN) / (other?.mean ?? Number.NaN)
console.log()
bound("TPE at 1,000 runs, times faster than Optuna's", ratio(optunaTpe[0], tpe[0]), 8)
bound("TPE at 10,000 runs, times faster than Optuna's", ratio(optunaTpe[1], tpe[1]), 20)
bound("GP at 1,000 runs, times faster than Optuna's", ratio(optunaGp, gp[0]), 100)
bound("GP at 1,000 runs, times faster than W&B's", ratio(wandb, gp[0]), 1)
bound("GP at 1,000 runs, share of its cost at 10,000", ratio(gp[0], gp[1]), 0.5)
bound("Cold ask at 10,000 runs, how often in 2 seconds", 2000 / Math.max(cold.worst, coldTpe.worst), 1)
