/** A launch request as a queue item stores it; what the item's own columns hold is left out. */
import type { Executable } from "@sweepline/core/Executable"
import type { LaunchRequest } from "@sweepline/core/LaunchRequest"
import * as PythonJson from "@sweepline/core/PythonJson"
import { isDict, isList, type PythonDict, type PythonValue } from "@sweepline/core/PythonValue"
import { RunId } from "@sweepline/core/RunId"
import { RunKey } from "@sweepline/core/RunKey"
import { SweepId } from "@sweepline/core/SweepId"
import { number, type Row, stored, text } from "./connection.js"
import { dictOf } from "./runRows.js"

/** The rest of a request, as text. */
export const requestText = ({ author, entryPoint, executable, launch, trial }: LaunchRequest): string =>
  PythonJson.stringify(
    new Map<string, PythonValue>([
      ["executable", new Map(Object.entries(executable))],
      ["trial", trial],
      ["entryPoint", entryPoint ?? null],
      ["launch", launch],
      ["author", author ?? null]
    ])
  )

/** The columns of `requestOf`. */
export const requestColumns =
  "items.key, items.sweep, items.run, items.attempt, items.queue, items.priority, items.request"

/** The request of an item, from `requestColumns` at a place in a row. */
export const requestOf = (row: Row, from: number): LaunchRequest => {
  const rest = dictOf(text(row, from + 6))
  const entryPoint = rest.get("entryPoint")
  return {
    key: RunKey.make(text(row, from), stored),
    sweep: SweepId.make(text(row, from + 1), stored),
    run: RunId.make(text(row, from + 2), stored),
    attempt: number(row, from + 3),
    queue: text(row, from + 4),
    priority: number(row, from + 5),
    executable: executableOf(dict(rest, "executable")),
    trial: dict(rest, "trial"),
    entryPoint: isList(entryPoint) ? entryPoint : undefined,
    launch: dict(rest, "launch"),
    author: textOf(rest, "author")
  }
}

// internal

const executableOf = (dict: PythonDict): Executable => {
  const name = textOf(dict, "name")
  const uri = textOf(dict, "uri")
  if (name !== undefined) return { kind: "job", name }
  return uri === undefined ? { kind: "program" } : { kind: "image", uri }
}

const dict = (self: PythonDict, key: string): PythonDict => {
  const value = self.get(key)
  if (isDict(value)) return value
  throw new TypeError(`a stored launch request has no ${key}`)
}

const textOf = (self: PythonDict, key: string): string | undefined => {
  const value = self.get(key)
  return typeof value === "string" ? value : undefined
}
