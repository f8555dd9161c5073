import type { RunKey } from "@sweepline/core/RunKey"

/** What a wrapper said as it ended in order: its job's exit code, and how many bytes of output there are. */
export interface ToldEnd {
  readonly code: number
  readonly output: number
}

/** The ends that wrappers told of last. Their files say the same, so none has to be remembered. */
export interface ToldEnds {
  readonly get: (key: RunKey) => ToldEnd | undefined
  readonly add: (key: RunKey, end: ToldEnd) => void
}

/** No ends. */
export const make = (): ToldEnds => {
  const ends = new Map<RunKey, ToldEnd>()
  return {
    get: (key) => ends.get(key),
    add: (key, end) => {
      ends.set(key, end)
      if (ends.size <= remembered) return
      for (const oldest of ends.keys()) return void ends.delete(oldest)
    }
  }
}

// internal

/** They are asked for at once, by whoever hears of them. */
const remembered = 256
