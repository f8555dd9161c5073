import * as Path from "@effect/platform/Path"
import type { Executor } from "@sweepline/core/Executor"
import type { ExecutorError } from "@sweepline/core/ExecutorError"
import * as Embedded from "@sweepline/embedded/Embedded"
import * as SweepLease from "@sweepline/embedded/SweepLease"
import type { DatabaseError } from "@sweepline/embedded/DatabaseError"
import * as LocalExecutor from "@sweepline/executors/LocalExecutor"
import * as EarlyStoppingLive from "@sweepline/search/EarlyStoppingLive"
import * as SearchLive from "@sweepline/search/SearchLive"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Environment from "./Environment.js"
import type { UsageError } from "./UsageError.js"

/** What a state folder gives: the ports over its database and this machine's processes. */
export type Local = Embedded.Ports | Embedded.Extras | Executor

/** The folder of all runs in a state folder. */
export const runsDirectory = (dir: string): string => `${dir}/runs`

/**
 * The ports over a state folder; without `create`, a folder that has no sweeps yet is refused. For a command that only
 * reads (`access`), a folder that can't be written will do.
 */
export const layer = (
  dir: string,
  { access = "write", create = false }: { readonly create?: boolean; readonly access?: "write" | "read" } = {}
): Layer.Layer<Local, DatabaseError | ExecutorError | UsageError, Path.Path> =>
  Layer.unwrapEffect(
    Effect.gen(function* () {
      const path = yield* Path.Path
      const folder = path.resolve(dir)
      const lease = yield* Effect.mapError(
        Config.withDefault(Environment.lease, SweepLease.duration),
        Environment.unusable
      )
      return Layer.mergeAll(
        Embedded.layer({ path: path.join(folder, "sweepline.db"), create, access, lease }).pipe(
          Layer.provide([SearchLive.layer, EarlyStoppingLive.layer])
        ),
        LocalExecutor.layer({ runs: runsDirectory(folder), environment: Environment.all() })
      )
    })
  )
