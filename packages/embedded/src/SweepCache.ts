import type { AgentId } from "@sweepline/core/AgentId"
import { CommError } from "@sweepline/core/CommError"
import * as RunMetrics from "@sweepline/core/RunMetrics"
import * as Recent from "@sweepline/core/Recent"
import * as SweepConfig from "@sweepline/core/SweepConfig"
import type { PastRun } from "@sweepline/core/Search"
import type { SweepId } from "@sweepline/core/SweepId"
import type { SweepNotFoundError } from "@sweepline/core/SweepNotFoundError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import { Database } from "./Database.js"
import { number, optionalText, text } from "./internal/connection.js"
import { History } from "./internal/history.js"
import * as Operations from "./internal/operations.js"
import * as PriorRuns from "./internal/priorRuns.js"
import { noSweep } from "./internal/refusals.js"

/** What this process remembers of a sweep: what never changes, and its history as far as it was read. */
export interface KnownSweep {
  readonly id: SweepId
  readonly config: SweepConfig.SweepConfig
  readonly seed: number
  /** Results of runs elsewhere, which search knows from the beginning. */
  readonly prior: ReadonlyArray<PastRun>
  /** The names of its metrics, for which digests are kept. */
  readonly metricNames: ReadonlyArray<string>
  /** Agents that are known to be registered. */
  readonly agents: Set<AgentId>
  readonly history: History
  /** Held while search is asked, so that each suggestion sees the one before it. */
  readonly asking: Effect.Semaphore
  /** When it was asked for last, in milliseconds since 1970. */
  usedAt: number
}

/**
 * The sweeps that this process has to do with: the last of them and those at work, so that a server doesn't grow with all
 * that it ever served.
 */
export class SweepCache extends Context.Tag("@sweepline/embedded/SweepCache")<
  SweepCache,
  {
    readonly get: (sweep: SweepId) => Effect.Effect<KnownSweep, CommError | SweepNotFoundError>
    /** Reads it anew at the next `get`: its config has changed. */
    readonly forget: (sweep: SweepId) => void
  }
>() {}

/** Parses a config that comes from outside; `CommError` with status 400 as W&B's server answers (F.2). */
export const parseConfig = (operation: string, file: string, config: string) =>
  Either.mapLeft(
    SweepConfig.parse({ file, text: config }),
    (error) => new CommError({ reason: "Status", status: 400, operation, detail: error.message, retryable: false })
  )

/** An empty cache over a database. */
export const make: Effect.Effect<SweepCache["Type"], never, Database> = Effect.map(Database, (database) => {
  const { read } = Operations.make(database)
  /** The time of the last use of any. */
  let now = 0
  // However far the clock was set back, it is no time to come.
  const known = Recent.make<SweepId, KnownSweep>(remembered, ({ usedAt }) => Math.abs(now - usedAt) < atWork)

  // In one step: what is forgotten between reading and remembering would be remembered as it was before.
  const load = (id: SweepId): Effect.Effect<KnownSweep, CommError | SweepNotFoundError> => {
    const operation = `read sweep ${id}`
    return Effect.flatten(
      read(operation, (db): Either.Either<KnownSweep, CommError | SweepNotFoundError> => {
        const row = db.get("SELECT config, seed, prior FROM sweeps WHERE id = ?", [id])
        if (row === undefined) return Either.left(noSweep(id))
        return Either.map(parseStored(operation, `sweep ${id}`, text(row, 0)), (config) =>
          remember(id, config, number(row, 1), PriorRuns.ofText(optionalText(row, 2)))
        )
      })
    )
  }

  // two loads at once must end in one history
  const remember = (...sweep: Parameters<typeof makeKnown>): KnownSweep => {
    const [id] = sweep
    const found = known.get(id) ?? makeKnown(...sweep)
    found.usedAt = now
    known.set(id, found)
    return found
  }

  return {
    get: (id) =>
      Effect.clockWith((clock) => {
        now = clock.unsafeCurrentTimeMillis()
        const sweep = known.get(id)
        if (sweep === undefined) return load(id)
        sweep.usedAt = now
        return Effect.succeed(sweep)
      }),
    forget: known.delete
  }
})

/** An empty cache over a database. */
export const layer: Layer.Layer<SweepCache, never, Database> = Layer.effect(SweepCache, make)

// internal

/**
 * `parseConfig` for a stored one: from before the args of samplers were looked at it may have some that are refused
 * today, which are passed over, as they were.
 */
const parseStored = (operation: string, file: string, config: string) => {
  const accepted = Either.getOrUndefined(SweepConfig.parseAccepted({ file, text: config }))
  return accepted?.violations.every(({ path }) => path.startsWith("scheduler.settings.sampler")) === true
    ? Either.right(accepted.config)
    : parseConfig(operation, file, config)
}

/** How many sweeps at least: each has all its runs in memory, and one that is asked for again is read again. */
const remembered = 64

/**
 * One that was used within so many milliseconds is at work, and stays however many are: its agents ask every few seconds, and
 * to read it anew each time takes longer than to answer.
 */
const atWork = 60_000

const makeKnown = (
  id: SweepId,
  config: SweepConfig.SweepConfig,
  seed: number,
  prior: ReadonlyArray<PastRun>
): KnownSweep => ({
  id,
  config,
  seed,
  prior,
  metricNames: RunMetrics.namesOf(config),
  agents: new Set(),
  history: new History(id, config.earlyTerminate === undefined ? undefined : config.metric?.name),
  asking: Effect.unsafeMakeSemaphore(1),
  usedAt: 0
})
