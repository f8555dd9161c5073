import * as NodeContext from "@effect/platform-node/NodeContext"
import { assert, describe, it } from "@effect/vitest"
import { Documents } from "@sweepline/core/Documents"
import { Executor } from "@sweepline/core/Executor"
import type { RunId } from "@sweepline/core/RunId"
import * as RunKey from "@sweepline/core/RunKey"
import { SweepApi } from "@sweepline/core/SweepApi"
import type { SweepId } from "@sweepline/core/SweepId"
import { SweepLease } from "@sweepline/embedded/SweepLease"
import * as SweepRemoval from "@sweepline/embedded/SweepRemoval"
import { SweepStore } from "@sweepline/embedded/SweepStore"
import * as AgentDocument from "@sweepline/server/AgentDocument"
import * as RunDocument from "@sweepline/server/RunDocument"
import { Effect, Fiber, Layer } from "effect"
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import type { TestContext } from "vitest"
import * as Local from "../src/Local.js"
import * as RunEnding from "../src/RunEnding.js"
import * as SweepSettings from "../src/SweepSettings.js"
import * as InProcess from "./fixtures/inProcess.js"
import { folder } from "./fixtures/program.js"

const config = "command: ['true']\nmethod: grid\nparameters: {x: {values: [1, 2]}}\n"

