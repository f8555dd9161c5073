/**
 * The lines that clients stream (D.4.1), by run and file. An offset is a line's number, from 0; writing at an offset
 * replaces what is there.
 */
import type { Reader, Writer } from "@sweepline/core/Documents"
import * as Collection from "./Collection.js"

/** The streams that are kept. */
export type StreamName = "history" | "events" | "output"

/** Whose lines. */
export interface RunPath {
  readonly entity: string
  readonly project: string
  readonly name: string
}

/** Writes lines from an offset on. */
export const write = (
  writer: Writer,
  run: RunPath,
  stream: StreamName,
  offset: number,
  lines: ReadonlyArray<string>
): void => {
  const prefix = prefixOf(run, stream)
  lines.forEach((line, index) => writer.set(`${prefix}${Collection.ordered(offset + index)}`, line))
}

/** Lines from one on, at most `limit`. */
export const read = (
  reader: Reader,
  run: RunPath,
  stream: StreamName,
  from = 0,
  limit?: number
): ReadonlyArray<string> => numbered(reader, run, stream, from, limit).map(([, line]) => line)

/** The same with the number of each: a client may have left some out. */
export const numbered = (
  reader: Reader,
  run: RunPath,
  stream: StreamName,
  from = 0,
  limit?: number
): ReadonlyArray<readonly [number: number, line: string]> => {
  const prefix = prefixOf(run, stream)
  const range = { prefix, from: `${prefix}${Collection.ordered(from)}` }
  return reader
    .list(limit === undefined ? range : { ...range, limit })
    .map(([key, line]) => [Number(key.slice(prefix.length)), line])
}

/** The last line before one, if there is any. */
export const before = (reader: Reader, run: RunPath, stream: StreamName, line: number): string | undefined => {
  const prefix = prefixOf(run, stream)
  return reader.list({ prefix, after: `${prefix}${Collection.ordered(line)}`, reverse: true, limit: 1 })[0]?.[1]
}

/** The last lines, oldest first. */
export const tail = (reader: Reader, run: RunPath, stream: StreamName, count: number): ReadonlyArray<string> =>
  reader
    .list({ prefix: prefixOf(run, stream), reverse: true, limit: count })
    .map(([, line]) => line)
    .reverse()

/** Forgets all lines of a run. */
export const remove = (writer: Writer, run: RunPath): void => {
  for (const [key] of writer.list({ prefix: `${Collection.key("line", namesOf(run))}/` })) writer.remove(key)
}

// internal

const namesOf = ({ entity, name, project }: RunPath) => [entity, project, name]

const prefixOf = (run: RunPath, stream: StreamName): string => `${Collection.key("line", [...namesOf(run), stream])}/`
