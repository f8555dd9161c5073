import * as Reading from "@sweepline/core/Reading"
import type { ItemReading } from "@sweepline/core/Reading"
import { LaunchQueue, leaseTime, type QueueItem } from "@sweepline/core/LaunchQueue"
import { QueueItemId } from "@sweepline/core/QueueItemId"
import type { QueueItemState } from "@sweepline/core/QueueItemState"
import { RunId } from "@sweepline/core/RunId"
import * as RunFacts from "@sweepline/core/RunFacts"
import * as SweepState from "@sweepline/core/SweepState"
import { SweepId } from "@sweepline/core/SweepId"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { type Connection, Database, type Transaction } from "./Database.js"
import { number, optionalText, type Row, stored, text } from "./internal/connection.js"
import * as Operations from "./internal/operations.js"
import { leaseLost } from "./internal/refusals.js"
import { requestColumns, requestOf, requestText } from "./internal/requestText.js"
import { factColumns, factsOf, readFacts, settle } from "./internal/runRows.js"
import { Notices } from "./Notices.js"
import { SweepLease } from "./SweepLease.js"

/** The launch queues of a database. Their items wait while their sweep is paused or cancelled. */
export const make: Effect.Effect<LaunchQueue["Type"], never, Database | SweepLease | Notices> = Effect.gen(
  function* () {
    const database = yield* Database
    const sweepLease = yield* SweepLease
    const notices = yield* Notices

    const { read, readNow, write } = Operations.make(database)

    return {
      push: (request) =>
        Effect.flatten(
          write(`queue run ${request.key}`, (db, now) => {
            const refusal = sweepLease.refuseOthers(db, request.sweep, now)
            if (refusal !== undefined) return leaseLost(`queue run ${request.key}`, refusal)
            const { attempt, key, priority, queue, run, sweep } = request
            const inserted = db.get(insertItem, [key, queue, sweep, run, attempt, priority, requestText(request)])
            if (inserted === undefined) return Effect.succeed(idOf(db.get(selectByKey, [key]) ?? [], 0))
            notices.touchQueue(db, queue)
            return Effect.succeed(idOf(inserted, 0))
          })
        ),
      itemState: ({ id }) =>
        readNow(`read the state of queue item ${id}`, (db, now) => {
          const row = db.get(selectState, [now, numberOf(id)])
          return row === undefined ? Option.none() : Option.fromNullable(visible.get(text(row, 0)))
        }),
      itemStates: ({ ids }) =>
        readNow("read the states of queue items", (db, now) => {
          const asked = JSON.stringify(ids.map(numberOf))
          return db.all(selectStates, [now, asked]).map((row): ItemReading => {
            const state = visible.get(optionalText(row, 0) ?? "")
            return state === undefined ? Reading.noItem : { _tag: "Found", state }
          })
        }).pipe(Effect.catchAll((error) => Effect.succeed(ids.map(() => Reading.missed(error))))),
      find: (key) =>
        read(`look for run ${key} in the queue`, (db) => {
          const row = db.get(selectByKey, [key])
          return row === undefined ? Option.none() : Option.some(idOf(row, 0))
        }),
      lease: (options) => {
        const operation = `lease from queue ${options.queue}`
        // most looks find nothing: those take no write lock
        return Effect.flatMap(
          readNow(operation, (db, now) => options.max > 0 && openItems(db, options, now, 1).length > 0),
          (any) => (any ? write(operation, (db, now) => lease(db, sweepLease, options, now)) : Effect.succeed([]))
        )
      },
      acknowledge: (id, handle) =>
        write(`acknowledge queue item ${id}`, (db, now) => {
          const row = db.get(acknowledgeItem, [handle, numberOf(id)])
          if (row !== undefined) begin(db, notices, row, now)
        }),
      complete: (id) => {
        const operation = `complete queue item ${id}`
        // the report of a run's end has completed its item
        return Effect.flatMap(
          read(operation, (db) => db.get(selectOpenItem, [numberOf(id)]) !== undefined),
          (open) => (open ? write(operation, (db) => void db.run(completeItem, [numberOf(id)])) : Effect.void)
        )
      },
      fail: (id, message) => write(`fail queue item ${id}`, (db) => void db.run(failItem, [message, numberOf(id)])),
      release: (id, agent) =>
        write(`give queue item ${id} back`, (db) => {
          const row = db.get(releaseItem, [numberOf(id), agent])
          if (row !== undefined) notices.touchQueue(db, text(row, 0))
        }),
      held: ({ agent, queue }) =>
        readNow(`read what ${agent} holds of queue ${queue}`, (db, now) =>
          db.all(selectHeld, [agent, queue, now]).map(itemOf)
        ),
      changes: notices.queueChanges
    }
  }
)

/** The launch queues of a database. */
export const layer: Layer.Layer<LaunchQueue, never, Database | SweepLease | Notices> = Layer.effect(LaunchQueue, make)

// internal

/** What the outside calls an item's state. A completed item stays claimed, as on W&B; a withdrawn one isn't there. */
const visible: ReadonlyMap<string, QueueItemState> = new Map([
  ["pending", "pending"],
  ["leased", "leased"],
  ["claimed", "claimed"],
  ["failed", "failed"],
  ["completed", "claimed"]
])

/** Sweep states whose items wait, unless there is a run to be ended that may have been submitted; as an SQL list. */
const heldBack = SweepState.SweepState.literals
  .filter(SweepState.holdsBack)
  .map((state) => `'${state}'`)
  .join(", ")

