import { assert, describe, it } from "@effect/vitest"
import { Cause, Deferred, Effect, Exit, Fiber, Layer, Logger, LogLevel, Option, Stream } from "effect"
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as EarlyStopping from "@sweepline/core/EarlyStopping"
import { Executor } from "@sweepline/core/Executor"
import * as Journal from "@sweepline/core/Journal"
import type { JournalUnavailable } from "@sweepline/core/JournalUnavailable"
import * as LaunchAgent from "@sweepline/core/LaunchAgent"
import { LaunchQueue } from "@sweepline/core/LaunchQueue"
import * as PythonJson from "@sweepline/core/PythonJson"
import * as RunKey from "@sweepline/core/RunKey"
import { RunLog } from "@sweepline/core/RunLog"
import * as Scheduler from "@sweepline/core/Scheduler"
import { SchedulerRun } from "@sweepline/core/SchedulerRun"
import { SweepApi } from "@sweepline/core/SweepApi"
import type { SweepId } from "@sweepline/core/SweepId"
import { Database } from "@sweepline/embedded/Database"
import * as Embedded from "@sweepline/embedded/Embedded"
import * as SearchLive from "@sweepline/search/SearchLive"
import * as SimulatedEngine from "@sweepline/simulation/SimulatedEngine"
import * as SimulatedExecutor from "@sweepline/simulation/SimulatedExecutor"
import * as VirtualClock from "@sweepline/simulation/VirtualClock"
import * as Faults from "../src/Faults.js"
import * as CrashProgram from "./CrashProgram.js"
import { type CrashSweep, sweeps } from "./CrashSweeps.js"

