import type { RunId } from "./RunId.js"
import type { RunState } from "./RunState.js"

/**
 * Notices a script that fails at once, every time, so that it ends a sweep after a few runs and not
 * after the whole budget. Pure; times are milliseconds, of a clock that nobody sets.
 */
export interface FailureGuard {
  /** When the first run was started. */
  readonly since: number | undefined
  /** How long each failed run had lived. */
  readonly failed: ReadonlyMap<RunId, number>
  /** A run finished: the script works. */
  readonly disarmed: boolean
}

/** Nothing was started yet; `armed` false never trips (`WANDB_AGENT_DISABLE_FLAPPING`). */
export const make = (armed: boolean): FailureGuard => ({ since: undefined, failed: new Map(), disarmed: !armed })

/** A run was started. */
export const started = (self: FailureGuard, at: number): FailureGuard =>
  self.since === undefined ? { ...self, since: at } : self

/** A run ended. */
export const ended = (
  self: FailureGuard,
  ending: { readonly run: RunId; readonly state: RunState; readonly startedAt: number | undefined; readonly at: number }
): FailureGuard => {
  if (ending.state === "finished") return { since: self.since, failed: new Map(), disarmed: true }
  if (self.disarmed || ending.startedAt === undefined || self.since === undefined) return self
  if (ending.state !== "failed" && ending.state !== "crashed") return self
  if (ending.at - self.since > window) return self
  return { ...self, failed: new Map([...self.failed, [ending.run, ending.at - ending.startedAt]]) }
}

/**
 * Whether the script is broken: three different runs failed within a minute, none finished, and none
 * that lives has already outlived every failure; such a run shows that the script can work, and that
 * the failures have to do with where they ran.
 */
export const isTripped = (self: FailureGuard, now: number, liveSince: Iterable<number>): boolean => {
  if (self.failed.size < failureLimit) return false
  const longest = Math.max(...self.failed.values())
  for (const at of liveSince) if (now - at > longest) return false
  return true
}

// internal

/** How many runs fail before the guard trips, and within which time (E.1.4, "flapping"). */
const failureLimit = 3
const window = 60_000
