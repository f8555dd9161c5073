import { readFileSync, writeFileSync } from "node:fs"
import { whenMissing } from "./FileFailure.js"

/**
 * That a job was asked to stop. It stands in a file, so that whoever comes after this
 * process still kills the job in time and tells `killed` from `crashed`.
 */
export interface StopRequest {
  /** When its grace time ends, in milliseconds since 1970. */
  readonly deadline: number
  /** The grace time in milliseconds: the bound for a reader whose clock was set since. */
  readonly grace: number
}

/** Writes a request; one without an end is as long as can be written. Throws Node's error. */
export const write = (path: string, self: StopRequest): void =>
  writeFileSync(path, `${whole(self.deadline)} ${whole(self.grace)}\n`)

/** The request in a file, if one was made. One that is not whole counts, with no grace time left. */
export const read = (path: string): StopRequest | undefined => {
  const text = whenMissing(() => readFileSync(path, "latin1"), undefined)
  if (text === undefined) return undefined
  const match = /^(\d+) (\d+)\n/.exec(text)
  return match === null ? { deadline: 0, grace: 0 } : { deadline: Number(match[1]), grace: Number(match[2]) }
}

/** The milliseconds of grace that are left at `now`. */
export const remaining = (self: StopRequest, now: number): number =>
  Math.min(self.grace, Math.max(0, self.deadline - now))

// internal

const whole = (millis: number): number => Math.min(Math.ceil(millis), Number.MAX_SAFE_INTEGER)
