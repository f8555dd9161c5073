// What it costs in regret that Bayes models at most 256 runs, against the exact process of all
// of them, after 300 runs: node run.mjs subset [--seeds 5] [--problem NAME]
import { parseArgs } from "node:util"
import * as Bayes from "@sweepline/search/Bayes"
import * as Space from "@sweepline/search/Space"
import * as Either from "effect/Either"
import { median } from "./MannWhitney.js"
import * as Problem from "./Problem.js"
import * as Sweep from "./Sweep.js"

const { values } = parseArgs({
  args: process.argv.slice(3),
  options: {
    seeds: { type: "string", default: "5" },
    problem: { type: "string", multiple: true, default: ["Rosenbrock4", "Ackley5, shifted"] }
  }
})
const checkpoints = [150, 200, 300]
const models: ReadonlyArray<readonly [string, Bayes.Options]> = [
  ["at most 256 runs", {}],
  ["all runs", { modelSize: Number.POSITIVE_INFINITY, fitSize: Number.POSITIVE_INFINITY }]
]

console.log(`| median regret after ${checkpoints.join(" / ")} runs | model | ms an ask |\n| --- | --- | --- | --- |`)
for (const problem of Problem.all().filter(({ name }) => values.problem.includes(name))) {
  const space = Either.getOrThrow(Space.make(problem.parameters))
  for (const [model, options] of models) {
    const started = process.cpuUsage()
    const found = Array.from({ length: Number(values.seeds) }, (_, seed) =>
      Sweep.regrets(problem, Bayes.make(space, Sweep.loss, seed, options).next, seed, checkpoints)
    )
    const { system, user } = process.cpuUsage(started)
    const cells = checkpoints.map((_, k) => median(found.map((regrets) => regrets[k] ?? Number.NaN)).toPrecision(2))
    const cost = (user + system) / 1000 / found.length / Math.max(...checkpoints)
    console.log(`| ${problem.name} | ${model} | ${cells.join(" / ")} | ${cost.toFixed(0)} |`)
  }
}
