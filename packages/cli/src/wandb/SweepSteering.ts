import { SweepApi } from "@sweepline/core/SweepApi"
import { WandbProject } from "@sweepline/api-client/WandbProject"
import type { SweepId } from "@sweepline/core/SweepId"
import { SweepNotFoundError } from "@sweepline/core/SweepNotFoundError"
import type { SweepState } from "@sweepline/core/SweepState"
import * as SweepStates from "@sweepline/core/SweepState"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Output } from "../Output.js"
import { UsageError } from "../UsageError.js"
import * as SweepPath from "./SweepPath.js"
import * as WandbBackend from "./WandbBackend.js"

/** The states that a person puts a sweep into. */
export type Target = Exclude<SweepState, "PENDING">

const done = {
  RUNNING: { verb: "resumed", text: "goes on: its scheduler and its agents launch runs again." },
  PAUSED: { verb: "paused", text: "is paused: its runs go on to their end, no new one starts." },
  FINISHED: { verb: "stopped", text: "is stopped: what runs goes on to its end, no new run starts." },
  CANCELED: { verb: "cancelled", text: "is cancelled: its runs are being stopped." }
} as const satisfies Record<Target, { readonly verb: string; readonly text: string }>

/** Writes a state on a sweep of the project in context, by the rules of B67. Refused: the sentence says why. */
export const write = Effect.fn("SweepSteering.write")(function* (sweep: SweepId, target: Target) {
  const api = yield* SweepApi
  const { entity, project } = yield* WandbProject
  const hint = `It was looked for in ${entity}/${project}.`
  const before = yield* Effect.catchTag(
    api.sweepState(sweep),
    "SweepNotFoundError",
    ({ id, kind }) => new SweepNotFoundError({ kind, id, hint })
  )
  if (!(yield* api.setSweepState(sweep, target))) return yield* refusal(sweep, before, target)
})

/** `pause`, `resume`, `stop` and `cancel` of a sweep on W&B, and the state flags of `sweep`. */
export const steer = Effect.fnUntraced(function* (options: {
  readonly sweep: Option.Option<string>
  readonly entity: Option.Option<string>
  readonly project: Option.Option<string>
  readonly target: Target
  readonly json: boolean
}) {
  const { target } = options
  const text = yield* Effect.mapError(
    options.sweep,
    () => new UsageError({ message: "On W&B a sweep must be named: write its id, or ENTITY/PROJECT/SWEEP." })
  )
  const path = yield* SweepPath.parse(text)
  yield* write(path.sweep, target).pipe(
    Effect.provide(
      WandbBackend.layer({
        overrides: SweepPath.overrides(path, {
          entity: Option.getOrUndefined(options.entity),
          project: Option.getOrUndefined(options.project)
        })
      })
    )
  )
  const output = yield* Output
  yield* options.json
    ? output.json({ type: "SweepStateChanged", sweep: path.sweep, state: target })
    : output.print(`Sweep ${path.sweep} ${done[target].text}`)
})

// internal

const refusal = (sweep: SweepId, before: Option.Option<SweepState>, target: Target): UsageError => {
  const state = Option.getOrElse(before, () => "in a state that this version doesn't know")
  const why = Option.exists(before, SweepStates.isTerminal)
    ? "what has ended stays as it is"
    : Option.contains(before, "PENDING")
      ? "it hasn't begun: start a scheduler or an agent first, or cancel it"
      : "W&B allows it only from RUNNING and PAUSED"
  return new UsageError({ message: `Sweep ${sweep} is ${state} and can't be ${done[target].verb}: ${why}.` })
}
