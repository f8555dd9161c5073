import type { CommError } from "@sweepline/core/CommError"
import { LeaseHeldError } from "@sweepline/core/LeaseHeldError"
import type { SweepId } from "@sweepline/core/SweepId"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { type Connection, Database } from "./Database.js"
import { number, type Row, text } from "./internal/connection.js"
import { isGone, type ProcessIdentity, self as thisProcess } from "./internal/processIdentity.js"
import * as StoreError from "./StoreError.js"

/** Who schedules a sweep. */
export interface Holder {
  readonly host: string
  readonly pid: number
  /** Milliseconds since 1970: when the lease ends unless its holder renews it. */
  readonly expiresAt: number
}

/**
 * One scheduler per sweep. A lease carries an epoch that grows with each holder; whoever held it and
 * lost it is refused at his next write, however long he slept.
 */
export class SweepLease extends Context.Tag("@sweepline/embedded/SweepLease")<
  SweepLease,
  {
    /**
     * Takes a sweep's lease, renews it every `renewInterval` and gives it back when the scope closes. A holder that is
     * provably dead loses it at once, another one when it expires; until then this is a `LeaseHeldError`. While a
     * stopped process holds the database itself, this waits, and says so.
     */
    readonly acquire: (sweep: SweepId) => Effect.Effect<void, LeaseHeldError | CommError, Scope.Scope>
    /** The live scheduler of a sweep, in whatever process: dead holders and expired leases don't count. */
    readonly holder: (sweep: SweepId) => Effect.Effect<Option.Option<Holder>, CommError>
    /**
     * For a write that only a scheduler may make, as its first statement: the refusal, when somebody else
     * holds the lease. Where nobody holds it, anybody may write.
     */
    readonly refuseOthers: (db: Connection, sweep: SweepId, now: number) => LeaseHeldError | undefined
    /** For a write that anybody may make, except for a scheduler that has lost its lease and doesn't know it. */
    readonly refuseLost: (db: Connection, sweep: SweepId) => LeaseHeldError | undefined
  }
>() {}

/** How long a lease lasts without being renewed. */
export const duration = Duration.seconds(30)

/** How often a lease is renewed. */
export const renewInterval = Duration.seconds(5)

