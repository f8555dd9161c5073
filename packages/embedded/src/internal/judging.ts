/** Early stopping: its verdicts are stored, and wait for the heartbeats of the runs' agents. */
import type { CommError } from "@sweepline/core/CommError"
import type { EarlyStopping, Verdict } from "@sweepline/core/EarlyStopping"
import * as RunState from "@sweepline/core/RunState"
import * as Effect from "effect/Effect"
import type { Connection } from "../Database.js"
import type { KnownSweep } from "../SweepCache.js"
import { number } from "./connection.js"
import type { Operations } from "./operations.js"

/** Looks at the curves of a sweep's runs when one has grown. */
export const judge = (
  earlyStopping: EarlyStopping["Type"],
  operations: Operations,
  sweep: KnownSweep
): Effect.Effect<void, CommError> => {
  const { config, history } = sweep
  const operation = `stop runs of sweep ${sweep.id} early`
  const seen = operations.read(operation, (db) => {
    const row = db.get(selectRevision, [sweep.id])
    if (row !== undefined) history.refresh(db, number(row, 0))
    return history.grown
  })
  return Effect.flatMap(seen, (grown) => {
    if (!grown) return Effect.void
    return Effect.suspend(() => {
      // what grows while it judges is judged next time
      history.grown = false
      return earlyStopping.judge({ config, curves: history.runs })
    }).pipe(
      Effect.flatMap((verdicts) => condemn(operations, operation, verdicts)),
      Effect.onError(() =>
        Effect.sync(() => {
          history.grown = true
        })
      )
    )
  })
}

// internal

const condemn = (
  { read, write }: Operations,
  operation: string,
  verdicts: ReadonlyArray<Verdict>
): Effect.Effect<void, CommError> => {
  if (verdicts.length === 0) return Effect.void
  // most verdicts are those of the last time
  const isNew = (db: Connection) => (verdict: Verdict) => db.get(selectCondemnable, [verdict.run]) !== undefined
  return Effect.flatMap(
    read(operation, (db) => verdicts.filter(isNew(db))),
    (fresh) =>
      fresh.length === 0
        ? Effect.void
        : write(operation, (db) => {
            for (const verdict of fresh.filter(isNew(db))) db.run(condemnRun, [JSON.stringify(verdict), verdict.run])
          })
  )
}

const selectRevision = "SELECT revision FROM sweeps WHERE id = ?"
const alive = RunState.all
  .filter(RunState.isAlive)
  .map((state) => `'${state}'`)
  .join(", ")
const selectCondemnable = `SELECT 1 FROM runs WHERE id = ? AND condemned = 0 AND stop IS NULL AND state IN (${alive})`
const condemnRun = "UPDATE runs SET verdict = ?, condemned = 1 WHERE id = ?"
