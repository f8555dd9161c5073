import * as Recent from "@sweepline/core/Recent"
import type { RunKey } from "@sweepline/core/RunKey"

/** What a wrapper said as it ended in order: its job's exit code, and how many bytes of output there are. */
export interface ToldEnd {
  readonly code: number
  readonly output: number
}

/** The ends that wrappers told of last. Their files say the same, so none has to be remembered. */
export interface ToldEnds extends Recent.Recent<RunKey, ToldEnd> {}

/** No ends. */
export const make = (): ToldEnds => Recent.make(remembered)

// internal

/** They are asked for at once, by whoever hears of them. */
const remembered = 256
