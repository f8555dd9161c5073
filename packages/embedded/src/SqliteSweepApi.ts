import { AgentId } from "@sweepline/core/AgentId"
import { CommError } from "@sweepline/core/CommError"
import { EarlyStopping } from "@sweepline/core/EarlyStopping"
import * as Reading from "@sweepline/core/Reading"
import type { RunStateReading } from "@sweepline/core/Reading"
import { RunId } from "@sweepline/core/RunId"
import * as RunKey from "@sweepline/core/RunKey"
import * as RunState from "@sweepline/core/RunState"
import { Search } from "@sweepline/core/Search"
import type { StopReason } from "@sweepline/core/StopReason"
import { SweepApi, type SweepRecord } from "@sweepline/core/SweepApi"
import * as RunFacts from "@sweepline/core/RunFacts"
import * as SweepController from "@sweepline/core/SweepController"
import { SweepId } from "@sweepline/core/SweepId"
import { SweepNotFoundError } from "@sweepline/core/SweepNotFoundError"
import * as SweepState from "@sweepline/core/SweepState"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { Database, type Transaction } from "./Database.js"
import { number, type Row, stored, text } from "./internal/connection.js"
import { createRun } from "./internal/createRun.js"
import * as Heartbeat from "./internal/heartbeat.js"
import * as Ids from "./internal/ids.js"
import * as Operations from "./internal/operations.js"
import * as queueItems from "./internal/queueItems.js"
import { leaseLost, noRun, noSweep } from "./internal/refusals.js"
import { reportRun } from "./internal/reportRun.js"
import { readFacts, recordColumns, recordOf, settle, stateOf } from "./internal/runRows.js"
import { Notices } from "./Notices.js"
import { type KnownSweep, SweepCache } from "./SweepCache.js"
import { SweepLease } from "./SweepLease.js"
import { SweepStore } from "./SweepStore.js"

interface RunIds {
  readonly sweep: SweepId
  readonly run: RunId
}

/**
 * The sweeps of a database. It answers heartbeats as W&B's server does (F.1–F.5), through core's `SweepController`.
 *
 * Reads are not merged: a point read costs 5 µs here, and a merged request of Effect's 50.
 */
