/** Sweep configs, read once for the many requests that look into them. */
import * as Recent from "@sweepline/core/Recent"
import * as SweepConfig from "@sweepline/core/SweepConfig"
import * as Either from "effect/Either"

/** A config by its text; `undefined` where it can't be read. */
export const of = (text: string): SweepConfig.SweepConfig | undefined => {
  const known = configs.get(text)
  if (known !== undefined) return known
  const read = Either.getOrUndefined(SweepConfig.parseAccepted({ file: "the sweep config", text }))?.config
  if (read === undefined) return undefined
  configs.set(text, read)
  return read
}

// internal

/**
 * A config is its text's meaning and nothing else, so that all servers of a process may share them. Sweeps at work at the
 * same time are few, and many of them have the same one.
 */
const configs = Recent.make<string, SweepConfig.SweepConfig>(256)
