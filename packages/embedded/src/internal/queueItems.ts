/** What the end of a run, or a request to stop it, means for its item in the launch queue. */
import type { RunKey } from "@sweepline/core/RunKey"
import type { Connection, Transaction } from "../Database.js"

/** Whether a job may have been submitted for the item of a key, if only before its lease ran out. */
export const isHeld = (db: Connection, key: RunKey): boolean => db.get(selectHeld, [key]) !== undefined

/** Whoever has the item of a key is done with it. */
export const complete = (db: Transaction, key: RunKey): void => void db.run(completeHeld, [key])

/** Takes the item of a key that nobody has out of the queue. */
export const withdraw = (db: Transaction, key: RunKey): void => void db.run(withdrawPending, [key])

// internal

const selectHeld = "SELECT 1 FROM queue_items WHERE key = ? AND state IN ('leased', 'claimed')"
const completeHeld = `UPDATE queue_items SET state = 'completed', request = '', handle = NULL
  WHERE key = ? AND state IN ('leased', 'claimed')`
const withdrawPending = `UPDATE queue_items SET state = 'withdrawn', request = '', handle = NULL
  WHERE key = ? AND state = 'pending'`
