import * as Schema from "effect/Schema"

/** The states of a run (B2). Matching is exact and lower-case. */
export const RunState = Schema.Literal(
  "pending",
  "running",
  "preempting",
  "unknown",
  "finished",
  "failed",
  "crashed",
  "killed",
  "preempted"
)
export type RunState = typeof RunState.Type

const alive = {
  pending: true,
  running: true,
  preempting: true,
  unknown: true,
  finished: false,
  failed: false,
  crashed: false,
  killed: false,
  preempted: false
} as const satisfies Record<RunState, boolean>

/** A run that may still produce something (B2). `unknown` counts as alive until it was unknown twice (B47). */
export const isAlive = (self: RunState): boolean => alive[self]

const terminal = {
  pending: false,
  running: false,
  preempting: false,
  unknown: false,
  finished: true,
  failed: true,
  crashed: true,
  killed: true,
  preempted: false
} as const satisfies Record<RunState, boolean>

/** A run that has ended for good. A preempted run is dead, but comes back as the same run (F.3). */
export const isTerminal = (self: RunState): boolean => terminal[self]

/** Every run state, in the order in which a table shows them. */
export const all: ReadonlyArray<RunState> = RunState.literals

/** Reads a backend's text; anything but an exact name is a bad state (B46). */
export const decodeOption = Schema.decodeUnknownOption(RunState)
