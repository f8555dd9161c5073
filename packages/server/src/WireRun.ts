/** A run as the wire knows it: what its client said, and for a run of a sweep what the ports say. */
import { Documents } from "@sweepline/core/Documents"
import { RunId } from "@sweepline/core/RunId"
import * as RunState from "@sweepline/core/RunState"
import type { RunRecord } from "@sweepline/core/SweepApi"
import { SweepAdmin } from "@sweepline/core/SweepAdmin"
import type { SweepId } from "@sweepline/core/SweepId"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { RunPath } from "./Lines.js"
import * as RunDocument from "./RunDocument.js"
import { ServerConfig } from "./ServerConfig.js"
import * as SweepDocument from "./SweepDocument.js"

/** A run, and the sweep that it is of. */
export interface WireRun {
  readonly document: RunDocument.RunDocument
  readonly sweep: { readonly id: SweepId; readonly record: RunRecord } | undefined
}

/** A run by its path, if there is one. One of a sweep that was removed is gone, too, whatever is still kept of it. */
export const find = Effect.fnUntraced(function* (path: RunPath) {
  const documents = yield* Documents
  const document = yield* documents.read((reader) => RunDocument.get(reader, path))
  if (document !== undefined && document.sweep === undefined) return { document, sweep: undefined } satisfies WireRun
  if (path.name.trim() !== path.name || path.name === "") return undefined
  const admin = yield* SweepAdmin
  const found = Option.getOrUndefined(yield* admin.findRun(RunId.make(path.name)))
  if (found === undefined) return undefined
  // The backend may have handed it out itself: then only the sweep says where the run belongs.
  if (document === undefined && !SweepDocument.isIn(yield* SweepDocument.get(found.sweep), path)) return undefined
  return of(found.sweep, found.run, document, path)
})

/** A run that is a sweep's. */
export const of = (
  sweep: SweepId,
  record: RunRecord,
  document: RunDocument.RunDocument | undefined,
  place: { readonly entity: string; readonly project: string }
): WireRun => ({
  document:
    document ??
    RunDocument.make({ entity: place.entity, project: place.project, name: record.id }, record.createdAt, sweep),
  sweep: { id: sweep, record }
})

/** The runs of a sweep, oldest first. */
export const ofSweep = Effect.fnUntraced(function* (sweep: SweepId, records: ReadonlyArray<RunRecord>) {
  const documents = yield* Documents
  const config = yield* ServerConfig
  return yield* documents.read((reader) => {
    const { entity, project } = SweepDocument.read(reader, sweep, config)
    return records.map((record) =>
      of(sweep, record, RunDocument.get(reader, { entity, project, name: record.id }), { entity, project })
    )
  })
})

/** Its state. */
export const state = ({ document, sweep }: WireRun): RunState.RunState => sweep?.record.state ?? document.state

/** Whether it may still produce something. */
export const isAlive = (self: WireRun): boolean => RunState.isAlive(state(self))

/** Whether it was asked to stop. */
export const isStopped = ({ document, sweep }: WireRun): boolean =>
  sweep === undefined ? document.stopped : sweep.record.stop !== undefined

/** Its exit code, once it has one. */
export const exitCode = ({ document, sweep }: WireRun): number | undefined =>
  sweep?.record.exitCode ?? document.exitCode

/** Its path. */
export const pathOf = ({ document: { entity, name, project } }: WireRun): RunPath => ({ entity, project, name })
