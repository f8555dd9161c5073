import { type CommError } from "@sweepline/core/CommError"
import { type Verdict } from "@sweepline/core/EarlyStopping"
import { RunId } from "@sweepline/core/RunId"
import type { Abandonment, PastRun } from "@sweepline/core/Search"
import { SweepId } from "@sweepline/core/SweepId"
import type { SweepNotFoundError } from "@sweepline/core/SweepNotFoundError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { type Connection, Database } from "./Database.js"
import { optionalNumber, optionalText, text } from "./internal/connection.js"
import * as Ids from "./internal/ids.js"
import * as Operations from "./internal/operations.js"
import * as PriorRuns from "./internal/priorRuns.js"
import { noSweep } from "./internal/refusals.js"
import { Notices } from "./Notices.js"
import { parseConfig, SweepCache } from "./SweepCache.js"

/** How a sweep ended. */
export interface End {
  /** The text that was given, for example a core `EndReason`. */
  readonly reason: string
  /** Milliseconds since 1970. */
  readonly at: number
}

/** What people change of a sweep while it goes on. */
export interface Terms {
  /** The sweep config, as YAML. */
  readonly config: string
  /** How it is run, in the caller's own text. `undefined`: it was created without. */
  readonly settings: string | undefined
}

/** What the embedded backend keeps of sweeps besides what the ports tell. */
export class SweepStore extends Context.Tag("@sweepline/embedded/SweepStore")<
  SweepStore,
  {
    /** Creates a sweep with its settings in one step. A config that can't be parsed is refused with status 400. */
    readonly create: (options: {
      readonly config: string
      readonly name: string
      readonly seed: number
      /** How it is run, in the caller's own text: what `resume` needs when the config file is gone. */
      readonly settings: string | undefined
      /** Results of runs elsewhere, for its search to know from the beginning. */
      readonly prior?: ReadonlyArray<PastRun>
    }) => Effect.Effect<SweepId, CommError>
    /** `None`: it was created without. */
    readonly settings: (sweep: SweepId) => Effect.Effect<Option.Option<string>, CommError | SweepNotFoundError>
    readonly terms: (sweep: SweepId) => Effect.Effect<Terms, CommError | SweepNotFoundError>
    /**
     * Replaces config and settings in one step, for what is decided from now on, as long as they are those that
     * somebody read. `false`: they are others by now, and stay. Status 400: the new config can't be parsed.
     */
    readonly setTerms: (
      sweep: SweepId,
      change: { readonly was: Terms; readonly terms: Terms }
    ) => Effect.Effect<boolean, CommError | SweepNotFoundError>
    /** Why and when the last scheduler left the sweep. `None`: it never did, or another one is at work since. */
    readonly end: (sweep: SweepId) => Effect.Effect<Option.Option<End>, CommError | SweepNotFoundError>
    /** Sets the end, with the present time; `None` takes it back, for a sweep that is resumed. */
    readonly setEnd: (
      sweep: SweepId,
      reason: Option.Option<string>
    ) => Effect.Effect<void, CommError | SweepNotFoundError>
    /** Reads a sweep's config anew for what is decided from now on: another process has changed it. */
    readonly reload: (sweep: SweepId) => Effect.Effect<void>
    /** What condemned each run that was stopped early. */
    readonly verdicts: (sweep: SweepId) => Effect.Effect<ReadonlyArray<Verdict>, CommError>
    /** The configurations that got no further repeats, in the order of their last runs. */
    readonly abandonments: (sweep: SweepId) => Effect.Effect<ReadonlyArray<Abandonment>, CommError>
  }
>() {}

