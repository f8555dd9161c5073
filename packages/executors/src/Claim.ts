import { readFileSync, statSync, writeFileSync } from "node:fs"
import type { MachineIdentity } from "./MachineIdentity.js"
import { code, whenMissing } from "./FileFailure.js"

/**
 * Who runs a job: the one line of the file `claim`, written by the wrapper that runs it.
 * A pid alone says little: it is reused, and means something else in another namespace,
 * after a reboot and on another machine.
 */
export interface Claim extends MachineIdentity {
  /** The wrapper's pid as its parent sees it: leader of its session and its process group. */
  readonly pid: number
  /** The same process as /proc names it; another number where /proc shows an outer pid namespace. */
  readonly listed: number
  /** Which submit started the wrapper. */
  readonly token: string
  /** When the kernel started the wrapper: clock ticks since boot on Linux, a UTC date on macOS. */
  readonly startTime: string
}

/** What a claim file says: `absent`; `incomplete` while it is being written; `damaged` where the line is none of ours. */
export type Reading =
  | { readonly kind: "absent" }
  | { readonly kind: "incomplete" }
  | { readonly kind: "damaged"; readonly line: string }
  | { readonly kind: "held"; readonly claim: Claim }

/**
 * What the wrapper is given to write between its pids and its start time: the parent
 * knows its machine, the wrapper need not ask.
 */
export const middle = (here: MachineIdentity, token: string): string =>
  `${here.boot} ${here.namespace} ${here.host} ${token}`

/** The line of a claim, without its newline. */
export const line = (self: Claim): string =>
  `${version} ${self.pid} ${self.listed} ${middle(self, self.token)} ${self.startTime}`

/** The claim that a line says, or `undefined` where it isn't one. */
export const parse = (text: string): Claim | undefined => {
  const match = pattern.exec(text)
  if (match === null) return undefined
  const [, pid = "", listed = "", boot = "", namespace = "", host = "", token = "", startTime = ""] = match
  return { pid: Number(pid), listed: Number(listed), boot, namespace, host, token, startTime }
}

/** Reads a claim file. Throws Node's error where it is there and can't be read. */
export const read = (path: string): Reading => {
  // Most keys are new; an error of Node's costs ten times this look.
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return { kind: "absent" }
  const text = whenMissing(() => readFileSync(path, "latin1"), undefined)
  if (text === undefined) return { kind: "absent" }
  const end = text.indexOf("\n")
  if (end < 0) return { kind: "incomplete" }
  const first = text.slice(0, end)
  const claim = parse(first)
  return claim === undefined ? { kind: "damaged", line: first } : { kind: "held", claim }
}

/**
 * Takes a key that no wrapper claimed in time, so that none ever will: one that comes
 * later finds the file and ends. `false` when there is a claim after all. Throws Node's error.
 */
export const giveUp = (path: string, here: MachineIdentity): boolean => {
  const claim: Claim = { ...here, pid: process.pid, listed: process.pid, token: "none", startTime: givenUp }
  try {
    writeFileSync(path, `${line(claim)}\n`, { flag: "wx" })
    return true
  } catch (cause) {
    if (code(cause) === "EEXIST") return false
    throw cause
  }
}

/** Whether a claim only keeps others out (`giveUp`). */
export const isGivenUp = (self: Claim): boolean => self.startTime === givenUp

// internal

const givenUp = "given-up"

/** The version of the line, so that a later sweepline can tell an older one's claims. */
const version = "1"

const pattern = /^1 ([1-9]\d{0,9}) ([1-9]\d{0,9}) (\S+) (\S+) (\S+) (\S+) (\S.*)$/
