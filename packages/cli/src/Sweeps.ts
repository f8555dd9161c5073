import type { CommError } from "@sweepline/core/CommError"
import * as NearestName from "@sweepline/core/NearestName"
import type { RunRecord, SweepRecord } from "@sweepline/core/SweepApi"
import { SweepApi } from "@sweepline/core/SweepApi"
import { RunId } from "@sweepline/core/RunId"
import { SweepAdmin } from "@sweepline/core/SweepAdmin"
import * as SweepConfig from "@sweepline/core/SweepConfig"
import { SweepNotFoundError } from "@sweepline/core/SweepNotFoundError"
import * as SweepState from "@sweepline/core/SweepState"
import { SweepStore } from "@sweepline/embedded/SweepStore"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { SweepReport } from "./SweepReport.js"
import * as Text from "./Text.js"
import { UsageError } from "./UsageError.js"

const listHint = "List the sweeps with: sweepline list"

/** Whether a sweep has ended for good; a state that we don't know counts as going on. */
export const hasEnded = (sweep: SweepRecord): boolean => Option.exists(sweep.state, SweepState.isTerminal)

/** The config of a stored sweep; `undefined` where this version can't read it. */
export const configOf = (sweep: Pick<SweepRecord, "id" | "config">): SweepConfig.SweepConfig | undefined =>
  SweepConfig.parseAccepted({ file: `sweep ${sweep.id}`, text: sweep.config }).pipe(
    Either.map(({ config }) => config),
    Either.getOrUndefined
  )

/** A sweep with its runs, as the backend holds them now. */
export const report = Effect.fnUntraced(function* (sweep: SweepRecord) {
  const api = yield* SweepApi
  const runs = yield* api.runs(sweep.id)
  return { sweep, config: configOf(sweep), runs } satisfies SweepReport
})

const matching = (
  text: string,
  all: ReadonlyArray<SweepRecord>,
  prefer: (sweep: SweepRecord) => boolean = () => true
): ReadonlyArray<SweepRecord> => {
  const exact = all.filter(({ id }) => id === text)
  if (exact.length > 0) return exact
  const named = all.filter(({ name }) => name === text)
  const [newest] = named
  return newest === undefined ? all.filter(({ id }) => begins(id, text)) : [named.find(prefer) ?? newest]
}

/** Whether an id begins so. A variable that isn't set leaves nothing, and means none of them. */
const begins = (id: string, text: string): boolean => text !== "" && id.startsWith(text)

/**
 * The sweep that a text names: its id, its name, or the only one whose id begins so. Of several with that name, and
 * without a text: the newest sweep that `prefer` accepts, else the newest.
 */
export const find = Effect.fnUntraced(function* (
  text: Option.Option<string>,
  prefer: (sweep: SweepRecord) => boolean = () => true
) {
  const api = yield* SweepApi
  const all = yield* api.sweeps
  if (Option.isNone(text)) {
    const newest = all.find(prefer) ?? all[0]
    if (newest !== undefined) return newest
    return yield* new UsageError({ message: "There is no sweep here yet. Start one with: sweepline run sweep.yaml" })
  }
  const found = matching(text.value, all, prefer)
  const [only] = found
  if (only !== undefined && found.length === 1) return only
  if (found.length > 1) return yield* ambiguous(text.value, found)
  return yield* new SweepNotFoundError({
    kind: "sweep",
    id: text.value,
    hint: `${NearestName.didYouMean(
      text.value,
      all.flatMap(({ id, name }) => [id, name])
    ).trimStart()} ${listHint}`.trimStart()
  })
})

const ambiguous = (text: string, found: ReadonlyArray<{ readonly id: string }>) =>
  new UsageError({
    message: `"${text}" is the start of ${found.length} ids: ${Text.first(found.map(({ id }) => id))}. Give more of it.`
  })

/** The run that a text names by its id or the start of it, over all sweeps, newest first. */
export const findRun = Effect.fnUntraced(function* (text: string) {
  const found = yield* runsNamed(text)
  const [only] = found
  if (only !== undefined && found.length === 1) return only
  if (found.length > 1) {
    return yield* ambiguous(
      text,
      found.map(({ run }) => run)
    )
  }
  const [sweep] = matching(text, yield* (yield* SweepApi).sweeps)
  return yield* new SweepNotFoundError({
    kind: "run",
    id: text,
    hint:
      sweep === undefined
        ? "List a sweep's runs with: sweepline show SWEEP"
        : `A sweep is called so: list its runs with: sweepline show ${sweep.id}`
  })
})

/** The sweep or the run that a text names; an id of a sweep goes first. */
export const findEither: (
  text: Option.Option<string>
) => Effect.Effect<
  | { readonly kind: "sweep"; readonly sweep: SweepRecord }
  | { readonly kind: "run"; readonly sweep: SweepRecord; readonly run: RunRecord },
  CommError | SweepNotFoundError | UsageError,
  SweepApi
> = Effect.fnUntraced(function* (text: Option.Option<string>) {
  const api = yield* SweepApi
  if (Option.isNone(text)) return { kind: "sweep", sweep: yield* find(text) } as const
  const sweeps = matching(text.value, yield* api.sweeps)
  const [only] = sweeps
  if (only !== undefined && sweeps.length === 1) return { kind: "sweep", sweep: only } as const
  const runs = yield* runsNamed(text.value)
  const [run] = runs
  if (run !== undefined && runs.length === 1) return { kind: "run", ...run } as const
  const ids = [...sweeps, ...runs.map((found) => found.run)]
  if (ids.length > 1) return yield* ambiguous(text.value, ids)
  return yield* new SweepNotFoundError({
    kind: "sweep",
    id: text.value,
    hint: `No run has this id either. ${listHint}`
  })
})

const runsNamed = Effect.fnUntraced(function* (text: string) {
  const api = yield* SweepApi
  const exact = yield* runOf(text)
  if (Option.isSome(exact)) return [{ sweep: yield* api.sweep(exact.value.sweep), run: exact.value.run }]
  const found: Array<{ readonly sweep: SweepRecord; readonly run: RunRecord }> = []
  for (const sweep of yield* api.sweeps) {
    for (const run of yield* api.runs(sweep.id)) {
      if (run.id === text) return [{ sweep, run }]
      if (begins(run.id, text)) found.push({ sweep, run })
    }
  }
  return found
})

/** The run of an id where that can be asked: where it can't, and for the start of an id, every run there is has to be read. */
const runOf = Effect.fnUntraced(function* (text: string) {
  const admin = yield* Effect.serviceOption(SweepAdmin)
  const id = Schema.decodeOption(RunId)(text)
  return Option.isNone(admin) || Option.isNone(id) ? Option.none() : yield* admin.value.findRun(id.value)
})

/** Why a sweep ended or stands still; `undefined` while it goes on. */
export const endOf = Effect.fnUntraced(function* (sweep: SweepRecord) {
  const store = yield* SweepStore
  return Option.getOrUndefined(Option.map(yield* store.end(sweep.id), ({ reason }) => reason))
})
