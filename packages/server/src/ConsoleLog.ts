/** The lines that a run printed, as its client sent them (D.4.1). */
import { Documents } from "@sweepline/core/Documents"
import * as Effect from "effect/Effect"
import * as Arguments from "./FieldArguments.js"
import { connection, field, node } from "./GraphValue.js"
import * as Lines from "./Lines.js"
import * as WireRun from "./WireRun.js"

/** A page of a run's output: the first lines, those after a cursor, or the last ones. */
export const logLines = (run: WireRun.WireRun) =>
  field(
    Arguments.lines,
    Effect.fnUntraced(function* ({ after, first = defaultPage, last }) {
      const documents = yield* Documents
      const path = WireRun.pathOf(run)
      const count = run.document.lines.output
      const from = last === undefined ? placeAfter(after) : Math.max(0, count - last)
      const lines = yield* documents.read((reader) => Lines.numbered(reader, path, "output", from, last ?? first))
      const end = lines.at(-1)?.[0]
      return connection(
        lines.map(([number, line]) => ({ cursor: String(number), node: lineNode(number, line) })),
        end !== undefined && end + 1 < count ? String(end) : undefined
      )
    })
  )

// internal

const defaultPage = 1000

const placeAfter = (cursor: string | undefined): number => {
  const place = cursor === undefined ? -1 : Number.parseInt(cursor, 10)
  return Number.isNaN(place) ? 0 : place + 1
}

const lineNode = (number: number, text: string) => {
  const [, level, timestamp, line] = /^(ERROR )?(\d{4}-\d\d-\d\dT[\d:.]+Z?) ([\s\S]*)$/.exec(text) ?? []
  return node({
    number,
    timestamp: timestamp ?? null,
    level: level === undefined ? "info" : "error",
    label: null,
    line: line ?? text
  })
}
