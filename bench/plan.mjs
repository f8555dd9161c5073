// How much processor time `sweepline plan` takes: wall time says little on a machine that is shared.
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

/** Seconds of processor time, of all threads, that a plan takes. */
const cpuTime = (folder, ...args) => {
  const { status, stderr, stdout } = spawnSync(
    "sh",
    ["-c", '"$@" > plan.txt && times', "sh", process.execPath, program, "plan", ...args],
    { cwd: folder, encoding: "utf8" }
  )
  if (status !== 0) throw new Error(`plan ${args.join(" ")} ended with ${status}: ${stderr}`)
  // The shell's own times, then those of what it ran: minutes and seconds, as user and as system.
  const [, , ...children] = [...stdout.matchAll(/(\d+)m([\d.]+)s/g)]
  return children.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0)
}

await inFolder(async (folder) => {
  for (const [name, text] of Object.entries(sweeps)) writeFileSync(join(folder, name), text)
  const options = ["--workers", "8", "--duration", "lognormal(10m, 0.4)"]
  cpuTime(folder, "grid.yaml", "--run-cap", "2", "--samples", "1", ...options) // compiles, once per installation
  const measure = (what, bound, ...args) => verdict(what, cpuTime(folder, ...args, ...options), bound, "s")
  measure("grid: one sample of 10,000 runs", 5, "grid.yaml", "--samples", "1")
  measure("random: one sample of 10,000 runs", 5, "random.yaml", "--samples", "1")
  measure("grid: 50 samples of 200 runs", 5, "grid.yaml", "--run-cap", "200")
  measure("random: 50 samples of 200 runs", 5, "random.yaml", "--run-cap", "200")
  measure("bayes: one sample of 200 runs", 30, "bayes.yaml", "--samples", "1")
})
