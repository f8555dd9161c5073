import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/** The exit code of a command that ended without an error: a cancelled or an interrupted sweep is none. */
export class ExitStatus extends Context.Tag("sweepline/ExitStatus")<
  ExitStatus,
  {
    readonly set: (code: number) => Effect.Effect<void>
    readonly get: Effect.Effect<number>
  }
>() {}

/** Success, until a command says otherwise. */
export const layer: Layer.Layer<ExitStatus> = Layer.sync(ExitStatus, () => {
  let status = 0
  return {
    set: (code) =>
      Effect.sync(() => {
        status = code
      }),
    get: Effect.sync(() => status)
  }
})
