import type { Abandonment, PastRun } from "@sweepline/core/Search"
import type { TrialConfig } from "@sweepline/core/TrialConfig"
import * as Either from "effect/Either"
import * as Marks from "./Marks.js"
import type { MarkedRun } from "./Marks.js"
import * as Planner from "./Planner.js"

/** What a worker is started with, so that it knows what it is for. */
export const marker = "@sweepline/search/SearchWorker"

/** What of a run may change. */
export type Change = Pick<MarkedRun, "state" | "metrics" | "stoppedEarly" | "marks">

/** An ask as it is sent to a worker: what has changed in the history since the last one. */
export interface Request {
  readonly id: number
  /** Which sweep's history this goes on with. */
  readonly sweep: string
  /** Present in the first request of a sweep, which starts its history anew. */
  readonly start: Omit<Planner.Ask, "history"> | undefined
  readonly appended: ReadonlyArray<MarkedRun>
  readonly changed: ReadonlyArray<readonly [index: number, change: Change]>
}

/** A worker's answer to the request of the same id. */
export type Response = { readonly id: number; readonly abandoned: ReadonlyArray<Abandonment> } & (
  | { readonly _tag: "Suggested"; readonly trial: TrialConfig }
  | { readonly _tag: "Exhausted" }
  | { readonly _tag: "Refused"; readonly detail: string }
)

/** The asking side: remembers what the worker knows of each sweep, and tells it the rest. */
export const sender = (): ((id: number, ask: Planner.Ask) => Request) => {
  const sent = new Map<string, Sent>()
  return (id, ask) => {
    const { config, history, prior, seed } = ask
    const sweep = Planner.keyOf(ask)
    const before = sent.get(sweep)
    const isNew = before === undefined || !continues(before.runs, history)
    const known = isNew ? { runs: [], marksOf: Marks.reader(config) } : before
    remember(sent, sweep, known)
    const changed: Array<Request["changed"][number]> = []
    for (const [i, told] of known.runs.entries()) {
      const run = history[i]
      if (run === undefined || isSame(run, told)) continue
      const change = changeOf(run, known.marksOf)
      changed.push([i, change])
      known.runs[i] = { ...told, ...change }
    }
    const appended = history.slice(known.runs.length).map((run): MarkedRun => ({
      id: run.id,
      trial: run.trial,
      ...changeOf(run, known.marksOf)
    }))
    for (const run of appended) known.runs.push(run)
    return { id, sweep, start: isNew ? { config: Planner.pick(config), seed, prior } : undefined, appended, changed }
  }
}

/** The answering side: keeps a copy of each sweep's history. */
export const receiver = (): ((request: Request) => Response) => {
  let abandoned: ReadonlyArray<Abandonment> = []
  const answer = Planner.make((one) => (abandoned = [...abandoned, one]))
  const sweeps = new Map<string, Mirror>()
  return ({ appended, changed, id, start, sweep }) => {
    const ask: Mirror | undefined = start === undefined ? sweeps.get(sweep) : { ...start, history: [] }
    abandoned = []
    if (ask === undefined) {
      return {
        id,
        abandoned,
        _tag: "Refused",
        detail: "The search worker was asked about a sweep that it was never told of."
      }
    }
    remember(sweeps, sweep, ask)
    for (const [index, change] of changed) {
      const run = ask.history[index]
      if (run !== undefined) ask.history[index] = { ...run, ...change }
    }
    for (const run of appended) ask.history.push(run)
    return Either.match(answer(ask), {
      onLeft: (detail): Response => ({ id, abandoned, _tag: "Refused", detail }),
      onRight: (trial): Response =>
        trial === undefined ? { id, abandoned, _tag: "Exhausted" } : { id, abandoned, _tag: "Suggested", trial }
    })
  }
}

// internal

/** A worker's copy of a sweep's history. */
type Mirror = Omit<Planner.Ask, "history"> & { readonly history: Array<MarkedRun> }

/** What a worker was told of a sweep: copies, since the runs of a history may change in place. */
interface Sent {
  readonly runs: Array<MarkedRun>
  readonly marksOf: (run: MarkedRun) => Marks.Marks | undefined
}

const continues = (told: ReadonlyArray<MarkedRun>, history: ReadonlyArray<PastRun>): boolean =>
  history.length >= told.length && history[told.length - 1]?.id === told.at(-1)?.id

const changeOf = (run: PastRun, marksOf: Sent["marksOf"]): Change => ({
  state: run.state,
  metrics: new Map(run.metrics),
  stoppedEarly: run.stoppedEarly,
  marks: marksOf(run)
})

const maxSweeps = 16

/**
 * Keeps the sweeps that were asked about last. Both sides do this in step, so the asking side
 * never counts on a history that the answering side has dropped.
 */
const remember = <A>(sweeps: Map<string, A>, sweep: string, value: A): void => {
  sweeps.delete(sweep)
  sweeps.set(sweep, value)
  for (const oldest of sweeps.keys()) {
    if (sweeps.size <= maxSweeps) break
    sweeps.delete(oldest)
  }
}

const isSame = (a: PastRun, b: PastRun): boolean => {
  if (a.state !== b.state || a.stoppedEarly !== b.stoppedEarly || a.metrics.size !== b.metrics.size) return false
  for (const [name, digest] of a.metrics) {
    const other = b.metrics.get(name)
    const same =
      other !== undefined &&
      digest.count === other.count &&
      Object.is(digest.min, other.min) &&
      Object.is(digest.max, other.max) &&
      Object.is(digest.last, other.last)
    if (!same) return false
  }
  return true
}
