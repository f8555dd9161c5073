import type { RunState } from "@sweepline/core/RunState"
import type { SweepState } from "@sweepline/core/SweepState"
import picocolors from "picocolors"

/** Formatters that colour a text, or leave it alone. */
export type Colors = ReturnType<typeof picocolors.createColors>

/** Formatters for a terminal (`true`), or for a pipe and `NO_COLOR` (`false`). */
export const make = (enabled: boolean): Colors => picocolors.createColors(enabled)

const runs = {
  pending: "dim",
  running: "cyan",
  preempting: "yellow",
  unknown: "yellow",
  finished: "green",
  failed: "red",
  crashed: "red",
  killed: "yellow",
  preempted: "yellow"
} as const satisfies Record<RunState, keyof Colors>

/** A run's state in its colour. */
export const runState = (colors: Colors, state: RunState, text: string = state): string => colors[runs[state]](text)

const sweeps = {
  PENDING: "dim",
  RUNNING: "cyan",
  PAUSED: "yellow",
  FINISHED: "green",
  CANCELED: "red"
} as const satisfies Record<SweepState, keyof Colors>

/** A sweep's state in its colour. */
export const sweepState = (colors: Colors, state: SweepState): string => colors[sweeps[state]](state)
