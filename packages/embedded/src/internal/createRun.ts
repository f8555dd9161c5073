import type { AgentId } from "@sweepline/core/AgentId"
import * as PythonJson from "@sweepline/core/PythonJson"
import { RunId } from "@sweepline/core/RunId"
import * as RunFacts from "@sweepline/core/RunFacts"
import * as SweepController from "@sweepline/core/SweepController"
import type { TrialConfig } from "@sweepline/core/TrialConfig"
import type { Transaction } from "../Database.js"
import type { KnownSweep } from "../SweepCache.js"
import { number } from "./connection.js"
import * as Ids from "./ids.js"

/** What a run is created with. */
export interface NewRun {
  readonly trial: TrialConfig
  readonly agent: AgentId | undefined
  readonly now: number
}

/**
 * Creates a pending run of a sweep within a write, and adds it to the history in memory once that is
 * committed. Nobody is told of it but the caller.
 */
export const createRun = (db: Transaction, sweep: KnownSweep, run: NewRun): RunId => {
  const insert = inserter(db, sweep, run)
  for (let tries = 0; ; tries++) {
    const id = RunId.make(Ids.ofRun(sweep.id, insert.n, tries))
    if (insert.as(id)) return id
  }
}

/** The same under an id that somebody chose; false, and nothing is created, where another run has it. */
export const createRunAs = (db: Transaction, sweep: KnownSweep, id: RunId, run: NewRun): boolean =>
  db.get("SELECT 1 FROM runs WHERE id = ?", [id]) === undefined && inserter(db, sweep, run).as(id)

// internal

/** Counts the run, and inserts it under an id that is free. */
const inserter = (db: Transaction, sweep: KnownSweep, { agent, now, trial }: NewRun) => {
  const row = db.get(countRun, [sweep.id]) ?? []
  const n = number(row, 0)
  const revision = number(row, 1)
  const { attempt, state } = RunFacts.created
  const name = SweepController.runName(n)
  const text = PythonJson.stringify(trial)
  return {
    n,
    as: (id: RunId): boolean => {
      if (db.run(insertRun, [id, sweep.id, n, agent, name, state, attempt, now, revision, text]) === 0) return false
      db.afterCommit(() => sweep.history.add(n, id, trial, revision))
      return true
    }
  }
}

const countRun = "UPDATE sweeps SET runs = runs + 1, revision = revision + 1 WHERE id = ? RETURNING runs - 1, revision"
const insertRun = `INSERT INTO runs (id, sweep, n, agent, name, state, attempt, created_at, revision, trial)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`