/** The store of a database. What it writes is flushed to the disk. */
export const make: Effect.Effect<SweepStore["Type"], never, Database | Notices | SweepCache> = Effect.gen(function* () {
  const { read, writeDurably } = Operations.make(yield* Database)
  const cache = yield* SweepCache
  const notices = yield* Notices

  const insert = Effect.fnUntraced(function* (options: Parameters<SweepStore["Type"]["create"]>[0]) {
    const id = SweepId.make(yield* Ids.draw)
    const prior = PriorRuns.textOf(options.prior ?? [])
    const inserted = yield* writeDurably(creating, (db, now) =>
      db.run(insertSweep, [id, options.name, options.config, options.seed, now, options.settings, prior])
    )
    return inserted === 0 ? Option.none() : Option.some(id)
  })

  const readColumns = <A>(
    operation: string,
    sweep: SweepId,
    body: (db: Connection) => A | undefined
  ): Effect.Effect<A, CommError | SweepNotFoundError> =>
    Effect.flatMap(read(`${operation} sweep ${sweep}`, body), (found) =>
      found === undefined ? noSweep(sweep) : Effect.succeed(found)
    )

  const update = (
    operation: string,
    sweep: SweepId,
    body: (db: Connection, now: number) => number
  ): Effect.Effect<void, CommError | SweepNotFoundError> =>
    Effect.flatMap(
      writeDurably(`${operation} sweep ${sweep}`, (db, now) => {
        const changed = body(db, now)
        if (changed > 0) notices.touchSweep(db, sweep)
        return changed
      }),
      (changed) => (changed === 0 ? noSweep(sweep) : Effect.void)
    )

  const terms: SweepStore["Type"]["terms"] = (sweep) =>
    readColumns("read the terms of", sweep, (db) => {
      const row = db.get("SELECT config, settings FROM sweeps WHERE id = ?", [sweep])
      return row && { config: text(row, 0), settings: optionalText(row, 1) }
    })

  return {
    create: Effect.fnUntraced(function* (options) {
      yield* parseConfig(creating, "the sweep config", options.config)
      // an id that was drawn before is drawn again
      const id = yield* Effect.repeat(insert(options), { until: Option.isSome<SweepId> })
      return id.value
    }),
    settings: (sweep) => Effect.map(terms(sweep), ({ settings }) => Option.fromNullable(settings)),
    terms,
    setTerms: Effect.fnUntraced(function* (sweep, { terms: { config, settings }, was }) {
      const operation = `change sweep ${sweep}`
      if (config !== was.config) yield* parseConfig(operation, "the sweep config", config)
      const changed = yield* writeDurably(operation, (db) => {
        if (db.run(updateTerms, [config, settings, sweep, was.config, was.settings]) === 0) return false
        notices.touchSweep(db, sweep)
        if (config !== was.config) db.afterCommit(() => cache.forget(sweep))
        return true
      })
      // One that isn't there has no terms either.
      if (!changed) yield* terms(sweep)
      return changed
    }),
    end: (sweep) =>
      readColumns("read the end of", sweep, (db) => {
        const row = db.get("SELECT end_reason, ended_at FROM sweeps WHERE id = ?", [sweep])
        if (row === undefined) return undefined
        const reason = optionalText(row, 0)
        const at = optionalNumber(row, 1)
        return reason === undefined || at === undefined ? Option.none() : Option.some({ reason, at })
      }),
    setEnd: (sweep, reason) =>
      update("set the end of", sweep, (db, now) =>
        db.run("UPDATE sweeps SET end_reason = ?, ended_at = ? WHERE id = ?", [
          Option.getOrUndefined(reason),
          Option.isSome(reason) ? now : undefined,
          sweep
        ])
      ),
    reload: (sweep) => Effect.sync(() => cache.forget(sweep)),
    verdicts: (sweep) =>
      read(`read the verdicts of sweep ${sweep}`, (db) =>
        db.all(selectVerdicts, [sweep]).map((row) => decodeVerdict(text(row, 0)))
      ),
    abandonments: (sweep) =>
      read(`read what sweep ${sweep} has abandoned`, (db) =>
        db.all(selectAbandonments, [sweep]).map((row) => decodeAbandonment(text(row, 0)))
      )
  }
})

/** The store of a database. */
export const layer: Layer.Layer<SweepStore, never, Database | Notices | SweepCache> = Layer.effect(SweepStore, make)

// internal

const creating = "create a sweep"

const insertSweep = `INSERT INTO sweeps (id, name, state, config, seed, created_at, settings, prior)
  VALUES (?, ?, 'PENDING', ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`
const updateTerms = "UPDATE sweeps SET config = ?, settings = ? WHERE id = ? AND config = ? AND settings IS ?"
const selectVerdicts = "SELECT verdict FROM runs WHERE sweep = ? AND verdict IS NOT NULL ORDER BY no"
const selectAbandonments = "SELECT abandonment FROM runs WHERE sweep = ? AND abandonment IS NOT NULL ORDER BY no"

const decodeAbandonment = Schema.decodeSync(
  Schema.parseJson(
    Schema.Struct({
      run: RunId,
      repeats: Schema.Number,
      // JSON leaves out what is undefined
      mean: Schema.optionalWith(Schema.UndefinedOr(Schema.Number), { default: () => undefined }),
      best: RunId,
      bestMean: Schema.Number,
      margin: Schema.Number
    })
  )
)

const decodeVerdict = Schema.decodeSync(
  Schema.parseJson(
    Schema.Struct({
      run: RunId,
      rung: Schema.Number,
      value: Schema.Number,
      threshold: Schema.Number,
      peers: Schema.Array(RunId)
    })
  )
)
