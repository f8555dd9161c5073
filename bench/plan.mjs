// How long `sweepline plan` takes, and how much processor time of all its threads: where they are far apart, the machine
// was busy, and the time says little.
import { spawnSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { inFolder, program, verdict } from "./measure.mjs"

const sweeps = {
  "grid.yaml": `
program: train.py
method: grid
parameters:
  a: {values: [${Array.from({ length: 100 }, (_, n) => n).join(", ")}]}
  b: {values: [${Array.from({ length: 100 }, (_, n) => n).join(", ")}]}
`,
  "random.yaml": `
program: train.py
method: random
run_cap: 10000
parameters:
  lr: {min: 0.001, max: 0.1}
  layers: {min: 1, max: 8}
`,
  "bayes.yaml": `
program: train.py
method: bayes
run_cap: 200
metric: {name: loss, goal: minimize}
parameters:
  lr: {distribution: log_uniform_values, min: 0.0001, max: 0.1}
  dropout: {min: 0.0, max: 0.5}
  layers: {min: 1, max: 8}
`
}

/** Seconds that a plan takes, and seconds of processor time. */
const time = (folder, ...args) => {
  const started = performance.now()
  const { status, stderr, stdout } = spawnSync(
    "sh",
    ["-c", '"$@" > plan.txt && times', "sh", process.execPath, program, "plan", ...args],
    { cwd: folder, encoding: "utf8" }
  )
  const took = (performance.now() - started) / 1000
  if (status !== 0) throw new Error(`plan ${args.join(" ")} ended with ${status}: ${stderr}`)
  // The shell's own times, then those of what it ran: minutes and seconds, as user and as system.
  const [, , ...children] = [...stdout.matchAll(/(\d+)m([\d.]+)s/g)]
  const cpu = children.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0)
  return { took, cpu }
}

await inFolder(async (folder) => {
  for (const [name, text] of Object.entries(sweeps)) writeFileSync(join(folder, name), text)
  const options = ["--workers", "8", "--duration", "lognormal(10m, 0.4)"]
  time(folder, "grid.yaml", "--run-cap", "2", "--samples", "1", ...options) // compiles, once per installation
  const measure = (what, bound, ...args) => {
    const { cpu, took } = time(folder, ...args, ...options)
    verdict(what, took, bound, "s")
    // Threads shorten the time; they must not hide what it costs.
    verdict(`${what}: processor time`, cpu, 2 * bound, "s")
  }
  measure("grid: one sample of 10,000 runs", 5, "grid.yaml", "--samples", "1")
  measure("random: one sample of 10,000 runs", 5, "random.yaml", "--samples", "1")
  measure("grid: 50 samples of 200 runs", 5, "grid.yaml", "--run-cap", "200")
  measure("random: 50 samples of 200 runs", 5, "random.yaml", "--run-cap", "200")
  measure("bayes: one sample of 200 runs", 30, "bayes.yaml", "--samples", "1")
})