const insertItem = `INSERT INTO queue_items (key, queue, sweep, run, attempt, priority, state, request)
  VALUES (?, ?, ?, ?, ?, ?, 'pending', ?) ON CONFLICT (key) DO NOTHING RETURNING no`
const selectByKey = "SELECT no FROM queue_items WHERE key = ?"
// a lease that ran out is no lease: nobody has to write that down
const presentState = "iif(state = 'leased' AND leased_until <= ?, 'pending', state)"
const selectState = `SELECT ${presentState} FROM queue_items WHERE no = ?`
// one statement for all that are asked for, in the order of asking: a thousand would take milliseconds in each pass
const selectStates = `SELECT ${presentState} FROM json_each(?) AS asked
  LEFT JOIN queue_items ON no = asked.value ORDER BY asked.key`
const selectOpen = `SELECT items.no, items.attempt, items.sweep, ${factColumns} FROM queue_items AS items
  LEFT JOIN sweeps ON sweeps.id = items.sweep LEFT JOIN runs ON runs.id = items.run
  WHERE items.queue = ? AND items.state IN ('pending', 'leased') AND (items.state = 'pending' OR items.leased_until <= ?)
    AND (coalesce(sweeps.state, '') NOT IN (${heldBack}) AND items.sweep NOT IN (SELECT value FROM json_each(?))
      OR runs.stop IS NOT NULL)
  ORDER BY items.priority, items.no LIMIT ?`
const leaseItem = `UPDATE queue_items AS items SET state = 'leased', agent = ?, leased_until = ? WHERE no = ?
  RETURNING no, handle, ${requestColumns.replaceAll("items.", "")}`
const withdrawItem = "UPDATE queue_items SET state = 'withdrawn', request = '', handle = NULL WHERE no = ?"
const acknowledgeItem = `UPDATE queue_items SET state = 'claimed', handle = ?
  WHERE no = ? AND state IN ('pending', 'leased', 'claimed') RETURNING sweep, run, attempt`
const selectOpenItem = "SELECT 1 FROM queue_items WHERE no = ? AND state NOT IN ('completed', 'withdrawn')"
const completeItem = `UPDATE queue_items SET state = 'completed', request = '', handle = NULL
  WHERE no = ? AND state NOT IN ('completed', 'withdrawn')`
const failItem = `UPDATE queue_items SET state = 'failed', message = ?
  WHERE no = ? AND state NOT IN ('completed', 'withdrawn')`
const releaseItem =
  "UPDATE queue_items SET state = 'pending', agent = NULL WHERE no = ? AND state = 'leased' AND agent = ? RETURNING queue"
const selectHeld = `SELECT items.no, items.handle, ${requestColumns} FROM queue_items AS items
  WHERE items.agent = ? AND items.queue = ? AND items.state IN ('leased', 'claimed')
    AND (items.state = 'claimed' OR items.leased_until > ?) ORDER BY items.no`

const idOf = (row: Row, column: number): QueueItemId => QueueItemId.make(String(number(row, column)), stored)

/** The number of an item; no item has the number that another text gives. */
const numberOf = (id: QueueItemId): number => (/^[0-9]+$/.test(id) ? Number(id) : -1)

const itemOf = (row: Row): QueueItem => ({
  id: idOf(row, 0),
  handle: optionalText(row, 1),
  request: requestOf(row, 2)
})

/** The job of an item was submitted: its run runs, which its agent would report at once. A run that isn't known here is somebody else's. */
const begin = (db: Transaction, notices: Notices["Type"], item: Row, now: number): void => {
  const ids = { sweep: SweepId.make(text(item, 0), stored), run: RunId.make(text(item, 1), stored) }
  const before = readFacts(db, ids.sweep, ids.run)
  if (before?.state !== "pending" || before.attempt !== number(item, 2)) return
  const facts = RunFacts.reported(
    before,
    { attempt: before.attempt, state: "running", exitCode: undefined, summary: new Map() },
    now
  )
  if (facts !== undefined) settle(db, notices, ids, before, facts)
}

type Leasing = Parameters<LaunchQueue["Type"]["lease"]>[0]

/** The first items that are open to an agent. */
const openItems = (db: Connection, { except, queue }: Leasing, now: number, max: number): ReadonlyArray<Row> =>
  db.all(selectOpen, [queue, now, JSON.stringify([...(except ?? [])]), max])

/** Leases what can be launched; what nothing can become of any more is withdrawn on the way. */
const lease = (
  db: Transaction,
  sweepLease: SweepLease["Type"],
  options: Leasing,
  now: number
): ReadonlyArray<QueueItem> => {
  const { agent, max } = options
  const until = now + Duration.toMillis(leaseTime)
  const leased: Array<QueueItem> = []
  let ours: string | undefined
  while (leased.length < max) {
    const wanted = max - leased.length
    const open = openItems(db, options, now, wanted)
    for (const row of open) {
      const no = number(row, 0)
      const sweep = text(row, 2)
      // who has lost a sweep to another scheduler is about to leave, and takes nothing more
      if (sweep !== ours && sweepLease.refuseLost(db, SweepId.make(sweep, stored)) !== undefined) return leased
      ours = sweep
      // a run that isn't known here is somebody else's, and launched
      const launchable = row[3] === null || RunFacts.isLaunchable(factsOf(row, 3), number(row, 1))
      const item = launchable ? db.get(leaseItem, [agent, until, no]) : undefined
      if (item === undefined) db.run(withdrawItem, [no])
      else leased.push(itemOf(item))
    }
    if (open.length < wanted) break
  }
  return leased
}
