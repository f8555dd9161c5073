/**
 * The runs of a project that a filter lets through, in an order. Clients ask for them page by page, and for their number
 * with each page: a selection is kept from one request to the next, and then only what has changed is looked at.
 */
import { Documents } from "@sweepline/core/Documents"
import type { CommError } from "@sweepline/core/CommError"
import { SweepAdmin } from "@sweepline/core/SweepAdmin"
import { SweepApi } from "@sweepline/core/SweepApi"
import type { SweepId } from "@sweepline/core/SweepId"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Place } from "./Projects.js"
import * as RunChanges from "./RunChanges.js"
import * as RunDocument from "./RunDocument.js"
import * as RunFilter from "./RunFilter.js"
import * as RunOrder from "./RunOrder.js"
import { ServerConfig } from "./ServerConfig.js"
import * as SweepDocument from "./SweepDocument.js"
import * as WireRun from "./WireRun.js"
import type { WireError } from "./WireError.js"

/** Which runs a client asks for, as it says it. */
export interface Question {
  readonly place: Place
  /** JSON text. */
  readonly filters: string | undefined
  readonly order: string
}

/** The selections that clients have asked for. */
export class RunSelections extends Context.Tag("@sweepline/server/RunSelections")<
  RunSelections,
  {
    /** Where the runs stand that a question asks for, in their order, as they are now. */
    readonly select: (
      question: Question
    ) => Effect.Effect<
      ReadonlyArray<RunOrder.Standing>,
      WireError | CommError,
      Documents | SweepApi | SweepAdmin | ServerConfig
    >
  }
>() {}

/** Nothing selected yet. */
export const layer: Layer.Layer<RunSelections> = Layer.effect(
  RunSelections,
  Effect.map(Effect.makeSemaphore(1), (one) => {
    /** The one that was asked for last is last. */
    const kept = new Map<string, Selection>()
    return {
      select: Effect.fnUntraced(function* (question) {
        const key = JSON.stringify([question.place.entity, question.place.project, question.filters, question.order])
        const known = kept.get(key)
        const selection = known ?? (yield* begin(question))
        kept.delete(key)
        // Only one that could be brought up to date is kept.
        const current = yield* refreshed(selection, question.place)
        for (const oldest of [...kept.keys()].slice(0, Math.max(0, kept.size + 1 - most))) kept.delete(oldest)
        kept.set(key, current)
        return current.standings
      }, one.withPermits(1))
    }
  })
)

// internal

/** How many selections are kept. */
const most = 8

interface Selection {
  readonly filter: RunFilter.Filter
  readonly order: RunOrder.Order
  /** The last change of a client that was looked at. */
  readonly mark: number | undefined
  /** The sweeps that have runs here, and the last change of each that was looked at. */
  readonly sweeps: ReadonlyMap<SweepId, number | undefined>
  /** The runs of sweeps that may change without a mark. */
  readonly living: ReadonlySet<string>
  readonly byName: ReadonlyMap<string, RunOrder.Standing>
  /** The same, in order. */
  readonly standings: ReadonlyArray<RunOrder.Standing>
}

const begin = ({ filters, order }: Question) =>
  Effect.zipWith(RunFilter.parse(filters), ServerConfig, (filter, { username }): Selection => ({
    filter,
    order: RunOrder.make(order, username),
    mark: undefined,
    sweeps: new Map(),
    living: new Set(),
    byName: new Map(),
    standings: []
  }))

/** The selection after all that has changed since it was made. */
const refreshed = Effect.fnUntraced(function* (self: Selection, place: Place) {
  const documents = yield* Documents
  const config = yield* ServerConfig
  const admin = yield* SweepAdmin
  const api = yield* SweepApi
  const records = yield* api.sweeps
  const [mark, names, here] = yield* documents.read((reader) => {
    const changed = self.mark === undefined ? undefined : RunChanges.since(reader, place, self.mark)
    // After too many changes everything is looked at: all that are there, and those that may be gone.
    const looked = changed ?? [...self.byName.keys(), ...RunDocument.names(reader, place)]
    const sweeps = records.filter(({ id }) => SweepDocument.isIn(SweepDocument.read(reader, id, config), place))
    return [RunChanges.last(reader, place), new Set([...self.living, ...looked]), sweeps.map(({ id }) => id)] as const
  })
  const sweeps = new Map<SweepId, number | undefined>()
  for (const id of new Set([...self.sweeps.keys(), ...here])) {
    const changed = yield* Effect.catchTag(admin.changedRuns(id, self.sweeps.get(id)), "SweepNotFoundError", () =>
      Effect.succeed(undefined)
    )
    // A sweep that was removed says nothing of the runs that it had here.
    for (const run of changed?.runs ?? self.byName.keys()) names.add(run)
    if (changed !== undefined) sweeps.set(id, changed.mark)
  }

  const living = new Set<string>()
  const byName = new Map(self.byName)
  let moved = false
  for (const name of names) {
    const run = yield* WireRun.find({ ...place, name })
    if (run?.sweep !== undefined) {
      if (WireRun.isAlive(run)) living.add(name)
      if (!sweeps.has(run.sweep.id)) sweeps.set(run.sweep.id, undefined)
    }
    const before = byName.get(name)
    const wanted = run !== undefined && (yield* RunFilter.matches(self.filter, run))
    const now = wanted ? self.order.standing(run) : undefined
    if (before !== undefined && now !== undefined && self.order.compare(before, now) === 0) continue
    moved ||= before !== now
    if (now === undefined) byName.delete(name)
    else byName.set(name, now)
  }
  const standings = moved ? [...byName.values()].sort(self.order.compare) : self.standings
  return { ...self, mark, sweeps, living, byName, standings } satisfies Selection
})
