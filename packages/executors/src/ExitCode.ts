import { readFileSync, statSync } from "node:fs"
import { whenMissing } from "./FileFailure.js"

/** The exit code in a file; `undefined` while it isn't there, or isn't there whole. */
export const read = (path: string): number | undefined => parse(whenMissing(() => readFileSync(path, "latin1"), ""))

/** When an exit code that was read was written, in milliseconds since 1970. */
export const writtenAt = (path: string): number => Math.round(statSync(path).mtimeMs)

/** The exit code that a text says: a number from 0 to 255 and a newline. */
export const parse = (text: string): number | undefined => {
  // Without its newline the text may be the beginning of another number.
  const match = /^(\d{1,3})\n/.exec(text)
  if (match === null) return undefined
  const code = Number(match[1])
  return code <= 255 ? code : undefined
}
