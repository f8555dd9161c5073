import * as Data from "effect/Data"
import type * as Claim from "./Claim.js"

/**
 * How a wrapper ended: with a code, by a signal (also in order, see `Wrapper`), or not
 * started at all. `Done`: in order, as it said itself, with the exit code that it wrote and the bytes of the job's
 * output. `Unknown`: whoever would have told us is gone.
 */
export type End = Data.TaggedEnum<{
  Done: { readonly code: number; readonly output: number }
  Exited: { readonly code: number }
  Signalled: {}
  NotStarted: { readonly cause: unknown }
  Unknown: {}
}>

/** Constructors and matchers. */
export const End = Data.taggedEnum<End>()

/** A wrapper that was started, or is about to be. */
export interface Started {
  /** Whether it tells of its claim; of others, the file has to be looked at. */
  readonly tells: boolean
  /** What it wrote as its claim; `undefined` while it hasn't told of one. */
  readonly claim: () => Claim.Claim | undefined
  /** Calls back at its claim or its end, whichever comes first, or at once if that was before. */
  readonly onNews: (callback: () => void) => void
  /** How it ended; `undefined` while it hasn't. */
  readonly end: () => End | undefined
  /** Calls back at its end, or at once if that was before. */
  readonly onEnd: (callback: (end: End) => void) => void
}

/** The other side of a wrapper: where its launcher makes known what has become of it. */
export interface Teller extends Started {
  readonly claimed: (claim: Claim.Claim) => void
  /** Once: a second end is none. */
  readonly finish: (end: End) => void
}

/** A wrapper of which nothing is known yet. */
export const make = (tells: boolean): Teller => {
  let claim: Claim.Claim | undefined
  let ended: End | undefined
  const onEnd: Array<(end: End) => void> = []
  const onNews: Array<() => void> = []
  const tellNews = () => {
    for (const callback of onNews.splice(0)) callback()
  }
  return {
    tells,
    claim: () => claim,
    claimed: (told) => {
      claim ??= told
      tellNews()
    },
    onNews: (callback) => {
      if (claim === undefined && ended === undefined) onNews.push(callback)
      else callback()
    },
    end: () => ended,
    onEnd: (callback) => {
      if (ended === undefined) onEnd.push(callback)
      else callback(ended)
    },
    finish: (end) => {
      if (ended !== undefined) return
      ended = end
      tellNews()
      for (const callback of onEnd) callback(end)
    }
  }
}
