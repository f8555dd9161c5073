import * as Obstacle from "@sweepline/core/Obstacle"
import * as Signal from "@sweepline/core/Signal"
import type { SweepId } from "@sweepline/core/SweepId"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import { type Connection, Database, type Transaction } from "./Database.js"
import { number } from "./internal/connection.js"
import type { StoreError } from "./StoreError.js"

/**
 * Who waits for what to change. Own writes tell at once; those of other processes are noticed within
 * `pollInterval`, by counters that each such write raises. Metric rows raise none.
 */
export class Notices extends Context.Tag("@sweepline/embedded/Notices")<
  Notices,
  {
    /** Counts a change of a sweep's runs or metrics, within its write; answers the new revision. Nobody is told. */
    readonly countChange: (db: Transaction, sweep: SweepId) => number
    /** The same for a change that others wait for: of a state, an attempt, a request to stop. */
    readonly touchSweep: (db: Transaction, sweep: SweepId) => number
    /** Marks a queue as one that may have items to lease, within the write that makes it so. */
    readonly touchQueue: (db: Transaction, queue: string) => void
    readonly sweepChanges: (sweep: SweepId) => Stream.Stream<void>
    readonly queueChanges: (queue: string) => Stream.Stream<void>
  }
>() {}

/** How often other processes' writes are looked for, while somebody waits for them. */
export const pollInterval = "100 millis"

/** Notices until the scope closes. `watch: false` doesn't look for other processes. */
export const make = Effect.fnUntraced(function* (options?: {
  readonly watch?: boolean
}): Effect.fn.Return<Notices["Type"], never, Database | Scope.Scope> {
  const database = yield* Database
  const sweeps = new Topics()
  const queues = new Topics()
  const somebodyWaits = yield* Effect.makeLatch(false)
  let dataVersion = -1
  const obstacle = Obstacle.make((error: StoreError) =>
    Effect.logWarning("Could not look for other processes' writes", error)
  )

  const look = database
    .read((db) => {
      // changes with each commit of another connection: one cheap look when nothing happened
      const version = number(db.get("PRAGMA data_version") ?? [], 0)
      if (version === dataVersion) return
      for (const sweep of sweeps.waitedFor()) sweeps.observe(sweep, noticeOf(db, "sweeps", sweep))
      for (const queue of queues.waitedFor()) queues.observe(queue, noticeOf(db, "queues", queue))
      // last, so that a look which fails half-way is made again
      dataVersion = version
    })
    .pipe(Effect.matchEffect({ onFailure: obstacle.met, onSuccess: () => obstacle.gone }))

  if (options?.watch ?? true) {
    yield* somebodyWaits.await.pipe(
      Effect.zipRight(look),
      Effect.repeat(Schedule.spaced(pollInterval)),
      // other processes live in real time, whatever clock the program runs on
      Effect.withClock(Clock.make()),
      Effect.annotateLogs({ package: "@sweepline/embedded", module: "Notices", fiber: "look" }),
      Effect.interruptible,
      Effect.forkScoped
    )
  }

  const changes = (table: Table, topics: Topics, topic: string): Stream.Stream<void> => {
    // the mark to compare with; if it can't be read, the first look sets it
    const marked = Effect.ignore(database.read((db) => topics.observe(topic, noticeOf(db, table, topic))))
    return Signal.listening<void>("first", (listener) =>
      Effect.acquireRelease(
        Effect.sync(() => {
          somebodyWaits.unsafeOpen()
          return topics.listen(topic, listener)
        }),
        (stop) =>
          Effect.sync(() => {
            stop()
            if (sweeps.isEmpty() && queues.isEmpty()) somebodyWaits.unsafeClose()
          })
      ).pipe(Effect.zipRight(marked))
    )
  }

  return {
    countChange: (db, sweep) => {
      const row = db.get("UPDATE sweeps SET revision = revision + 1 WHERE id = ? RETURNING revision", [sweep])
      return row === undefined ? 0 : number(row, 0)
    },
    touchSweep: (db, sweep) => {
      const row = db.get(
        "UPDATE sweeps SET revision = revision + 1, notice = notice + 1 WHERE id = ? RETURNING revision, notice",
        [sweep]
      )
      if (row === undefined) return 0
      const notice = number(row, 1)
      db.afterCommit(() => sweeps.publish(sweep, notice))
      return number(row, 0)
    },
    touchQueue: (db, queue) => {
      const row = db.get(
        "INSERT INTO queues (name, notice) VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET notice = notice + 1 RETURNING notice",
        [queue]
      )
      const notice = row === undefined ? 0 : number(row, 0)
      db.afterCommit(() => queues.publish(queue, notice))
    },
    sweepChanges: (sweep) => changes("sweeps", sweeps, sweep),
    queueChanges: (queue) => changes("queues", queues, queue)
  }
})

/** Notices over a database. */
export const layer = (options?: { readonly watch?: boolean }): Layer.Layer<Notices, never, Database> =>
  Layer.scoped(Notices, make(options))

// internal

type Table = "sweeps" | "queues"

const selectNotice = {
  sweeps: "SELECT notice FROM sweeps WHERE id = ?",
  queues: "SELECT notice FROM queues WHERE name = ?"
} as const satisfies Record<Table, string>

const noticeOf = (db: Connection, table: Table, topic: string): number => {
  const row = db.get(selectNotice[table], [topic])
  return row === undefined ? 0 : number(row, 0)
}

/** The listeners of each topic, and the last notice that they were told of. */
class Topics {
  readonly #listeners = new Map<string, Set<() => void>>()
  readonly #told = new Map<string, number>()

  isEmpty(): boolean {
    return this.#listeners.size === 0
  }

  waitedFor(): ReadonlyArray<string> {
    return [...this.#listeners.keys()]
  }

  listen(topic: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(topic) ?? new Set()
    this.#listeners.set(topic, listeners.add(listener))
    return () => {
      listeners.delete(listener)
      if (listeners.size > 0) return
      this.#listeners.delete(topic)
      this.#told.delete(topic)
    }
  }

  /** An own write: everybody is told. */
  publish(topic: string, notice: number): void {
    if (!this.#listeners.has(topic)) return
    this.#told.set(topic, notice)
    this.#tell(topic)
  }

  /** What a look found; the first one only sets the mark. */
  observe(topic: string, notice: number): void {
    const told = this.#told.get(topic)
    this.#told.set(topic, notice)
    if (told !== undefined && told !== notice) this.#tell(topic)
  }

  #tell(topic: string): void {
    for (const listener of this.#listeners.get(topic) ?? []) listener()
  }
}
