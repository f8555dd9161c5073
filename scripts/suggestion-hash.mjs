// Prints a hash of what every way to search suggests for fixed configs, seeds and results, from the built packages.
// It must be the same on each version of Node: a resumed sweep goes on where it was, on whatever machine.
import { createHash } from "node:crypto"
import * as SweepConfig from "../packages/core/dist/SweepConfig.js"
import * as TrialConfig from "../packages/core/dist/TrialConfig.js"
import * as Planner from "../packages/search/dist/Planner.js"

const mixed = `
parameters:
  lr: {distribution: log_uniform_values, min: 1.0e-5, max: 1}
  width: {distribution: normal, mu: 0, sigma: 2}
  share: {distribution: beta, a: 2, b: 5}
  layers: {min: 1, max: 50}
  kind: {values: [x, y, z, 1.5, null]}
  decay: {distribution: q_log_normal, mu: 1, sigma: 1, q: 0.1}
  net: {parameters: {dropout: {min: -1.0, max: 1.0}}}
`
const grid = "parameters: {a: {min: 1, max: 7}, b: {values: [x, 1, 2.5]}}\n"
/** Ranges that are declared linear, of what matters by its logarithm. */
const linear = `
parameters:
  rate: {min: 0.00001, max: 1.0}
  units: {min: 8, max: 4096}
`
const metric = "metric: {name: loss, goal: minimize}\n"
const sampler = (type) => `scheduler: {settings: {sampler: {type: ${type}}}}\n`

const sweeps = {
  grid: `method: grid\n${grid}`,
  shuffled: `method: grid\nscheduler: {shuffle: true}\n${grid}`,
  random: `method: random\n${mixed}`,
  gp: `method: bayes\n${metric}${mixed}`,
  "gp along skewed axes": `method: bayes\n${metric}${linear}`,
  "gp to maximise": `method: bayes\nmetric: {name: loss, goal: maximize}\n${mixed}`,
  "gp by fronts": `method: bayes\nmetrics: [{name: loss}, {name: cost}]\n${sampler("gp")}${mixed}`,
  "gp with early stopping": `method: bayes\nearly_terminate: {type: asha}\n${metric}${mixed}`,
  "gp with repeats": `method: bayes\nrepeats: {times: 2, over: seed}\n${metric}${mixed}`,
  tpe: `method: bayes\n${sampler("tpe")}${metric}${mixed}`,
  "tpe by fronts": `method: bayes\nmetrics: [{name: loss}, {name: cost}]\n${sampler("tpe")}${mixed}`,
  cmaes: `method: bayes\n${sampler("cmaes")}${metric}${mixed}`,
  qmc: `method: bayes\n${sampler("qmc")}${metric}${mixed}`
}

/** Something smooth of a trial's numbers, and a little of its texts. No power functions: this must be the same everywhere. */
const lossOf = (value) => {
  if (value instanceof Map) return [...value.values()].reduce((sum, inner) => sum + lossOf(inner), 0)
  if (typeof value === "bigint" || typeof value === "number") {
    return Math.abs(Number(value) - 0.5) / (1 + Math.abs(Number(value)))
  }
  return value === "x" ? 0 : 1
}

/** Least at a rate of a thousandth and 64 units. */
const lossOfRate = (trial) => {
  const rate = Math.log(Number(trial.get("rate")) / 0.001)
  return rate * rate + Math.abs(Math.log(Number(trial.get("units")) / 64))
}

const digestOf = (values) => ({
  count: values.length,
  min: Math.min(...values),
  max: Math.max(...values),
  last: values.at(-1)
})

const hashOf = (text, seed, runs) => {
  const config = SweepConfig.parse({ file: "sweep.yaml", text }).right
  const answer = Planner.make()
  const hash = createHash("sha256")
  const history = []
  for (let n = 0; n < runs; n++) {
    const planned = answer({ config, seed, history })
    if (planned._tag === "Left") throw new Error(planned.left)
    if (planned.right === undefined) break
    const trial = planned.right
    hash.update(`${TrialConfig.identity(trial)}\n`)
    const loss = trial.has("rate") ? lossOfRate(trial) : lossOf(trial)
    const stoppedEarly = config.earlyTerminate !== undefined && n % 4 === 3
    const values = stoppedEarly ? [loss + 2] : [loss + 2, loss + 1, loss]
    history.push({
      id: `r${n}`,
      trial,
      state: stoppedEarly ? "killed" : n % 9 === 4 ? "failed" : "finished",
      stoppedEarly,
      curve: { values, steps: values.map((_, step) => step + 1) },
      metrics: new Map([
        ["loss", digestOf(values)],
        ["cost", digestOf([1 / (1 + loss)])]
      ])
    })
  }
  return hash.digest("hex").slice(0, 16)
}

const all = Object.entries(sweeps).map(([name, text]) => `${hashOf(text, 11, 60)} ${hashOf(text, 12, 30)} ${name}`)
if (process.argv.includes("--each")) console.log(all.join("\n"))
console.log(createHash("sha256").update(all.join("\n")).digest("hex"))
