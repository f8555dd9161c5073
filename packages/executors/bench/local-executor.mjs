// Submit → end of 1,000 runs of `true`, two at a time, through the local engine, against bare Node
// loops that spawn `true`, in turns, so that a busy machine slows all alike. Prints the median ratios.
//   node packages/executors/bench/local-executor.mjs [runs=1000] [rounds=5]
import { spawn } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { Executor } from "@sweepline/core/Executor"
import * as LocalExecutor from "@sweepline/executors/LocalExecutor"

const runs = Number(process.argv[2] ?? 1000)
const rounds = Number(process.argv[3] ?? 5)
const workers = 2
// Removed at the end only: after a removal of thousands of files, ext4 takes longer to make new ones.
const state = mkdtempSync(join(tmpdir(), "sweepline-bench-"))

const inTurns = async (one) => {
  let next = 0
  const worker = async () => {
    while (next < runs) await one(next++)
  }
  await Promise.all(Array.from({ length: workers }, worker))
}

const bare = (options) => () =>
  inTurns(() => new Promise((resolve) => spawn("true", [], options).once("close", resolve)))

const engine = async () => {
  const folder = mkdtempSync(join(state, "round-"))
  const job = { argv: ["true"], env: new Map(), cwd: folder, files: new Map() }
  await Effect.runPromise(
    Effect.gen(function* () {
      const executor = yield* Executor
      const waiting = new Map()
      yield* executor.changes.pipe(
        Stream.runForEach((key) => Effect.sync(() => waiting.get(key)?.())),
        Effect.forkScoped
      )
      yield* Effect.sleep(10)
      let next = 0
      const worker = Effect.gen(function* () {
        while (next < runs) {
          const key = `run-${next++}#1`
          const ended = yield* Effect.makeLatch(false)
          waiting.set(key, () => ended.unsafeOpen())
          const handle = yield* executor.submit(job, key)
          yield* ended.await
          waiting.delete(key)
          const status = (yield* executor.poll([handle])).get(key)
          if (status._tag !== "Exited" || status.code !== 0) throw new Error(JSON.stringify(status))
        }
      })
      before = measure()
      yield* Effect.all(
        Array.from({ length: workers }, () => worker),
        { concurrency: workers, discard: true }
      )
      after = measure()
    }).pipe(
      Effect.scoped,
      Effect.provide(LocalExecutor.layer({ runs: join(folder, "runs"), environment: process.env }))
    )
  )
  // The helper, whose children are counted with it, ends a moment later.
  await new Promise((resolve) => spawn("sleep", ["0.2"]).once("close", resolve))
  return { before, after }
}
let before
let after

/** Processor milliseconds of this process and of the processes it awaited, where /proc tells. */
const processor = () => {
  try {
    const fields = readFileSync("/proc/self/stat", "latin1").split(") ")[1].split(" ").slice(11, 15).map(Number)
    return { own: 10 * (fields[0] + fields[1]), children: 10 * (fields[2] + fields[3]) }
  } catch {
    return { own: Number.NaN, children: Number.NaN }
  }
}

const measure = () => ({ wall: performance.now(), ...processor() })

const time = async (run) => {
  const from = measure()
  const inner = await run()
  const { after, before } = inner ?? { before: from, after: measure() }
  return {
    wall: after.wall - before.wall,
    own: after.own - before.own,
    // Those of the engine are counted when its helper has ended, so with the helper's start.
    children: processor().children - from.children
  }
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
const kinds = { engine, "bare, output read": bare({}), "bare, output ignored": bare({ stdio: "ignore" }) }
const times = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, []]))
for (let round = 0; round < rounds; round++) {
  for (const [kind, run] of Object.entries(kinds)) times[kind].push(await time(run))
}
const perRun = (all, what) => (median(all.map((one) => one[what])) / runs).toFixed(3)
for (const [kind, all] of Object.entries(times)) {
  const ratio = median(times.engine.map((one, round) => one.wall / all[round].wall))
  console.log(
    `${kind}: ${perRun(all, "wall")} ms a run (processor: here ${perRun(all, "own")}, children ${perRun(all, "children")})` +
      (kind === "engine" ? "" : `; engine / this = ${ratio.toFixed(2)}`)
  )
}
rmSync(state, { recursive: true, force: true })
