import type { CommError } from "@sweepline/core/CommError"
import type { JournalUnavailable } from "@sweepline/core/JournalUnavailable"
import { LeaseHeldError } from "@sweepline/core/LeaseHeldError"
import type { SweepId } from "@sweepline/core/SweepId"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
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

/** A lease that this process holds. */
export interface Held {
  /** Fails when somebody else has taken it, or the database was taken away, as soon as that is noticed: at the next renewal. */
  readonly lost: Effect.Effect<never, JournalUnavailable | LeaseHeldError>
}

/**
 * One scheduler per sweep. A lease carries an epoch that grows with each holder; whoever held it and
 * lost it is refused at his next write, however long he slept.
 */
export class SweepLease extends Context.Tag("@sweepline/embedded/SweepLease")<
  SweepLease,
  {
    /**
     * Takes a sweep's lease, renews it six times within its duration and gives it back when the scope closes. A holder that is
     * provably dead loses it at once, another one when it expires; until then this is a `LeaseHeldError`. While a
     * stopped process holds the database itself, this waits, and says so.
     */
    readonly acquire: (sweep: SweepId) => Effect.Effect<Held, LeaseHeldError | CommError, Scope.Scope>
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

/** How leases of a process differ from others; `process` stands for another process in tests. */
export interface Options {
  /** How long they last without being renewed; `duration`. */
  readonly duration?: Duration.Duration
  readonly process?: ProcessIdentity
}

/** Leases of this process, until the scope closes. */
export const make = Effect.fnUntraced(function* (
  options?: Options
): Effect.fn.Return<SweepLease["Type"], never, Database> {
  const database = yield* Database
  const me = options?.process ?? thisProcess()
  const lasting = Duration.toMillis(options?.duration ?? duration)
  const epochs = new Map<SweepId, number>()

  /** `taken` hears of the epoch in the very step that takes the lease. */
  const take = (sweep: SweepId, taken: (epoch: number) => void) =>
    Effect.clockWith((clock) =>
      Effect.flatten(
        database.writeDurably((db) => {
          // now, and not when this was asked for: another process may hold the database for a while
          const now = clock.unsafeCurrentTimeMillis()
          const current = read(db, sweep)
          if (current !== undefined && isLive(current, now)) {
            return Effect.fail(new LeaseHeldError({ sweep, holder: nameOf(current), lost: false }))
          }
          const epoch = (current?.epoch ?? 0) + 1
          const { boot, host, namespace, pid, started } = me
          const expires = now + lasting
          db.run(replaceLease, [sweep, epoch, true, host, boot, namespace, pid, started, expires])
          db.afterCommit(() => {
            epochs.set(sweep, epoch)
            taken(epoch)
          })
          return Effect.void
        })
      )
    ).pipe(
      Effect.retry({ while: (error) => error._tag === "StoreError" && error.reason === "Busy" }),
      Effect.catchTag("StoreError", (error) => StoreError.toCommError(`take the lease on sweep ${sweep}`)(error))
    )

  const renew = (sweep: SweepId) =>
    Effect.clockWith((clock) => {
      const epoch = epochs.get(sweep)
      if (epoch === undefined) return Effect.succeed(undefined)
      return database.write((db) => {
        const expires = clock.unsafeCurrentTimeMillis() + lasting
        return db.run(renewLease, [expires, sweep, epoch]) > 0 ? undefined : lostTo(sweep, read(db, sweep))
      })
    })

  const release = (sweep: SweepId, epoch: number) =>
    Effect.suspend(() => {
      if (epochs.get(sweep) === epoch) epochs.delete(sweep)
      return database.writeDurably((db) => db.run(releaseLease, [sweep, epoch]))
    })

  const warned = (message: string) =>
    Effect.catchAll((error: StoreError.StoreError) => Effect.as(Effect.logWarning(message, error), undefined))

  /** Why a lease is lost for good, if it is; what may heal is only told. */
  const lostAtRenewal = (sweep: SweepId) =>
    Effect.catchIf(
      renew(sweep),
      (error) => error.reason === "Moved",
      (error) => Effect.succeed(StoreError.toJournalUnavailable(sweep)(error))
    ).pipe(warned("Could not renew the lease"))

  /** Renews until the lease is another's. */
  const keep = Effect.fnUntraced(function* (
    sweep: SweepId,
    lost: Deferred.Deferred<never, JournalUnavailable | LeaseHeldError>
  ) {
    let taken: JournalUnavailable | LeaseHeldError | undefined
    while (taken === undefined) {
      yield* Effect.sleep(Math.ceil(lasting / 6))
      taken = yield* lostAtRenewal(sweep)
    }
    yield* Effect.logDebug("The lease was lost", taken)
    yield* Deferred.fail(lost, taken)
  })

  const refuseLost: SweepLease["Type"]["refuseLost"] = (db, sweep) => {
    const epoch = epochs.get(sweep)
    if (epoch === undefined) return undefined
    return epoch === readEpoch(db, sweep) ? undefined : lostTo(sweep, read(db, sweep))
  }

  return {
    acquire: Effect.fnUntraced(function* (sweep) {
      let epoch: number | undefined
      // before the lease is taken: who is interrupted right after that has to give it back, too
      yield* Effect.addFinalizer(() =>
        epoch === undefined ? Effect.void : warned("Could not give the lease back; it expires")(release(sweep, epoch))
      )
      yield* take(sweep, (taken) => {
        epoch = taken
      })
      const lost = yield* Deferred.make<never, JournalUnavailable | LeaseHeldError>()
      yield* keep(sweep, lost).pipe(
        Effect.annotateLogs({ package: "@sweepline/embedded", module: "SweepLease", fiber: "renew", sweepId: sweep }),
        Effect.interruptible,
        Effect.forkScoped
      )
      return { lost: Deferred.await(lost) }
    }),
    holder: (sweep) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) =>
        database.read((db) => {
          const current = read(db, sweep)
          return current !== undefined && isLive(current, now) ? Option.some(holderOf(current)) : Option.none()
        })
      ).pipe(Effect.mapError(StoreError.toCommError(`look who schedules sweep ${sweep}`))),
    refuseOthers: (db, sweep, now) => {
      // Who had it and finds no lease at all has lost it, too: the sweep is gone.
      if (epochs.has(sweep)) return refuseLost(db, sweep)
      const current = read(db, sweep)
      if (current === undefined || !isLive(current, now)) return undefined
      return new LeaseHeldError({ sweep, holder: nameOf(current), lost: false })
    },
    refuseLost
  }
})

/** The leases of this process. */
export const layer = (options?: Options): Layer.Layer<SweepLease, never, Database> =>
  Layer.effect(SweepLease, make(options))

// internal

const selectLease = "SELECT epoch, held, host, boot, namespace, pid, started, expires_at FROM leases WHERE sweep = ?"
const selectEpoch = "SELECT epoch FROM leases WHERE sweep = ?"
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

const readEpoch = (db: Connection, sweep: SweepId): number | undefined => {
  const row = db.get(selectEpoch, [sweep])
  return row === undefined ? undefined : number(row, 0)
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

const lostTo = (sweep: SweepId, holder: Lease | undefined): LeaseHeldError =>
  new LeaseHeldError({ sweep, holder: holder === undefined ? "nobody" : nameOf(holder), lost: true })

const holderOf = (lease: Lease): Holder => ({
  host: lease.process.host,
  pid: lease.process.pid,
  expiresAt: lease.expiresAt
})
