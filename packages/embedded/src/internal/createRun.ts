import type { AgentId } from "@sweepline/core/AgentId"
import * as PythonJson from "@sweepline/core/PythonJson"
import { RunId } from "@sweepline/core/RunId"
import * as SweepController from "@sweepline/core/SweepController"
import type { TrialConfig } from "@sweepline/core/TrialConfig"
import type { Transaction } from "../Database.js"
import type { KnownSweep } from "../SweepCache.js"
import { number } from "./connection.js"
import * as Ids from "./ids.js"

/**
 * Creates a pending run of a sweep within a write, and adds it to the history in memory once that is
 * committed. Nobody is told of it but the caller.
 */
export const createRun = (
  db: Transaction,
  sweep: KnownSweep,
  options: { readonly trial: TrialConfig; readonly agent: AgentId | undefined; readonly now: number }
): RunId => {
  const row = db.get(countRun, [sweep.id]) ?? []
  const n = number(row, 0)
  const revision = number(row, 1)
  const { attempt, state } = SweepController.created
  const trial = PythonJson.stringify(options.trial)
  for (let tries = 0; ; tries++) {
    const id = RunId.make(Ids.ofRun(sweep.id, n, tries))
    const name = SweepController.runName(n)
    const inserted = db.run(insertRun, [
      id,
      sweep.id,
      n,
      options.agent,
      name,
      state,
      attempt,
      options.now,
      revision,
      trial
    ])
    if (inserted === 0) continue
    db.afterCommit(() => sweep.history.add(n, id, options.trial, revision))
    return id
  }
}

// internal

const countRun = "UPDATE sweeps SET runs = runs + 1, revision = revision + 1 WHERE id = ? RETURNING runs - 1, revision"
const insertRun = `INSERT INTO runs (id, sweep, n, agent, name, state, attempt, created_at, revision, trial)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`
