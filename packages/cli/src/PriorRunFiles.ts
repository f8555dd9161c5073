import * as FileSystem from "@effect/platform/FileSystem"
import * as PythonJson from "@sweepline/core/PythonJson"
import type { PythonDict } from "@sweepline/core/PythonValue"
import type { PastRun } from "@sweepline/core/Search"
import type { SweepConfig } from "@sweepline/core/SweepConfig"
import * as PriorRuns from "@sweepline/search/PriorRuns"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Csv from "./Csv.js"
import * as Json from "./Json.js"
import { Output } from "./Output.js"
import * as FileProblem from "./FileProblem.js"
import * as Text from "./Text.js"
import { UsageError } from "./UsageError.js"

/** A row of a file, and the line on which it stands. */
interface Row {
  readonly line: number
  readonly values: PythonDict
}

/**
 * Reads files of earlier results, CSV or JSON lines, for a search to learn from: all files' rows in order. Tells how
 * many rows were left out, and the first reason; a file of which no row can be taken is refused.
 */
export const read = Effect.fnUntraced(function* (config: SweepConfig, files: ReadonlyArray<string>) {
  const output = yield* Output
  if (files.length > 0 && (config.method === "grid" || config.method === "random")) {
    yield* output.warn(`sweepline: method ${config.method} doesn't learn from results, so --prior-run changes nothing.`)
  }
  const all: Array<PastRun> = []
  for (const file of files) {
    const rows = yield* rowsOf(file)
    const { leftOut, runs } = PriorRuns.read(
      config,
      rows.map(({ values }) => values)
    )
    const [first] = leftOut
    const row = first && rows[first[0]]
    const reason = first && `${file}:${row?.line ?? 0} ${first[1]}`
    if (runs.length === 0) {
      // Such as one column of all names, where they were parted by semicolons.
      const has = row === undefined ? "" : `; this one has ${namesOf(row)}`
      return yield* new UsageError({
        message: `There is no result in ${file} that this sweep could learn from${reason === undefined ? "" : `: ${reason}`}. A row needs a value for each parameter and for the metric${has}.`
      })
    }
    if (reason !== undefined) {
      yield* output.warn(`sweepline: took ${runs.length} of ${rows.length} rows of ${file}: ${reason}`)
    }
    for (const run of runs) all.push(run)
  }
  return all
})

// internal

/** How many names of a row's values are told. */
const mostNames = 12

const namesOf = ({ values }: Row): string =>
  Text.first(
    Array.from(values.keys(), (name) => Text.oneLine(JSON.stringify(name))),
    mostNames
  )

const rowsOf = Effect.fnUntraced(function* (file: string) {
  const fs = yield* FileSystem.FileSystem
  const text = yield* Effect.mapError(
    fs.readFileString(file),
    (error) =>
      new UsageError({
        message: `Could not read ${file}: ${FileProblem.ofReading(error)}. Name a file that sweepline export has written.`
      })
  )
  return Json.isFileName(file) ? yield* jsonRows(file, text) : csvRows(text)
})

const jsonRows = (file: string, text: string): Either.Either<ReadonlyArray<Row>, UsageError> =>
  Either.all(
    text.split("\n").flatMap((line, i) =>
      line.trim() === ""
        ? []
        : [
            Either.mapBoth(PythonJson.parseDict(line), {
              onLeft: ({ message }) => new UsageError({ message: `${file}:${i + 1} is no JSON object: ${message}` }),
              onRight: (values): Row => ({ line: i + 1, values })
            })
          ]
    )
  )

const csvRows = (text: string): ReadonlyArray<Row> => {
  const [header, ...rows] = Csv.records(text)
  return rows.map(({ cells, line }) => ({
    line,
    values: new Map(cells.map((cell, i) => [header?.cells[i] ?? "", cell]))
  }))
}