describe("sweepline delete", () => {
  it.scopedLive("removes a sweep with the folders of its runs and why they ended, and no other", (test) =>
    Effect.gen(function* () {
      const { dir, program } = at(test)
      const [gone, other] = yield* within(
        dir,
        Effect.gen(function* () {
          return [yield* stored(dir), yield* stored(dir)] as const
        })
      )
      const deleted = yield* program("delete", gone.sweep.slice(0, 6), "--json")
      assert.deepStrictEqual(deleted, {
        code: 0,
        stderr: "",
        stdout: `{"type":"SweepDeleted","sweep":"${gone.sweep}","name":"s","runs":1}`
      })
      assert.deepStrictEqual(files(dir, gone), [false, false])
      assert.deepStrictEqual(files(dir, other), [true, true])
      const listed = yield* program("list", "--json")
      assert.lengthOf(listed.stdout.split("\n"), 1)
      assert.include(listed.stdout, other.sweep)
      const again = yield* program("delete", gone.sweep)
      assert.strictEqual(again.code, 4)
      assert.include(again.stderr, `There is no sweep "${gone.sweep}".`)
      const endings = Effect.flatMap(Documents, (documents) =>
        documents.read((reader) => reader.list({ prefix: "run-ending/" }).map(([key]) => key))
      )
      assert.deepStrictEqual(yield* within(dir, endings), [`run-ending/${other.run}#1`])
      const last = yield* program("delete", "s")
      assert.strictEqual(last.stdout, `Sweep ${other.sweep} (s) is deleted, with 1 run.`)
    })
  )

  it.scopedLive("needs to know which one", (test) =>
    Effect.gen(function* () {
      const { dir, program } = at(test)
      yield* within(dir, Effect.zipRight(stored(dir), stored(dir)))
      for (const [says, ...words] of [
        ['"sweepline delete" needs <sweep>.'],
        ['2 sweeps are named "s"', "s"],
        ["W&B's API deletes no sweeps", "s", "--backend", "wandb"]
      ] as const) {
        const { code, stderr, stdout } = yield* program("delete", ...words)
        assert.deepStrictEqual([code, stdout], [2, ""])
        assert.include(stderr, says)
      }
    })
  )

  it.scopedLive("refuses one that somebody works on, and with --force cancels it first", (test) =>
    Effect.gen(function* () {
      const { dir, program } = at(test)
      yield* within(
        dir,
        Effect.gen(function* () {
          const api = yield* SweepApi
          const lease = yield* SweepLease
          const { sweep } = yield* stored(dir)
          yield* Effect.scoped(
            Effect.gen(function* () {
              yield* lease.acquire(sweep)
              const { code, stderr } = yield* program("delete", sweep)
              assert.strictEqual(code, 2)
              assert.include(stderr, `and goes on: its scheduler is process ${process.pid}`)
              assert.include(stderr, `sweepline cancel ${sweep} --dir ${dir}, or delete it with --force`)
              const forced = yield* Effect.forkDaemon(Effect.scoped(program("delete", sweep, "--force")))
              const state = Effect.map(api.sweep(sweep), ({ state }) => state)
              yield* Effect.repeat(Effect.delay(state, "20 millis"), {
                until: (it) => it._tag === "Some" && it.value === "CANCELED"
              })
              return forced
            })
          ).pipe(
            Effect.flatMap(Fiber.join),
            Effect.map((ended) => assertForced(ended, { sweep, state: "cancelled" }))
          )
        })
      )
    })
  )

  it.scopedLive("with --force ends the runs of one that was stopped and whose scheduler waits for them", (test) =>
    Effect.gen(function* () {
      const { dir, program } = at(test)
      yield* within(
        dir,
        Effect.gen(function* () {
          const api = yield* SweepApi
          const executor = yield* Executor
          const lease = yield* SweepLease
          const { run, sweep } = yield* stored(dir)
          const forced = yield* Effect.scoped(
            Effect.gen(function* () {
              yield* lease.acquire(sweep)
              const handle = yield* sleeping(dir, run)
              yield* api.setSweepState(sweep, "FINISHED")
              const refused = yield* program("delete", sweep)
              assert.strictEqual(refused.code, 2)
              assert.include(refused.stderr, "Delete it when its runs have ended, or with --force")
              const forced = yield* Effect.forkDaemon(Effect.scoped(program("delete", sweep, "--force")))
              yield* Effect.repeat(Effect.delay(executor.poll([handle]), "20 millis"), {
                until: (statuses) => statuses.get(handle.key)?._tag !== "Running"
              }).pipe(Effect.raceFirst(Fiber.join(forced)))
              return forced
            })
          )
          assertForced(yield* Fiber.join(forced), { sweep, state: "FINISHED" })
        })
      )
    })
  )

  it.scopedLive("refuses one whose runs were left behind, and with --force ends them first", (test) =>
    Effect.gen(function* () {
      const { dir, program } = at(test)
      yield* within(
        dir,
        Effect.gen(function* () {
          const executor = yield* Executor
          const { run, sweep } = yield* stored(dir)
          const handle = yield* sleeping(dir, run)
          const { code, stderr } = yield* program("delete", sweep)
          assert.strictEqual(code, 2)
          assert.include(stderr, `and goes on: 1 run of it is not over (${run}).`)
          const forced = yield* program("delete", sweep, "--force")
          assert.strictEqual(forced.code, 0, forced.stderr)
          assert.notStrictEqual((yield* executor.poll([handle])).get(handle.key)?._tag, "Running")
          assert.isFalse(existsSync(join(dir, "runs", run)))
        })
      )
    })
  )

  it.scopedLive("refuses one of a server whose agents were handed runs: only they know whether those go on", (test) =>
    Effect.gen(function* () {
      const { dir, program } = at(test)
      const sweep = yield* within(
        dir,
        Effect.gen(function* () {
          const api = yield* SweepApi
          const { write } = yield* Documents
          const sweep = yield* api.createSweep({ config, name: "", seed: 1 })
          const id = yield* api.registerAgent({ sweep, host: "h" })
          yield* api.heartbeat({ sweep, agent: id, runs: new Map() })
          const [run] = yield* api.runs(sweep)
          if (run === undefined) return assert.fail()
          const report = { attempt: 1, state: "running", exitCode: undefined, summary: new Map() } as const
          yield* api.reportRun({ sweep, run: run.id, report })
          const agent = { id, sweep, host: "h", createdAt: 0, runs: [run.id] }
          yield* write((writer) => AgentDocument.set(writer, agent))
          return sweep
        })
      )
      // Whoever has ended it from here keeps settings of it: that makes its runs none of this machine.
      assert.strictEqual((yield* program("stop", sweep)).code, 0)
      const { code, stderr } = yield* program("delete", sweep)
      assert.strictEqual(code, 2)
      assert.include(stderr, "1 run of it is not over")
      assert.include(stderr, "or with --force, which leaves them running where they are")
      assert.strictEqual((yield* program("delete", sweep, "--force")).stdout, `Sweep ${sweep} is deleted, with 1 run.`)
    })
  )

  it.scopedLive("finishes what was interrupted", (test) =>
    Effect.gen(function* () {
      const { dir, program } = at(test)
      const [first, second] = yield* within(
        dir,
        Effect.gen(function* () {
          const both = [yield* stored(dir), yield* stored(dir)] as const
          for (const { sweep } of both) yield* SweepRemoval.begin(sweep)
          return both
        })
      )
      assert.deepStrictEqual(files(dir, first), [true, true])
      assert.strictEqual((yield* program("list", "--json")).stdout, "")
      const { stdout } = yield* program("delete", first.sweep)
      assert.strictEqual(stdout, `Sweep ${first.sweep} (s) is deleted, with 1 run.`)
      for (const gone of [first, second]) assert.deepStrictEqual(files(dir, gone), [false, false])
      assert.strictEqual((yield* program("delete", second.sweep)).code, 4)
    })
  )

  it.scopedLive("deletes a sweep also where another one's deletion can't be finished, and says so", (test) =>
    Effect.gen(function* () {
      const { dir, program } = at(test)
      const stuck = yield* within(
        dir,
        Effect.gen(function* () {
          const stuck = yield* stored(dir)
          const { write } = yield* Documents
          const path = { entity: "e", project: "stuck", name: stuck.run }
          yield* write((writer) => RunDocument.set(writer, RunDocument.make(path, 0, stuck.sweep)))
          yield* SweepRemoval.begin(stuck.sweep)
          return stuck
        })
      )
      // Where the files of its run were, there is no folder any more.
      const inTheWay = join(dir, "files", "runs", "e", "stuck")
      mkdirSync(dirname(inTheWay), { recursive: true })
      writeFileSync(inTheWay, "")
      const other = yield* within(dir, stored(dir))
      const { code, stderr, stdout } = yield* program("delete", other.sweep)
      assert.strictEqual(stdout, `Sweep ${other.sweep} (s) is deleted, with 1 run.`)
      assert.strictEqual(code, 0)
      assert.deepStrictEqual(files(dir, other), [false, false])
      assert.include(stderr, `Sweep ${stuck.sweep} is deleted, but for`)
      const again = yield* program("delete", stuck.sweep)
      assert.strictEqual(again.code, 3)
      assert.strictEqual(again.stderr, stderr)
      rmSync(inTheWay)
      assert.strictEqual(
        (yield* program("delete", stuck.sweep)).stdout,
        `Sweep ${stuck.sweep} (s) is deleted, with 1 run.`
      )
      assert.deepStrictEqual(files(dir, stuck), [false, false])
    })
  )

  it.scopedLive("finishes what was interrupted also by its name, and leaves alone who has that now", (test) =>
    Effect.gen(function* () {
      const { dir, program } = at(test)
      const [gone, other] = yield* within(
        dir,
        Effect.gen(function* () {
          const gone = yield* stored(dir)
          yield* SweepRemoval.begin(gone.sweep)
          return [gone, yield* stored(dir)] as const
        })
      )
      const { stdout } = yield* program("delete", "s")
      assert.strictEqual(stdout, `Sweep ${gone.sweep} (s) is deleted, with 1 run.`)
      assert.deepStrictEqual(
        [files(dir, gone), files(dir, other)],
        [
          [false, false],
          [true, true]
        ]
      )
    })
  )
})

