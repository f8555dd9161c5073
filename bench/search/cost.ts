// CPU time of asks after many runs, as ratios to Optuna and W&B measured in the same run:
// node run.mjs cost [--python PATH] [--gp-asks 50], of which Optuna's GP takes five seconds each. Without a Python it makes itself an environment of peers/requirements.txt.
import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import type { Parameter } from "@sweepline/core/Parameter"
import type { PastRun } from "@sweepline/core/Search"
import type { TrialConfig } from "@sweepline/core/TrialConfig"
import * as Random from "@sweepline/search/Random"
import * as Sweep from "./Sweep.js"

/** CPU milliseconds of asks: of the first, which reads the whole history, and of those that follow it. */
interface Cost {
  readonly first: number
  readonly mean: number
  readonly worst: number
  readonly asks: number
}

/** Lengths of the history at which a fit of the process falls within the fifty asks. */
const [thousand, tenThousand] = [1_040, 10_060]

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

const ours = (sampler: Sweep.Name, runs: number, asks = 50): Cost => {
  const history = past(runs)
  const search = Sweep.searcher(sampler, space, 1)
  const [first = 0, ...took] = Array.from({ length: asks + 1 }, () => {
    const started = process.cpuUsage()
    const trial = search(history)
    const { system, user } = process.cpuUsage(started)
    history.push(Sweep.finished(history.length, trial, valley(trial)))
    return (user + system) / 1000
  })
  return { first, mean: took.reduce((sum, one) => sum + one, 0) / asks, worst: Math.max(...took), asks }
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

const [folder = "."] = process.argv.slice(2)
const { values } = parseArgs({
  args: process.argv.slice(3),
  options: { python: { type: "string" }, "gp-asks": { type: "string", default: "50" } }
})
const peers = join(folder, "peers")
const interpreter = python(values.python, peers)
const peer = (sampler: string, runs: number, asks: number): Cost =>
  JSON.parse(run(interpreter, [join(peers, "cost.py"), sampler, String(runs), String(asks)], "pipe"))

// What a sweep of a thousand runs has done by then: a thousand asks. Of the process, the last fifty do.
ours("tpe", 40, thousand - 40)
ours("bayes", thousand)
console.log(
  "| searcher | past runs | mean ask, ms | worst, ms | asks | first, ms |\n| --- | --- | --- | --- | --- | --- |"
)
const shown = (name: string, runs: number, cost: Cost): Cost => {
  const cells = [name, runs, cost.mean.toFixed(1), cost.worst.toFixed(1), cost.asks, cost.first.toFixed(0)]
  console.log(`| ${cells.join(" | ")} |`)
  return cost
}
const tpe = shown("tpe", thousand, ours("tpe", thousand))
const optunaTpe = shown("optuna tpe", thousand, peer("optuna tpe", thousand, 50))
const tpeLater = shown("tpe", tenThousand, ours("tpe", tenThousand))
const optunaTpeLater = shown("optuna tpe", tenThousand, peer("optuna tpe", tenThousand, 50))
const gp = shown("bayes", thousand, ours("bayes", thousand))
const gpLater = shown("bayes", tenThousand, ours("bayes", tenThousand))
const optunaGp = shown("optuna gp", thousand, peer("optuna gp", thousand, Number(values["gp-asks"])))
const wandb = shown("wandb bayes", thousand, peer("wandb bayes", thousand, 50))

const bound = (what: string, value: number, least: number) => {
  const ok = value >= least
  console.log(`${what}: ${value.toPrecision(3)}, at least ${least}: ${ok ? "ok" : "FAILS"}`)
  if (!ok) process.exitCode = 1
}
console.log()
bound("TPE at 1,000 runs, times faster than Optuna's", optunaTpe.mean / tpe.mean, 8)
bound("TPE at 10,000 runs, times faster than Optuna's", optunaTpeLater.mean / tpeLater.mean, 20)
bound("GP at 1,000 runs, times faster than Optuna's", optunaGp.mean / gp.mean, 100)
bound("GP at 1,000 runs, times faster than W&B's", wandb.mean / gp.mean, 1)
bound("GP at 1,000 runs, share of its cost at 10,000", gp.mean / gpLater.mean, 0.5)
bound("First ask at 10,000 runs, how often in 2 seconds", 2000 / Math.max(tpeLater.first, gpLater.first), 1)
