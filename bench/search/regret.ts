// Regrets of our searches on the bench's problems beside those of Optuna and W&B, which
// stand in peers/regret.json: node run.mjs regret [--seeds 20] [--workers 2] [--problem NAME] [--sampler NAME]
/* oxlint-disable unicorn/require-post-message-target-origin -- to workers, not to windows */
import { writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { isMainThread, parentPort, Worker } from "node:worker_threads"
import * as Peers from "./Peers.js"
import * as Problem from "./Problem.js"
import * as Sweep from "./Sweep.js"
import * as Table from "./Table.js"

/** One sweep to run. */
interface Task {
  readonly problem: string
  readonly sampler: Sweep.Name
  readonly seed: number
}

interface Done extends Task {
  readonly regrets: ReadonlyArray<number>
}

const problems = Problem.all()

const carryOut = (task: Task): Done => {
  const problem = problems.find(({ name }) => name === task.problem)
  if (problem === undefined) throw new Error(`There is no problem ${task.problem}`)
  return { ...task, regrets: Sweep.regrets(problem, Sweep.searcher(task.sampler, problem, task.seed), task.seed) }
}

const shareOut = (tasks: ReadonlyArray<Task>, workers: number): Promise<ReadonlyArray<Done>> =>
  new Promise((resolve, reject) => {
    const done: Array<Done> = []
    let next = 0
    for (let k = 0; k < Math.min(workers, tasks.length); k++) {
      const worker = new Worker(fileURLToPath(import.meta.url))
      const give = () => (next < tasks.length ? worker.postMessage(tasks[next++]) : worker.postMessage("end"))
      worker.on("error", reject)
      worker.on("message", (result: Done) => {
        if (done.push(result) === tasks.length) resolve(done)
        give()
      })
      give()
    }
  })

const main = async () => {
  const { values } = parseArgs({
    args: process.argv.slice(3),
    options: {
      seeds: { type: "string", default: "20" },
      workers: { type: "string", default: "2" },
      problem: { type: "string", multiple: true },
      sampler: { type: "string", multiple: true },
      save: { type: "string" }
    }
  })
  const wanted = problems.filter(({ name }) => values.problem?.includes(name) ?? true)
  const samplers = Sweep.samplers.filter((name) => values.sampler?.includes(name) ?? true)
  // The slow ones first, so that both threads end together.
  const tasks = samplers.flatMap((sampler) =>
    wanted.flatMap(({ name }) =>
      Array.from({ length: Number(values.seeds) }, (_, seed): Task => ({ problem: name, sampler, seed }))
    )
  )
  const started = performance.now()
  const done = await shareOut(tasks, Number(values.workers))
  const ours = new Map(samplers.map((name) => [name, Table.grouped(done.filter(({ sampler }) => sampler === name))]))
  if (values.save !== undefined) writeFileSync(values.save, JSON.stringify(done))
  const { lines, ok } = Table.report(
    wanted.map(({ name }) => name),
    ours,
    Peers.read()
  )
  for (const line of lines) console.log(line)
  console.log(`\n${tasks.length} sweeps in ${((performance.now() - started) / 60_000).toFixed(1)} minutes.`)
  if (!ok) process.exitCode = 1
}

if (isMainThread) await main()
else {
  parentPort?.on("message", (task: Task | "end") => {
    if (task === "end") parentPort?.close()
    else parentPort?.postMessage(carryOut(task))
  })
}
