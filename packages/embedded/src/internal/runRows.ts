/** How runs, their facts and digests stand in the database. */
import * as PythonJson from "@sweepline/core/PythonJson"
import type { PythonDict } from "@sweepline/core/PythonValue"
import { RunId } from "@sweepline/core/RunId"
import * as RunState from "@sweepline/core/RunState"
import type { MetricDigest } from "@sweepline/core/Search"
import { StopReason } from "@sweepline/core/StopReason"
import type { RunRecord } from "@sweepline/core/SweepApi"
import * as RunFacts from "@sweepline/core/RunFacts"
import type { SweepId } from "@sweepline/core/SweepId"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import type { Transaction } from "../Database.js"
import type { Notices } from "../Notices.js"
import { type Connection, number, optionalNumber, optionalText, type Row, stored, text } from "./connection.js"

/** The columns of `factsOf`. */
export const factColumns = "runs.state, runs.attempt, runs.exit_code, runs.started_at, runs.ended_at, runs.stop"

/** What of a run its reports and requests can change, from `factColumns` at a place in a row. */
export const factsOf = (row: Row, from: number): RunFacts.RunFacts => ({
  state: runStates.get(text(row, from)) ?? "unknown",
  attempt: number(row, from + 1),
  exitCode: optionalNumber(row, from + 2),
  startedAt: optionalNumber(row, from + 3),
  endedAt: optionalNumber(row, from + 4),
  stop: stopReasons.get(optionalText(row, from + 5) ?? "")
})

/** The state at a place in a row; `Left` holds the text of one that isn't a state (B46). */
export const stateOf = (row: Row, at: number): Either.Either<RunState.RunState, string> => {
  const state = text(row, at)
  return Either.fromOption(RunState.decodeOption(state), () => state)
}

/** The facts of one run of a sweep. */
export const readFacts = (db: Connection, sweep: SweepId, run: RunId): RunFacts.RunFacts | undefined => {
  const row = db.get(selectFacts, [run, sweep])
  return row === undefined ? undefined : factsOf(row, 0)
}

/** Whether nothing became of a run that isn't stored already. */
export const isStored = (before: RunFacts.RunFacts, facts: RunFacts.RunFacts): boolean =>
  before.state === facts.state &&
  before.attempt === facts.attempt &&
  before.exitCode === facts.exitCode &&
  before.startedAt === facts.startedAt &&
  before.endedAt === facts.endedAt &&
  before.stop === facts.stop

/** Stores what became of a run, and tells those who wait for it. */
export const settle = (
  db: Transaction,
  notices: Notices["Type"],
  ids: { readonly sweep: SweepId; readonly run: RunId },
  before: RunFacts.RunFacts,
  facts: RunFacts.RunFacts
): void => {
  const revision = RunFacts.isNews(before, facts)
    ? notices.touchSweep(db, ids.sweep)
    : notices.countChange(db, ids.sweep)
  // a verdict is for a run that lives and that nobody has asked to stop
  const condemnable = facts.stop === undefined && RunState.isAlive(facts.state)
  const { attempt, endedAt, exitCode, startedAt, state, stop } = facts
  db.run(updateFacts, [state, attempt, exitCode, startedAt, endedAt, stop, condemnable, revision, ids.run])
}

/** The columns of `recordOf`. */
export const recordColumns = `runs.id, runs.name, runs.trial, runs.summary, runs.created_at, ${factColumns}`

/** A run as the backend tells it. */
export const recordOf = (row: Row): RunRecord => ({
  id: RunId.make(text(row, 0), stored),
  name: text(row, 1),
  trial: dictOf(text(row, 2)),
  summary: dictOf(text(row, 3)),
  createdAt: number(row, 4),
  ...factsOf(row, 5)
})

/** A dict that we stored. */
export const dictOf = (stored: string): PythonDict => Either.getOrThrow(PythonJson.parseDict(stored))

/** Digests by metric. */
export type Digests = ReadonlyMap<string, MetricDigest>

/** Digests as they are stored; their numbers are finite. */
export const digestsText = (digests: Digests): string | undefined =>
  digests.size === 0
    ? undefined
    : JSON.stringify(
        Object.fromEntries(Array.from(digests, ([name, { count, last, max, min }]) => [name, [count, min, max, last]]))
      )

/** Digests that we stored. */
export const digestsOf = (stored: string | undefined): Digests => {
  if (stored === undefined) return noDigests
  const digests = new Map<string, MetricDigest>()
  for (const [name, [count, min, max, last]] of Object.entries(decodeDigests(stored))) {
    digests.set(name, { count, min, max, last })
  }
  return digests
}

// internal

const noDigests: Digests = new Map()

const decodeDigests = Schema.decodeSync(
  Schema.parseJson(
    Schema.Record({
      key: Schema.String,
      value: Schema.Tuple(Schema.Number, Schema.Number, Schema.Number, Schema.Number)
    })
  )
)

const runStates: ReadonlyMap<string, RunState.RunState> = new Map(RunState.all.map((state) => [state, state]))
const stopReasons: ReadonlyMap<string, StopReason> = new Map(StopReason.literals.map((reason) => [reason, reason]))

const selectFacts = `SELECT ${factColumns} FROM runs WHERE id = ? AND sweep = ?`
const updateFacts = `UPDATE runs SET state = ?, attempt = ?, exit_code = ?, started_at = ?, ended_at = ?, stop = ?,
  condemned = condemned AND ?, revision = ? WHERE id = ?`
