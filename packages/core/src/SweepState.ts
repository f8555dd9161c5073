import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

/** The states of a sweep that clients write (F.1). A new sweep is PENDING until its first agent registers. */
export const SweepState = Schema.Literal("PENDING", "RUNNING", "PAUSED", "FINISHED", "CANCELED")
export type SweepState = typeof SweepState.Type

const terminal = {
  PENDING: false,
  RUNNING: false,
  PAUSED: false,
  FINISHED: true,
  CANCELED: true
} as const satisfies Record<SweepState, boolean>

/** A state that is never left. */
export const isTerminal = (self: SweepState): boolean => terminal[self]

const next = {
  PENDING: ["RUNNING", "PAUSED", "FINISHED", "CANCELED"],
  RUNNING: ["PAUSED", "FINISHED", "CANCELED"],
  PAUSED: ["RUNNING", "FINISHED", "CANCELED"],
  FINISHED: [],
  CANCELED: []
} as const satisfies Record<SweepState, ReadonlyArray<SweepState>>

/** Whether a sweep may go from one state to another; staying is always allowed (B67). */
export const canBecome = (from: SweepState, to: SweepState): boolean =>
  from === to || next[from].some((state) => state === to)

const spellings: ReadonlyMap<string, SweepState> = new Map([
  ["PENDING", "PENDING"],
  ["RUNNING", "RUNNING"],
  ["PAUSED", "PAUSED"],
  ["FINISHED", "FINISHED"],
  ["CANCELED", "CANCELED"],
  ["CANCELLED", "CANCELED"],
  ["STOPPED", "CANCELED"]
])

/**
 * Reads a backend's text, in any case and with either spelling of cancelled (RD1, B32).
 * A text that is no known state is `None`: the scheduler goes on (B32).
 */
export const fromText = (text: string): Option.Option<SweepState> =>
  Option.fromNullable(spellings.get(text.trim().toUpperCase()))

/** Whether a sweep's items wait: those of a paused or cancelled one do, a draining one launches what is queued. */
export const holdsBack = (state: SweepState): boolean => held[state]

const held = {
  PENDING: false,
  RUNNING: false,
  PAUSED: true,
  FINISHED: false,
  CANCELED: true
} as const satisfies Record<SweepState, boolean>