export const make = Effect.gen(function* () {
  const database = yield* Database
  const notices = yield* Notices
  const lease = yield* SweepLease
  const cache = yield* SweepCache
  const store = yield* SweepStore
  const operations = Operations.make(database)
  const { read } = operations
  const services = { operations, notices, lease, search: yield* Search, earlyStopping: yield* EarlyStopping }

  /** A write that a scheduler which has lost its lease may not make. */
  const write = <A, E>(
    operation: string,
    sweep: SweepId,
    body: (db: Transaction, now: number) => Effect.Effect<A, E>,
    writing = operations.write
  ): Effect.Effect<A, E | CommError> =>
    Effect.flatten(
      writing(operation, (db, now): Effect.Effect<A, E | CommError> => {
        const refusal = lease.refuseLost(db, sweep)
        return refusal === undefined ? body(db, now) : leaseLost(operation, refusal)
      })
    )

  /** A write on a run that the sweep must have. */
  const writeRun = (
    operation: string,
    ids: RunIds,
    body: (db: Transaction, facts: RunFacts.RunFacts, now: number) => void
  ): Effect.Effect<void, CommError> =>
    write(`${operation} run ${ids.run}`, ids.sweep, (db, now) => {
      const facts = readFacts(db, ids.sweep, ids.run)
      if (facts === undefined) return noRun(operation, ids)
      body(db, facts, now)
      return Effect.void
    })

  const setState = (db: Transaction, sweep: SweepId, from: string, to: SweepState.SweepState): void => {
    if (from === to) return
    db.run(updateState, [to, sweep])
    notices.touchSweep(db, sweep)
    // what waited in the queues may be leased now
    if (Option.exists(SweepState.fromText(from), SweepState.holdsBack)) {
      for (const row of db.all(selectQueues, [sweep])) notices.touchQueue(db, text(row, 0))
    }
  }

  const known = (operation: string, ids: RunIds): Effect.Effect<KnownSweep, CommError> =>
    Effect.catchTag(cache.get(ids.sweep), "SweepNotFoundError", () => noRun(operation, ids))

  const isAgent = (sweep: KnownSweep, agent: AgentId): Effect.Effect<boolean, CommError> =>
    sweep.agents.has(agent)
      ? Effect.succeed(true)
      : Effect.map(
          read(`look for agent ${agent}`, (db) => db.get(selectAgent, [agent, sweep.id]) !== undefined),
          (registered) => {
            if (registered) sweep.agents.add(agent)
            return registered
          }
        )

  return SweepApi.of({
    createSweep: (options) => store.create({ ...options, settings: undefined }),
    sweep: (id) =>
      Effect.flatMap(
        read(`read sweep ${id}`, (db) => db.get(selectSweep, [id])),
        (row) => (row === undefined ? noSweep(id) : Effect.succeed(sweepOf(row)))
      ),
    sweeps: read("list the sweeps", (db) => db.all(selectSweeps).map(sweepOf)),
    runs: (id) =>
      Effect.flatMap(
        read(`list the runs of sweep ${id}`, (db) =>
          db.get(selectSweepState, [id]) === undefined ? undefined : db.all(selectRuns, [id])
        ),
        (rows) => (rows === undefined ? noSweep(id) : Effect.sync(() => rows.map(recordOf)))
      ),
    sweepState: (id) =>
      Effect.flatMap(
        read(`read the state of sweep ${id}`, (db) => db.get(selectSweepState, [id])),
        (row) => (row === undefined ? noSweep(id) : Effect.succeed(SweepState.fromText(text(row, 0))))
      ),
    setSweepState: (id, state) =>
      write(
        `set sweep ${id} to ${state}`,
        id,
        (db) => {
          const row = db.get(selectSweepState, [id])
          if (row === undefined) return noSweep(id)
          const from = text(row, 0)
          if (!SweepController.mayBecome(SweepState.fromText(from), state)) return Effect.succeed(false)
          setState(db, id, from, state)
          return Effect.succeed(true)
        },
        // a person was told that it is so
        operations.writeDurably
      ),
    registerAgent: ({ host, sweep: id }) =>
      Effect.flatMap(Ids.draw, (drawn) => {
        const operation = "register an agent"
        return write(operation, id, (db, now): Effect.Effect<AgentId, CommError | SweepNotFoundError> => {
          const row = db.get(selectSweepState, [id])
          if (row === undefined) return noSweep(id)
          const from = text(row, 0)
          const state = Option.match(SweepState.fromText(from), {
            onNone: () => Option.some(from),
            onSome: SweepController.registered
          })
          if (Option.isNone(state)) {
            const detail = SweepController.notRunning(id)
            return new CommError({ reason: "Status", status: 400, operation, detail, retryable: false })
          }
          if (from === "PENDING") setState(db, id, from, "RUNNING")
          const agent = AgentId.make(drawn)
          db.run(insertAgent, [agent, id, host, now])
          return Effect.succeed(agent)
        })
      }),
    heartbeat: ({ agent, runs, sweep: id }) =>
      Effect.flatMap(cache.get(id), (sweep) =>
        Effect.flatMap(isAgent(sweep, agent), (registered): Heartbeat.Answer => {
          if (!registered) return new SweepNotFoundError({ kind: "agent", id: agent })
          const living = Array.from(runs.entries()).flatMap(([run, lives]) => (lives ? [run] : []))
          return Heartbeat.answer(services, { sweep, agent, living, reported: runs })
        })
      ),
    runState: (ids) =>
      Effect.flatMap(
        read(`read the state of run ${ids.run}`, (db) => db.get(selectRunState, [ids.run, ids.sweep])),
        (row) =>
          row === undefined ? new SweepNotFoundError({ kind: "run", id: ids.run }) : Effect.succeed(stateOf(row, 0))
      ),
    runStates: ({ runs, sweep: id }) =>
      read("read the states of runs", (db) => {
        const rows = db.all(selectRunStates, [JSON.stringify(runs), id])
        return runs.map((run, place): RunStateReading => {
          const row = rows[place]
          if (row === undefined || row[0] === null)
            return Reading.missed(new SweepNotFoundError({ kind: "run", id: run }))
          return Either.match(stateOf(row, 0), {
            onLeft: (text) => ({ _tag: "Bad", text }),
            onRight: (state) => ({ _tag: "Found", state })
          })
        })
      }).pipe(Effect.catchAll((error) => Effect.succeed(runs.map(() => Reading.missed(error))))),
    createRun: ({ sweep: id, trial }) =>
      Effect.flatMap(cache.get(id), (sweep) =>
        write(`create a run of sweep ${id}`, id, (db, now): Effect.Effect<RunId, SweepNotFoundError> => {
          // Another process may have removed it since it was read.
          if (db.get(selectSweepState, [id]) === undefined) return noSweep(id)
          return Effect.succeed(createRun(db, sweep, { trial, agent: undefined, now }))
        })
      ),
    requeueRun: (options) =>
      writeRun("requeue", options, (db, before) => {
        const facts = RunFacts.requeued(before, options.attempt)
        if (facts !== undefined) settle(db, notices, options, before, facts)
      }),
    stopRun: (options) =>
      writeRun("stop", options, (db, before, now) => {
        const key = RunKey.make(options.run, before.attempt)
        const sweep = Option.flatMap(Option.fromNullable(db.get(selectSweepState, [options.sweep])), (row) =>
          SweepState.fromText(text(row, 0))
        )
        const reason = RunFacts.reasonWithin(sweep, options.reason)
        const facts = RunFacts.stopped(before, reason, queueItems.isHeld(db, key), now)
        if (facts === undefined) return
        settle(db, notices, options, before, facts)
        if (!RunState.isAlive(facts.state)) queueItems.withdraw(db, key)
      }),
    stopRequested: (ids) =>
      Effect.flatMap(
        read(`read whether to stop run ${ids.run}`, (db) => readFacts(db, ids.sweep, ids.run)),
        (facts) =>
          facts === undefined ? noRun("read whether to stop", ids) : Effect.succeed(Option.fromNullable(facts.stop))
      ),
    stopRequests: ({ runs, sweep }) =>
      read("read which runs should stop", (db) => {
        const stops = new Map<RunId, StopReason>()
        for (const row of db.all(selectStopped, [JSON.stringify(runs), sweep])) {
          const run = RunId.make(text(row, 0), stored)
          const stop = readFacts(db, sweep, run)?.stop
          if (stop !== undefined) stops.set(run, stop)
        }
        return stops
      }),
    reportRun: (told) =>
      Effect.flatMap(known("report on", told), (sweep) => reportRun(operations, notices, sweep, told)),
    job: () => Effect.succeedNone,
    changes: notices.sweepChanges
  })
})

