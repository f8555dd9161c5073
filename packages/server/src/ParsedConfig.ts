/** Sweep configs, read once for the many requests that look into them. */
import * as SweepConfig from "@sweepline/core/SweepConfig"
import * as Either from "effect/Either"

/** A config by its text; `undefined` where it can't be read. */
export const of = (text: string): SweepConfig.SweepConfig | undefined => {
  const known = configs.get(text)
  if (known !== undefined) return known
  const read = Either.getOrUndefined(SweepConfig.parseAccepted({ file: "the sweep config", text }))?.config
  if (read === undefined) return undefined
  if (configs.size >= most) configs.clear()
  configs.set(text, read)
  return read
}

// internal

/** Sweeps at work at the same time are few. */
const most = 32

/** A config is its text's meaning and nothing else, so that all servers of a process may share them. */
const configs = new Map<string, SweepConfig.SweepConfig>()
