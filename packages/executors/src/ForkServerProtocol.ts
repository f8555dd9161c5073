import { getSystemErrorName } from "node:util"
import * as Claim from "./Claim.js"
import type { Changes, Environment } from "./Environment.js"
import type * as Launcher from "./Launcher.js"
import * as Started from "./Started.js"

/**
 * What a fork server is told and tells.
 *
 * Its standard input takes records of NUL-separated fields, each preceded by its length in bytes and a newline:
 * - first the environment that all jobs share, as names and values in turn;
 * - then the jobs: id, the run's folder, the attempt's, what the claim says after the pids (`Claim.middle`), working
 *   directory, the number of files to write into the run's folder and their names and contents, the number of
 *   variables to set and their names and values, the number of variables to unset and their names, the program and
 *   its arguments.
 *
 * Its standard output has a line for each thing that happens: `ready`; `ID claimed CLAIM`; `ID done CODE BYTES`, said by a
 * wrapper that wrote its exit code after so much output and is about to kill its group; `ID failed ERRNO` of one that
 * could not begin; and then of each, as the server sees its end, `ID exited CODE` or `ID signalled`.
 */
export type Message =
  | { readonly _tag: "Ready" }
  | { readonly _tag: "Claimed"; readonly id: string; readonly claim: Claim.Claim }
  | { readonly _tag: "Ended"; readonly id: string; readonly end: Started.End }

/** The record of the environment. */
export const environment = (self: Environment): string => record(Object.entries(self).flat())

/** The record of a job; `undefined` where it can't be told: a field holds a NUL. */
export const job = (id: string, options: Launcher.Start): string | undefined => {
  const { argv, claim, cwd, env, files, folder } = options
  const fields = [id, folder.run, folder.attempt, claim, cwd, ...pairs(files), ...changes(env), ...argv]
  return fields.some((field) => field.includes("\0")) ? undefined : record(fields)
}

/** What a line of the server says; `undefined` where that is nothing of use. */
export const parse = (line: string): Message | undefined => {
  const [id = "", what, detail, more] = line.split(" ", 4)
  if (id === "ready") return { _tag: "Ready" }
  if (what !== "claimed") return { _tag: "Ended", id, end: toEnd(what, Number(detail), Number(more)) }
  const claim = Claim.parse(line.slice(id.length + " claimed ".length))
  return claim && { _tag: "Claimed", id, claim }
}

/** Calls back with each line of a text that comes in pieces. */
export const lines = (onLine: (line: string) => void): ((piece: string) => void) => {
  let rest = ""
  return (piece) => {
    const whole = (rest + piece).split("\n")
    rest = whole.pop() ?? ""
    for (const line of whole) onLine(line)
  }
}

// internal

const record = (fields: ReadonlyArray<string>): string => {
  const text = fields.join("\0")
  return `${Buffer.byteLength(text)}\n${text}`
}

const pairs = (map: ReadonlyMap<string, string>): ReadonlyArray<string> => [String(map.size), ...[...map].flat()]

const changes = ({ set, unset }: Changes): ReadonlyArray<string> => [...pairs(set), String(unset.length), ...unset]

const toEnd = (what: string | undefined, detail: number, more: number): Started.End => {
  switch (what) {
    case "done":
      return Started.End.Done({ code: detail, output: more })
    case "exited":
      return Started.End.Exited({ code: detail })
    case "failed": {
      const code = detail > 0 ? getSystemErrorName(-detail) : "UNKNOWN"
      return Started.End.NotStarted({ cause: Object.assign(new Error(code), { code }) })
    }
    default:
      return Started.End.Signalled()
  }
}
