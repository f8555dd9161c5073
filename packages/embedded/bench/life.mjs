// What the backend costs the main thread for one run, from heartbeat to the item's completion.
// Usage: node packages/embedded/bench/life.mjs [runs] [folder]
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as EarlyStopping from "@sweepline/core/EarlyStopping"
import { Journal } from "@sweepline/core/Journal"
import { LaunchQueue } from "@sweepline/core/LaunchQueue"
import * as RunKey from "@sweepline/core/RunKey"
import { SchedulerRun } from "@sweepline/core/SchedulerRun"
import { Search, Suggestion } from "@sweepline/core/Search"
import { SweepApi } from "@sweepline/core/SweepApi"
import * as Embedded from "@sweepline/embedded/Embedded"

const runs = Number(process.argv[2] ?? 2000)
const folder = mkdtempSync(join(process.argv[3] ?? tmpdir(), "sweepline-bench-"))
const times = new Map()
const timed = (name, effect) =>
  Effect.suspend(() => {
    const start = performance.now()
    return Effect.tap(effect, () =>
      Effect.sync(() => {
        const known = times.get(name) ?? []
        known.push((performance.now() - start) * 1000)
        times.set(name, known)
      })
    )
  })

const search = Layer.succeed(Search, {
  suggest: ({ history }) =>
    Effect.succeed(
      Suggestion.Suggested({
        trial: new Map([
          ["lr", 0.1 * history.length],
          ["depth", 3n],
          ["optimizer", "adam"]
        ])
      })
    )
})

const config = `
program: train.py
method: random
metric: {name: loss, goal: minimize}
parameters:
  lr: {min: 0.0, max: 1.0}
  depth: {value: 3}
  optimizer: {values: [adam, sgd]}
`

const event = (run, command) => ({
  _tag: "CommandIssued",
  at: 1_700_000_000_000,
  command: { _tag: command, run, attempt: 1 }
})

const life = Effect.fnUntraced(function* (sweep, agent) {
  const api = yield* SweepApi
  const queue = yield* LaunchQueue
  const journal = yield* Journal
  const [command] = yield* timed("heartbeat", api.heartbeat({ sweep, agent, runs: new Map() }))
  const { run, trial } = command
  const key = RunKey.make(run, 1)
  yield* timed("journal", journal.append(sweep, [event(run, "Launch")]))
  const request = {
    key,
    sweep,
    run,
    attempt: 1,
    queue: "default",
    priority: 2,
    executable: { kind: "program" },
    trial,
    entryPoint: undefined,
    launch: new Map(),
    author: undefined
  }
  const item = yield* timed("push", queue.push(request))
  yield* timed("lease", queue.lease({ queue: "default", agent: "local", max: 4 }))
  yield* timed("acknowledge", queue.acknowledge(item, `{"pid":12345,"folder":"runs/${run}/1"}`))
  yield* timed("journal", journal.append(sweep, [event(run, "Launch")]))
  yield* timed(
    "report",
    api.reportRun({ sweep, run, report: { attempt: 1, state: "running", exitCode: undefined, summary: new Map() } })
  )
  yield* timed("run state", api.runState({ sweep, run }))
  yield* timed("item state", queue.itemState({ id: item, queue: "default" }))
  yield* timed(
    "report",
    api.reportRun({ sweep, run, report: { attempt: 1, state: "finished", exitCode: 0, summary: new Map() } })
  )
  yield* timed("complete", queue.complete(item))
  yield* timed("journal", journal.append(sweep, [event(run, "Launch")]))
})

const program = Effect.gen(function* () {
  const api = yield* SweepApi
  const own = yield* SchedulerRun
  const sweep = yield* api.createSweep({ config, name: "bench", seed: 1 })
  yield* own.start(sweep)
  const agent = yield* api.registerAgent({ sweep, host: "bench" })
  for (let i = 0; i < 200; i++) yield* life(sweep, agent)
  times.clear()
  const start = performance.now()
  const cpu = process.cpuUsage()
  for (let i = 0; i < runs; i++) yield* life(sweep, agent)
  const { user, system } = process.cpuUsage(cpu)
  const total = ((performance.now() - start) * 1000) / runs
  const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]
  for (const [name, values] of times) {
    console.log(`${name.padEnd(12)} ${String(values.length / runs)} × ${median(values).toFixed(1)} µs`)
  }
  console.log(
    `${"a run's life".padEnd(12)} ${total.toFixed(0)} µs, of which CPU ${((user + system) / runs).toFixed(0)} µs`
  )
}).pipe(Effect.scoped)

await Effect.runPromise(
  Effect.provide(
    program,
    Embedded.layer({ path: join(folder, "sweepline.db") }).pipe(
      Layer.provide(search),
      Layer.provide(EarlyStopping.layerNoop)
    )
  )
)
rmSync(folder, { recursive: true })
