import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { RunCurve } from "./EarlyStopping.js"
import type { RunId } from "./RunId.js"
import type { RunState } from "./RunState.js"
import type { SchedulerError } from "./SchedulerError.js"
import type { SweepConfig } from "./SweepConfig.js"
import type { TrialConfig } from "./TrialConfig.js"

/** What a run logged of one metric, finite values only. */
export interface MetricDigest {
  readonly count: number
  readonly min: number
  readonly max: number
  readonly last: number
}

/** A run as search sees it. */
export interface PastRun {
  readonly id: RunId
  readonly state: RunState
  readonly trial: TrialConfig
  /** Digests of the sweep's metrics by name; a metric that was never logged is missing. */
  readonly metrics: ReadonlyMap<string, MetricDigest>
  /** Whether early stopping ended it: then it is the beginning of a run, and no failure. */
  readonly stoppedEarly?: boolean | undefined
  /** What it logged of the sweep's metric, in a sweep that stops runs early. */
  readonly curve?: Pick<RunCurve, "steps" | "values"> | undefined
}

/** What search answers. */
export type Suggestion = Data.TaggedEnum<{
  Suggested: { readonly trial: TrialConfig }
  /** Nothing before something that runs has ended. */
  NotNow: {}
  /** Nothing ever more: a grid whose points were all handed out. */
  Exhausted: {}
}>

/** Constructors and matchers. */
export const Suggestion = Data.taggedEnum<Suggestion>()

/** A configuration of a sweep with `repeats` that gets no further ones, because it is clearly worse than the best. */
export interface Abandonment {
  /** Its last run. */
  readonly run: RunId
  /** How many of its repeats have ended. */
  readonly repeats: number
  /** Over those; `undefined` where none had a value. */
  readonly mean: number | undefined
  /** The first run of the best configuration of which all repeats have ended. */
  readonly best: RunId
  readonly bestMean: number
  /** By how much it might have been worse. */
  readonly margin: number
}

/** What search tells beside its answer. */
export interface Notes {
  /** What was abandoned since it was asked last; after a restart perhaps once more. */
  readonly abandoned?: ReadonlyArray<Abandonment>
}

/**
 * History → the next suggestion. The answer depends only on config, seed and history;
 * what an implementation remembers between calls is a memo of those and nothing else.
 *
 * `history` holds every run of the sweep in order of creation. The caller only ever
 * appends: an entry's id and trial never change, the rest of it may, also in place.
 */
export class Search extends Context.Tag("@sweepline/core/Search")<
  Search,
  {
    readonly suggest: (ask: {
      readonly config: SweepConfig
      readonly seed: number
      readonly history: ReadonlyArray<PastRun>
      /** Earlier results from elsewhere, always the same of a sweep: what learns from results learns from them too. */
      readonly prior?: ReadonlyArray<PastRun> | undefined
    }) => Effect.Effect<Suggestion & Notes, SchedulerError>
  }
>() {}

/** Has nothing to suggest: for backends whose sweeps are searched by a strategy of their own. */
export const layerNoop: Layer.Layer<Search> = Layer.succeed(Search, {
  suggest: () => Effect.succeed(Suggestion.Exhausted())
})
