import * as Command from "@effect/cli/Command"
import * as Effect from "effect/Effect"
import * as LocalSweep from "../LocalSweep.js"
import * as options from "../options.js"
import * as StateChange from "../StateChange.js"

/** `sweepline cancel`: no more runs, and none goes on. */
export const cancel = Command.make(
  "cancel",
  {
    sweep: options.sweep,
    ...options.place,
    json: options.json
  },
  Effect.fnUntraced(function* ({ backend, dir, json, sweep, ...place }) {
    if (backend === "wandb") return yield* StateChange.onWandb({ ...place, sweep, target: "CANCELED", json })
    yield* StateChange.hand(dir, sweep, {
      state: "CANCELED",
      given: LocalSweep.nothingGiven,
      json,
      handed: (id, holder) => `Sweep ${id} is cancelled, its runs are being stopped (its scheduler is ${holder}).`
    })
  })
).pipe(Command.withDescription("End a sweep now: stop its runs."))
