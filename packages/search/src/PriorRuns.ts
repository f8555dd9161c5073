import type { PastRun } from "@sweepline/core/Search"
import * as Identity from "./Identity.js"

/** A number that stands for earlier results: lists that differ share it hardly ever. A list is read once. */
export const fingerprint = (prior: ReadonlyArray<PastRun>): number => {
  const known = fingerprints.get(prior)
  if (known !== undefined) return known
  let a = 0x811c9dc5
  let b = 0x9e3779b9
  for (const { metrics, state, trial } of prior) {
    const values = [...metrics].map(([name, { max, min }]) => `${name} ${min} ${max}`)
    for (const character of `${state} ${Identity.key(trial)} ${values.join()}`) {
      const code = character.codePointAt(0) ?? 0
      a = Math.imul(a ^ code, 0x01000193)
      b = Math.imul(b + code, 0x85ebca6b) ^ (b >>> 15)
    }
  }
  const found = (a >>> 0) * 2097152 + (b >>> 11)
  fingerprints.set(prior, found)
  return found
}

// internal

const fingerprints = new WeakMap<ReadonlyArray<PastRun>, number>()