/** Leases of this process, until the scope closes. `process` stands for another process in tests. */
export const make = Effect.fnUntraced(function* (options?: {
  readonly process?: ProcessIdentity
}): Effect.fn.Return<SweepLease["Type"], never, Database> {
  const database = yield* Database
  const me = options?.process ?? thisProcess()
  const epochs = new Map<SweepId, number>()

  const take = (sweep: SweepId) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) =>
      Effect.flatten(
        database.writeDurably((db) => {
          const current = read(db, sweep)
          if (current !== undefined && isLive(current, now)) {
            return Effect.fail(new LeaseHeldError({ sweep, holder: nameOf(current), lost: false }))
          }
          const epoch = (current?.epoch ?? 0) + 1
          const { boot, host, namespace, pid, started } = me
          const expires = now + Duration.toMillis(duration)
          db.run(replaceLease, [sweep, epoch, true, host, boot, namespace, pid, started, expires])
          db.afterCommit(() => void epochs.set(sweep, epoch))
          return Effect.void
        })
      )
    ).pipe(
      Effect.retry({ while: (error) => error._tag === "StoreError" && error.reason === "Busy" }),
      Effect.catchTag("StoreError", (error) => StoreError.toCommError(`take the lease on sweep ${sweep}`)(error)),
      (taking) => Effect.scoped(Effect.zipRight(Effect.forkScoped(sayWhenWaiting), taking))
    )

  const renew = Effect.fnUntraced(function* (sweep: SweepId) {
    const now = yield* Clock.currentTimeMillis
    const epoch = epochs.get(sweep)
    if (epoch === undefined) return
    const expires = now + Duration.toMillis(duration)
    const renewed = yield* database.write((db) => db.run(renewLease, [expires, sweep, epoch]) > 0)
    if (!renewed) yield* Effect.logWarning("The lease was lost to another scheduler")
  })

  const release = (sweep: SweepId) =>
    Effect.suspend(() => {
      const epoch = epochs.get(sweep)
      epochs.delete(sweep)
      return epoch === undefined ? Effect.void : database.writeDurably((db) => db.run(releaseLease, [sweep, epoch]))
    })

  const warned = (message: string) =>
    Effect.catchAll((error: StoreError.StoreError) => Effect.logWarning(message, error))

  return {
    acquire: (sweep) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.zipRight(
          // a stopped process may hold the database for as long as it likes: waiting for it is interruptible
          restore(take(sweep)),
          Effect.addFinalizer(() => warned("Could not give the lease back; it expires")(release(sweep)))
        )
      ).pipe(
        Effect.zipRight(
          renew(sweep).pipe(
            warned("Could not renew the lease"),
            Effect.repeat(Schedule.spaced(renewInterval)),
            Effect.annotateLogs({ package: "@sweepline/embedded", module: "SweepLease", fiber: "renew", sweep }),
            Effect.interruptible,
            Effect.forkScoped
          )
        ),
        Effect.asVoid
      ),
    holder: (sweep) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) =>
        database.read((db) => {
          const current = read(db, sweep)
          return current !== undefined && isLive(current, now) ? Option.some(holderOf(current)) : Option.none()
        })
      ).pipe(Effect.mapError(StoreError.toCommError(`look who schedules sweep ${sweep}`))),
    refuseOthers: (db, sweep, now) => {
      const current = read(db, sweep)
      if (current === undefined) return undefined
      const epoch = epochs.get(sweep)
      if (epoch === undefined ? !isLive(current, now) : epoch === current.epoch) return undefined
      return new LeaseHeldError({ sweep, holder: nameOf(current), lost: epoch !== undefined })
    },
    refuseLost: (db, sweep) => {
      const epoch = epochs.get(sweep)
      if (epoch === undefined) return undefined
      const current = read(db, sweep)
      if (current === undefined || current.epoch === epoch) return undefined
      return new LeaseHeldError({ sweep, holder: nameOf(current), lost: true })
    }
  }
})

/** The leases of this process. */
export const layer: Layer.Layer<SweepLease, never, Database> = Layer.effect(SweepLease, make())

// internal

const sayWhenWaiting = Effect.logWarning("Another process holds the database; it may be stopped. Waiting for it.").pipe(
  Effect.delay("2 seconds"),
  Effect.annotateLogs({ package: "@sweepline/embedded", module: "SweepLease" })
)

const selectLease = "SELECT epoch, held, host, boot, namespace, pid, started, expires_at FROM leases WHERE sweep = ?"
const replaceLease = `INSERT OR REPLACE INTO leases
  (sweep, epoch, held, host, boot, namespace, pid, started, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`
const renewLease = "UPDATE leases SET expires_at = ? WHERE sweep = ? AND epoch = ?"
const releaseLease = "UPDATE leases SET held = 0 WHERE sweep = ? AND epoch = ?"

interface Lease {
  readonly epoch: number
  readonly held: boolean
  readonly process: ProcessIdentity
  readonly expiresAt: number
}

const read = (db: Connection, sweep: SweepId): Lease | undefined => {
  const row = db.get(selectLease, [sweep])
  return row === undefined ? undefined : leaseOf(row)
}

const leaseOf = (row: Row): Lease => ({
  epoch: number(row, 0),
  held: number(row, 1) === 1,
  process: {
    host: text(row, 2),
    boot: text(row, 3),
    namespace: text(row, 4),
    pid: number(row, 5),
    started: text(row, 6)
  },
  expiresAt: number(row, 7)
})

const isLive = (lease: Lease, now: number): boolean => lease.held && lease.expiresAt > now && !isGone(lease.process)

const nameOf = (lease: Lease): string => `process ${lease.process.pid} on ${lease.process.host}`

const holderOf = (lease: Lease): Holder => ({
  host: lease.process.host,
  pid: lease.process.pid,
  expiresAt: lease.expiresAt
})