/** It was deleted once its scheduler had left. */
const assertForced = (
  { code, stderr, stdout }: InProcess.Ended,
  { state, sweep }: { readonly sweep: SweepId; readonly state: string }
): void => {
  assert.strictEqual(code, 0, stderr)
  assert.include(stderr, `Sweep ${sweep} is ${state}; waiting for its scheduler (process ${process.pid}`)
  assert.strictEqual(stdout, `Sweep ${sweep} (s) is deleted, with 1 run.`)
}

// fixtures

/** The program over a state folder of the test's own. */
const at = (test: TestContext) => {
  const dir = join(folder(test), ".sweepline")
  return { dir, program: (...args: ReadonlyArray<string>) => InProcess.run([...args, "--dir", dir]) }
}

const within = <A, E, R>(dir: string, effect: Effect.Effect<A, E, R>) =>
  Effect.provide(effect, Layer.provideMerge(Local.layer(dir, { create: true }), NodeContext.layer))

/** A sweep with a run that has a folder and a reason why it ended, and whose scheduler has worked in the background. */
const stored = Effect.fnUntraced(function* (dir: string) {
  const store = yield* SweepStore
  const api = yield* SweepApi
  const settings = SweepSettings.encode(SweepSettings.defaults(dir))
  const sweep = yield* store.create({ config, name: "s", seed: 1, settings })
  const run = yield* api.createRun({ sweep, trial: new Map() })
  yield* RunEnding.keep({
    _tag: "RunFailed",
    sweep,
    key: RunKey.make(run, 1),
    state: "crashed",
    exitCode: undefined,
    output: "",
    detail: "the machine was restarted"
  })
  const [folder, log] = placesOf(dir, { sweep, run })
  mkdirSync(folder, { recursive: true })
  mkdirSync(join(dir, "schedulers"), { recursive: true })
  writeFileSync(join(folder, "config.yaml"), "")
  writeFileSync(log, "")
  return { sweep, run }
})

/** A job that goes on for a minute, as the first attempt of a run. */
const sleeping = (dir: string, run: RunId) =>
  Effect.flatMap(Executor, (executor) =>
    executor.submit({ argv: ["sleep", "60"], env: new Map(), cwd: dir, files: new Map() }, RunKey.make(run, 1))
  )

interface Stored {
  readonly sweep: SweepId
  readonly run: RunId
}

const placesOf = (dir: string, { run, sweep }: Stored) =>
  [join(dir, "runs", run), join(dir, "schedulers", `${sweep}.log`)] as const

const files = (dir: string, it: Stored) => placesOf(dir, it).map((place) => existsSync(place))