/** The sweeps of a database. */
export const layer: Layer.Layer<
  SweepApi,
  never,
  Database | Notices | SweepLease | SweepCache | SweepStore | Search | EarlyStopping
> = Layer.effect(SweepApi, make)

// internal

const sweepColumns = "id, name, state, config, seed, created_at"
const selectSweep = `SELECT ${sweepColumns} FROM sweeps WHERE id = ?`
const selectSweeps = `SELECT ${sweepColumns} FROM sweeps ORDER BY no DESC`
const selectSweepState = "SELECT state FROM sweeps WHERE id = ?"
const updateState = "UPDATE sweeps SET state = ? WHERE id = ?"
const selectQueues = "SELECT DISTINCT queue FROM queue_items WHERE sweep = ? AND state IN ('pending', 'leased')"
const selectAgent = "SELECT 1 FROM agents WHERE id = ? AND sweep = ?"
const insertAgent = "INSERT INTO agents (id, sweep, host, created_at) VALUES (?, ?, ?, ?)"
const selectRuns = `SELECT ${recordColumns} FROM runs WHERE sweep = ? ORDER BY no`
const selectRunState = "SELECT state FROM runs WHERE id = ? AND sweep = ?"

// One statement for all that are asked for, since a thousand would take milliseconds in each pass. Told in the order of
// asking and not by their ids: of one with half a character the driver dies.
const selectRunStates = `SELECT runs.state FROM json_each(?) AS asked
  LEFT JOIN runs ON runs.id = asked.value AND runs.sweep = ? ORDER BY asked.key`
// No order of joining but this will do.
const selectStopped = `SELECT runs.id FROM json_each(?) AS asked
  CROSS JOIN runs ON runs.id = asked.value AND runs.sweep = ? WHERE runs.stop IS NOT NULL`

const sweepOf = (row: Row): SweepRecord => ({
  id: SweepId.make(text(row, 0), stored),
  name: text(row, 1),
  state: SweepState.fromText(text(row, 2)),
  config: text(row, 3),
  seed: number(row, 4),
  createdAt: number(row, 5)
})
