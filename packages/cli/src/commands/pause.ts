import * as Command from "@effect/cli/Command"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Local from "../Local.js"
import * as options from "../options.js"
import { Output } from "../Output.js"
import * as StateChange from "../StateChange.js"

/** `sweepline pause`: no more runs for now. */
export const pause = Command.make(
  "pause",
  {
    sweep: options.sweep,
    ...options.place,
    json: options.json
  },
  Effect.fnUntraced(function* ({ backend, dir, json, sweep, ...place }) {
    if (backend === "wandb") return yield* StateChange.onWandb({ ...place, sweep, target: "PAUSED", json })
    yield* here(sweep, json).pipe(Effect.provide(Local.layer(dir)))
  })
).pipe(Command.withDescription("Start no more runs of a sweep; those that run go on to their end."))

const here = Effect.fnUntraced(function* (sweep: Option.Option<string>, json: boolean) {
  const output = yield* Output
  const { id } = yield* StateChange.write(sweep, "PAUSED")
  if (json) return yield* output.json({ type: "SweepStateChanged", sweep: id, state: "PAUSED" })
  yield* output.print(
    `Sweep ${id} is paused: its runs go on to their end, no new one starts. Go on with: sweepline resume ${id}`
  )
})
