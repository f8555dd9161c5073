import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { RunId } from "./RunId.js"
import type { RunState } from "./RunState.js"
import type { SweepConfig } from "./SweepConfig.js"

/** The metric of one run over its life: valid logs only, oldest first. */
export interface RunCurve {
  readonly id: RunId
  readonly state: RunState
  readonly steps: ReadonlyArray<number>
  readonly values: ReadonlyArray<number>
  /** When each value was logged, in milliseconds since 1970: who came to a rung before whom. */
  readonly times: ReadonlyArray<number>
}

/** A run to stop, with what `show --why` prints. */
export interface Verdict {
  readonly run: RunId
  /** The rung, as the iteration or step at which it was judged. */
  readonly rung: number
  readonly value: number
  readonly threshold: number
  /** The runs that it lost to, best first; only the best of them where they are many. */
  readonly peers: ReadonlyArray<RunId>
}

/**
 * History → runs to stop. Pure in config and curves. Our own backends ask it for sweeps whose config has
 * `early_terminate`, when something was logged of their metric since they asked last, before they answer a heartbeat.
 */
export class EarlyStopping extends Context.Tag("@sweepline/core/EarlyStopping")<
  EarlyStopping,
  {
    readonly judge: (options: {
      readonly config: SweepConfig
      readonly curves: ReadonlyArray<RunCurve>
    }) => Effect.Effect<ReadonlyArray<Verdict>>
  }
>() {}

/** Stops nothing. */
export const layerNoop: Layer.Layer<EarlyStopping> = Layer.succeed(EarlyStopping, {
  judge: () => Effect.succeed([])
})
