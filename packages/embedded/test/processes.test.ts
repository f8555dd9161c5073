import { assert, describe, it } from "@effect/vitest"
import { SweepApi } from "@sweepline/core/SweepApi"
import { LaunchQueue } from "@sweepline/core/LaunchQueue"
import { SchedulerRun } from "@sweepline/core/SchedulerRun"
import { Context, Effect, Fiber, Layer, Option, Schema, Stream } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { open } from "../src/internal/connection.js"
import { SweepLease } from "../src/SweepLease.js"
import { backend, config, folder, layerCounting } from "./support.js"

const script = fileURLToPath(new URL("child.mjs", import.meta.url))

interface Child {
  readonly process: ChildProcess
  /** The next line that it prints. */
  readonly line: Effect.Effect<unknown>
  /** All further lines, once it has ended. */
  readonly rest: Effect.Effect<ReadonlyArray<unknown>>
}

/** Another process over the database of a folder, killed at the latest when the scope closes. */
const child = (path: string, ...args: ReadonlyArray<string>) =>
  Effect.acquireRelease(
    Effect.sync((): Child => {
      const process_ = spawn(process.execPath, [script, join(path, "sweepline.db"), ...args], {
        stdio: ["pipe", "pipe", "inherit"]
      })
      const lines = createInterface(process_.stdout)[Symbol.asyncIterator]()
      const line = Effect.promise(async () => {
        const { done, value } = await lines.next()
        return done === true ? undefined : JSON.parse(value)
      })
      return {
        process: process_,
        line,
        rest: Stream.runCollect(Stream.repeatEffect(line).pipe(Stream.takeWhile((value) => value !== undefined))).pipe(
          Effect.map((values) => [...values])
        )
      }
    }),
    ({ process }) => Effect.sync(() => process.kill("SIGKILL"))
  )

const decodeRuns = Schema.decodeUnknownSync(Schema.Array(Schema.Struct({ run: Schema.String, x: Schema.Number })))

const withSweep = Effect.gen(function* () {
  const path = yield* folder
  const context = yield* Layer.build(backend(path, { search: layerCounting() }))
  const api = Context.get(context, SweepApi)
  const sweep = yield* api.createSweep({ config: config(), name: "shared", seed: 1 })
  return { path, context, api, sweep }
})

describe("several processes", () => {
  it.scopedLive(
    "create one database together",
    () =>
      Effect.gen(function* () {
        const path = yield* folder
        const children = yield* Effect.replicateEffect(child(path, "open"), 3)
        for (const { line } of children) {
          assert.strictEqual(yield* line, "begin")
          assert.strictEqual(yield* line, "open")
        }
      }),
    60_000
  )

  it.scopedLive(
    "hand out each point of a grid once",
    () =>
      Effect.gen(function* () {
        const { path, api, sweep } = yield* withSweep
        const children = yield* Effect.replicateEffect(child(path, "ask", sweep, "4", "40"), 2)
        const lines = (yield* Effect.forEach(children, ({ rest }) => rest, { concurrency: "unbounded" })).flat()
        const runs = decodeRuns(lines.filter((line) => line !== "begin"))
        assert.strictEqual(runs.length, 80)
        assert.deepStrictEqual(
          runs.map(({ x }) => x).sort((a, b) => a - b),
          Array.from({ length: 80 }, (_, x) => x)
        )
        const listed = yield* api.runs(sweep)
        assert.deepStrictEqual(
          listed.map(({ trial }) => Number(trial.get("x"))),
          Array.from({ length: 80 }, (_, x) => x)
        )
        assert.strictEqual(new Set(listed.map(({ id }) => id)).size, 80)
      }),
    60_000
  )

  it.scopedLive(
    "notice one another's changes",
    () =>
      Effect.gen(function* () {
        const { path, context, api, sweep } = yield* withSweep
        const queue = Context.get(context, LaunchQueue)
        yield* api.registerAgent({ sweep, host: "h" })
        const noticed = (changes: Stream.Stream<void>) =>
          Effect.fork(Effect.map(Stream.runHead(changes), () => Date.now()))
        const pause = yield* child(path, "set", sweep, "PAUSED")
        yield* pause.line
        const paused = yield* noticed(api.changes(sweep))
        const spurious = yield* noticed(queue.changes("default"))
        yield* Effect.sleep("300 millis")
        assert.isTrue(Option.isNone(yield* Fiber.poll(paused)), "nothing has changed yet")
        pause.process.stdin?.write("now\n")
        const written = Number(yield* pause.line)
        const latency = (yield* Fiber.join(paused)) - written
        assert.isBelow(latency, 800)
        assert.deepStrictEqual(yield* api.sweepState(sweep), Option.some("PAUSED"))
        assert.isTrue(Option.isNone(yield* Fiber.poll(spurious)))
      }),
    // Of what is measured: a machine that is held up for a moment gets another try.
    { timeout: 60_000, retry: 2 }
  )

  it.scopedLive(
    "take over at once from a scheduler that was killed",
    () =>
      Effect.gen(function* () {
        const { path, context, sweep } = yield* withSweep
        const own = Context.get(context, SchedulerRun)
        const lease = Context.get(context, SweepLease)
        const holder = yield* child(path, "hold", sweep)
        yield* holder.line
        assert.strictEqual(yield* holder.line, "held")
        const refused = yield* Effect.flip(own.start(sweep))
        assert.strictEqual(refused._tag, "LeaseHeldError")
        assert.include(refused.message, String(holder.process.pid))
        assert.strictEqual(Option.getOrThrow(yield* lease.holder(sweep)).pid, holder.process.pid)
        holder.process.kill("SIGKILL")
        yield* Effect.promise(() => once(holder.process, "exit"))
        assert.deepStrictEqual(yield* lease.holder(sweep), Option.none())
        yield* own.start(sweep)
        const check = open(join(path, "sweepline.db"))
        assert.deepStrictEqual(check.get("PRAGMA integrity_check"), ["ok"])
        check.close()
      }),
    60_000
  )
})
