import type * as Path from "@effect/platform/Path"
import * as PathService from "@effect/platform/Path"
import * as Journal from "@sweepline/core/Journal"
import { SchedulerRun } from "@sweepline/core/SchedulerRun"
import * as Database from "@sweepline/embedded/Database"
import type { DatabaseError } from "@sweepline/embedded/DatabaseError"
import * as SqliteJournal from "@sweepline/embedded/SqliteJournal"
import * as SweepLease from "@sweepline/embedded/SweepLease"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"

/**
 * Where a scheduler over W&B keeps what it intends. In a folder: the next scheduler of the sweep knows what was
 * launched, and there is one at a time, by the folder's lease. Without a folder: nowhere.
 */
export const layer = (
  dir: Option.Option<string>
): Layer.Layer<Journal.Journal | SchedulerRun, DatabaseError, SchedulerRun | Path.Path> =>
  Option.match(dir, {
    onNone: () => Layer.merge(Journal.layerNoop, Layer.effect(SchedulerRun, SchedulerRun)),
    onSome: (folder) => Layer.merge(SqliteJournal.layer, leased).pipe(Layer.provide(leases(folder)))
  })

// internal

const leases = (folder: string): Layer.Layer<Database.Database | SweepLease.SweepLease, DatabaseError, Path.Path> =>
  Layer.unwrapEffect(
    Effect.map(PathService.Path, (path) =>
      SweepLease.layer().pipe(
        Layer.provideMerge(Database.layer({ path: path.join(path.resolve(folder), "sweepline.db"), create: true }))
      )
    )
  )

/** The own run, begun by who holds the lease only: W&B has none (B14). */
const leased = Layer.effect(
  SchedulerRun,
  Effect.gen(function* () {
    const own = yield* SchedulerRun
    const lease = yield* SweepLease.SweepLease
    return { ...own, start: (sweep) => Effect.zipRight(lease.acquire(sweep), own.start(sweep)) }
  })
)
