/**
 * Which runs of a project clients have told something of lately, in that order: who keeps what he once made of all runs
 * looks at these again, and at no other. Only the last changes are kept.
 */
import type { Reader, Writer } from "@sweepline/core/Documents"
import * as Collection from "./Collection.js"
import type { RunPath } from "./Lines.js"
import type { Place } from "./Projects.js"

/** Notes a change of a run's document, within its write. */
export const note = (writer: Writer, run: RunPath): void => {
  const n = Collection.next(writer, counterOf(run))
  writer.set(keyOf(run, n), run.name)
  if (n > kept) writer.remove(keyOf(run, n - kept))
}

/** The mark of the last change so far. */
export const last = (reader: Reader, place: Place): number => Collection.count(reader, counterOf(place))

/** The runs that have changed since a mark; `undefined` where that was too long ago. */
export const since = (reader: Reader, place: Place, mark: number): ReadonlySet<string> | undefined => {
  if (last(reader, place) - mark > kept) return undefined
  return new Set(reader.list({ prefix: prefixOf(place), after: keyOf(place, mark) }).map(([, name]) => name))
}

// internal

/** So many changes are kept of each project. */
const kept = 2000

const counterOf = ({ entity, project }: Place): string => Collection.key("run-change", [entity, project])

const prefixOf = (place: Place): string => `${counterOf(place)}/`

const keyOf = (place: Place, n: number): string => `${prefixOf(place)}${Collection.ordered(n)}`
