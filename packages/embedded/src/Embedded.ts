import type { Documents } from "@sweepline/core/Documents"
import type { EarlyStopping } from "@sweepline/core/EarlyStopping"
import type { Journal } from "@sweepline/core/Journal"
import type { LaunchQueue } from "@sweepline/core/LaunchQueue"
import type { PythonDict } from "@sweepline/core/PythonValue"
import type { RunLog } from "@sweepline/core/RunLog"
import type { SchedulerRun } from "@sweepline/core/SchedulerRun"
import type { Search } from "@sweepline/core/Search"
import type { SweepAdmin } from "@sweepline/core/SweepAdmin"
import type { SweepApi } from "@sweepline/core/SweepApi"
import type * as Duration from "effect/Duration"
import * as Layer from "effect/Layer"
import * as Database from "./Database.js"
import type { DatabaseError } from "./DatabaseError.js"
import * as Notices from "./Notices.js"
import * as SqliteDocuments from "./SqliteDocuments.js"
import * as SqliteJournal from "./SqliteJournal.js"
import * as SqliteLaunchQueue from "./SqliteLaunchQueue.js"
import * as SqliteRunLog from "./SqliteRunLog.js"
import * as SqliteSchedulerRun from "./SqliteSchedulerRun.js"
import * as SqliteSweepAdmin from "./SqliteSweepAdmin.js"
import * as SqliteSweepApi from "./SqliteSweepApi.js"
import * as SweepCache from "./SweepCache.js"
import * as SweepLease from "./SweepLease.js"
import * as SweepStore from "./SweepStore.js"

/** Where the backend keeps its state, and how it behaves. */
export interface Options extends Database.Options {
  /** Whether writes of other processes are looked for; default true. In virtual time there are none. */
  readonly watch?: boolean
  /** How long a scheduler's lease lasts without being renewed; half a minute by default. */
  readonly lease?: Duration.Duration
  /** The run config of the schedulers' own runs; empty by default. */
  readonly ownRunConfig?: PythonDict
}

/** The ports that a scheduler and a launch agent need, and those of a server. */
export type Ports = SweepApi | LaunchQueue | SchedulerRun | Journal | RunLog | SweepAdmin | Documents

/** What only the embedded backend has. */
export type Extras = SweepStore.SweepStore | SweepLease.SweepLease | Database.Database

/**
 * The whole backend in one SQLite file, for one process; any number of processes may share the file. All ports
 * see one another's writes at once.
 */
export const layer = (options: Options): Layer.Layer<Ports | Extras, DatabaseError, Search | EarlyStopping> =>
  Layer.mergeAll(
    SqliteSweepApi.layer,
    SqliteLaunchQueue.layer,
    SqliteSchedulerRun.layer(options.ownRunConfig),
    SqliteJournal.layer,
    SqliteRunLog.layer,
    SqliteSweepAdmin.layer,
    SqliteDocuments.layer
  ).pipe(
    Layer.provideMerge(SweepStore.layer),
    Layer.provideMerge(SweepLease.layer(options.lease === undefined ? {} : { duration: options.lease })),
    Layer.provide(SweepCache.layer),
    Layer.provide(Notices.layer(options)),
    Layer.provideMerge(Database.layer(options))
  )
