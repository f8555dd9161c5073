/** What the controller is to know of a sweep when it decides about a heartbeat. */
import type { AgentId } from "@sweepline/core/AgentId"
import { RunId } from "@sweepline/core/RunId"
import type * as SweepController from "@sweepline/core/SweepController"
import * as SweepState from "@sweepline/core/SweepState"
import type { Connection } from "../Database.js"
import type { KnownSweep } from "../SweepCache.js"
import { number, optionalNumber, stored, text } from "./connection.js"
import { dictOf } from "./runRows.js"

/** The agent of a heartbeat, the runs that it reports, and those of them that live. */
export interface Heartbeat {
  readonly sweep: KnownSweep
  readonly agent: AgentId
  readonly living: ReadonlyArray<RunId>
  readonly reported: ReadonlyMap<RunId, boolean>
}

/** A view, and which revision of the sweep it shows. */
export interface View extends SweepController.SweepView {
  readonly revision: number
}

/** The view as a heartbeat's agent has it; `undefined` where another process has removed the sweep. */
export const of = (db: Connection, { agent, living, reported, sweep }: Heartbeat): View | undefined => {
  const row = db.get(selectSweep, [agent, sweep.id])
  if (row === undefined) return undefined
  const unclaimed = runAt(db, optionalNumber(row, 5))
  return {
    state: SweepState.fromText(text(row, 0)),
    runCap: sweep.config.runCap,
    runs: number(row, 1),
    targetReached: number(row, 2) === 1,
    busy: living.length > 0,
    condemned:
      sweep.config.earlyTerminate === undefined
        ? []
        : db.all(selectCondemned, [agent]).map((condemned) => RunId.make(text(condemned, 0), stored)),
    unclaimed: unclaimed === undefined || reported.has(unclaimed.run) ? undefined : unclaimed,
    preempted: runAt(db, optionalNumber(row, 4)),
    revision: number(row, 3)
  }
}

// internal

const selectSweep = `SELECT state, runs, target_reached, revision,
    (SELECT no FROM runs WHERE sweep = sweeps.id AND state = 'preempted' ORDER BY no LIMIT 1),
    (SELECT no FROM runs WHERE agent = ? AND state = 'pending' ORDER BY no DESC LIMIT 1)
  FROM sweeps WHERE id = ?`
const selectRun = "SELECT id, trial, attempt FROM runs WHERE no = ?"
const selectCondemned = "SELECT id FROM runs WHERE agent = ? AND condemned = 1 ORDER BY no"

const runAt = (db: Connection, no: number | undefined): SweepController.UnclaimedRun | undefined => {
  const row = no === undefined ? undefined : db.get(selectRun, [no])
  return row === undefined
    ? undefined
    : { run: RunId.make(text(row, 0), stored), trial: dictOf(text(row, 1)), attempt: number(row, 2) }
}