/** Part of `npm run test:crash`, not of `npm test`. */
describe("a crash over SQLite, before or after the effect of a call", () => {
  // What others do meanwhile is tried over memory.
  const calm = sweeps.filter(({ acts, varies }) => acts === undefined && varies === "exact")
  let tried = 0

  for (const crashSweep of calm) {
    it(crashSweep.name, { timeout: 480_000 }, () => {
      const folder = mkdtempSync(join(tmpdir(), "sweepline-"))
      try {
        const created = create(crashSweep, folder)
        const { calls } = until(created, undefined)
        const count = Math.min(pointsOfEach, 2 * calls)
        for (let n = 0; n < count; n++) {
          // In turn, so that neither side is left out however many calls there are.
          const point = { call: Math.floor((n * calls) / count) + 1, when: n % 2 === 0 ? "before" : "after" } as const
          assert.strictEqual(until(created, point).crashes, 1, `call ${point.call}`)
          tried += 1
        }
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    })
  }

  it("is tried hundreds of times", () => {
    console.log(`${tried} crashes over SQLite`)
    assert.isAtLeast(tried, 200)
  })
})

/** A sample of this size of the crashes of each sweep. */
const pointsOfEach = 40

/** Longer than a lease: who crashed here is a process that lives. */
const downtime = 60_000

interface Created {
  readonly crashSweep: CrashSweep
  readonly sweep: SweepId
  /** A folder with the database of the new sweep; trials stand beside it. */
  readonly folder: string
}

const backend = (crashSweep: CrashSweep, folder: string) =>
  Embedded.layer({ path: join(folder, "sweepline.db"), watch: false }).pipe(
    Layer.provide([SearchLive.layerInline, crashSweep.stopping ?? EarlyStopping.layerNoop])
  )

const create = (crashSweep: CrashSweep, folder: string): Created => {
  const created = Effect.flatMap(SweepApi, (api) =>
    api.createSweep({ config: crashSweep.config, name: crashSweep.name, seed: 7 })
  ).pipe(Effect.provide(backend(crashSweep, folder)))
  return { crashSweep, folder, sweep: succeeded(VirtualClock.run(created)) }
}

/** Lives until the sweep has ended, with a crash in the first life, and judges what it has come to. */
const until = (created: Created, crash: Faults.CrashPoint | undefined) => {
  const { crashSweep, sweep } = created
  const engine = SimulatedEngine.make(crashSweep.engine)
  const trials = mkdtempSync(join(created.folder, "trial-"))
  let folder = created.folder
  let start = 0
  let crashes = 0
  let calls = 0
  for (let lives = 0; lives < 3; lives++) {
    folder = copied(folder, join(trials, String(lives)))
    const point = lives === 0 ? crash : undefined
    const { at, ended, ...life } = live({ crashSweep, engine, folder, point, seed: lives, start, sweep })
    calls += life.calls
    if (ended !== "crashed") {
      assert.strictEqual(ended, "COMPLETED")
      judge(created, folder, engine.history(at))
      rmSync(trials, { recursive: true })
      return { calls, crashes }
    }
    crashes += 1
    start = at + downtime
  }
  return assert.fail("The sweep doesn't end")
}

/** The bytes that a life has left behind, for the next one: nobody closes the database of the dead. */
const copied = (from: string, to: string): string => {
  mkdirSync(to)
  for (const name of ["sweepline.db", "sweepline.db-wal"]) {
    if (existsSync(join(from, name))) copyFileSync(join(from, name), join(to, name))
  }
  return to
}

const live = (options: {
  readonly crashSweep: CrashSweep
  readonly engine: SimulatedEngine.SimulatedEngine
  readonly folder: string
  readonly point: Faults.CrashPoint | undefined
  readonly seed: number
  readonly start: number
  readonly sweep: SweepId
}) => {
  const { crashSweep, engine, folder, point, seed, start, sweep } = options
  const life = Effect.gen(function* () {
    const incarnation = yield* Faults.incarnation(point)
    const ended = yield* Deferred.make<string>()
    const raw = Layer.merge(backend(crashSweep, folder), SimulatedExecutor.layerEngine(engine))
    const ports = Layer.unwrapScoped(cut(incarnation.port)).pipe(Layer.provide(raw))
    // Never interrupted: what it still holds at a crash is dropped with the clock.
    yield* work(sweep).pipe(
      Effect.provide(CrashProgram.layer(crashSweep).pipe(Layer.provide(ports))),
      Effect.match({ onSuccess: ({ state }) => state, onFailure: ({ message }) => message }),
      Effect.catchAllCause((cause) => Effect.succeed(Cause.pretty(cause))),
      Effect.intoDeferred(ended),
      Effect.forkDaemon
    )
    const crashed = Effect.as(incarnation.crashed, "crashed")
    return { ended: yield* Effect.raceFirst(Deferred.await(ended), crashed), calls: yield* incarnation.calls }
  })
  const { at, exit } = VirtualClock.runReport(Logger.withMinimumLogLevel(life, LogLevel.None), { start, seed })
  return { at, ...succeeded(exit) }
}

/** The ports, each call of which may be the last. */
const cut = (port: Faults.Incarnation["port"]) =>
  Effect.gen(function* () {
    const { append, keep, replay, snapshot } = yield* Journal.Journal
    const opening: Effect.Effect<void, JournalUnavailable> = Effect.void
    const journal = port("Journal", { append, keep, snapshot, replay: opening })
    return Layer.mergeAll(
      Layer.succeed(SweepApi, port("SweepApi", yield* SweepApi)),
      Layer.succeed(LaunchQueue, port("LaunchQueue", yield* LaunchQueue)),
      Layer.succeed(RunLog, port("RunLog", yield* RunLog)),
      Layer.succeed(SchedulerRun, port("SchedulerRun", yield* SchedulerRun)),
      Layer.succeed(Executor, port("Executor", yield* Executor)),
      Layer.succeed(Journal.Journal, {
        ...journal,
        replay: (sweep, from) => Stream.unwrap(Effect.as(journal.replay, replay(sweep, from)))
      })
    )
  })

/** What a person's `sweepline run` or `resume` does. */
const work = Effect.fnUntraced(function* (sweep: SweepId) {
  const scheduler = yield* Scheduler.Scheduler
  const agent = yield* LaunchAgent.LaunchAgent
  const running = yield* scheduler.start(sweep)
  const launching = yield* Effect.forkScoped(agent.run)
  return yield* Effect.timeoutFailCause(Effect.raceFirst(running.outcome, Fiber.join(launching)), {
    duration: CrashProgram.patience,
    onTimeout: () => Cause.die("The sweep doesn't end")
  })
}, Effect.scoped)

/** Launches are intents, each ran once, no run is lost or there twice, and the file is whole. */
const judge = (
  { crashSweep, sweep }: Created,
  folder: string,
  history: ReadonlyArray<SimulatedEngine.JobRecord>
): void => {
  const read = Effect.gen(function* () {
    const api = yield* SweepApi
    const events = yield* Stream.runCollect((yield* Journal.Journal).replay(sweep))
    const integrity = yield* (yield* Database).read((db) => db.get("PRAGMA integrity_check"))
    return { events, integrity, runs: yield* api.runs(sweep), state: (yield* api.sweep(sweep)).state }
  }).pipe(Effect.provide(backend(crashSweep, folder)))
  const { events, integrity, runs, state } = succeeded(VirtualClock.run(read))
  assert.deepStrictEqual(integrity, ["ok"])
  assert.deepStrictEqual(state, Option.some("FINISHED"))
  const ends: Record<string, number> = {}
  for (const { attempt, state } of runs) ends[`${state}#${attempt}`] = (ends[`${state}#${attempt}`] ?? 0) + 1
  assert.deepStrictEqual(ends, crashSweep.ends)
  assert.strictEqual(new Set(runs.map(({ trial }) => PythonJson.stringify(trial))).size, runs.length)
  const intents = new Set<string>()
  for (const event of events) {
    if (event._tag === "CommandIssued" && event.command._tag === "Launch") {
      intents.add(RunKey.make(event.command.run, event.command.attempt))
    }
  }
  assert.deepStrictEqual(history.map(({ key }) => key).toSorted(), [...intents].toSorted())
}

const succeeded = <A, E>(exit: Exit.Exit<A, E>): A =>
  Exit.getOrElse(exit, (cause) => {
    throw new Error(Cause.pretty(cause))
  })
