import type { SweepId } from "@sweepline/core/SweepId"
import { SweepStore } from "@sweepline/embedded/SweepStore"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as SweepSettings from "./SweepSettings.js"

/** The config of a sweep and how it is run. */
export interface SweepTerms {
  readonly config: string
  readonly settings: SweepSettings.SweepSettings
}

/** The same as they are stored; no settings where there are none, or they can't be read any more. */
export interface Stored {
  readonly config: string
  readonly settings: Option.Option<SweepSettings.SweepSettings>
}

/**
 * Changes the terms of a sweep by what they are, and answers what `next` made of them. Where another process changes
 * them meanwhile, `next` is asked again with those, so that neither change is lost.
 */
export const change = Effect.fnUntraced(function* <A extends SweepTerms, E, R>(
  sweep: SweepId,
  next: (now: Stored) => Effect.Effect<A, E, R>
) {
  const store = yield* SweepStore
  const attempt = Effect.gen(function* () {
    const was = yield* store.terms(sweep)
    const after = yield* next({
      config: was.config,
      settings: Option.flatMap(Option.fromNullable(was.settings), SweepSettings.decode)
    })
    const terms = { config: after.config, settings: SweepSettings.encode(after.settings) }
    const isSame = terms.config === was.config && terms.settings === was.settings
    return isSame || (yield* store.setTerms(sweep, { was, terms })) ? Option.some(after) : Option.none()
  })
  const changed = yield* Effect.repeat(attempt, { until: Option.isSome<A> })
  return changed.value
})
