import * as Command from "@effect/cli/Command"
import * as Effect from "effect/Effect"
import * as LocalSweep from "../LocalSweep.js"
import * as options from "../options.js"
import * as StateChange from "../StateChange.js"

/** `sweepline stop`: no more runs, and the end when those that run have ended. */
export const stop = Command.make(
  "stop",
  {
    sweep: options.sweep,
    ...options.place,
    json: options.json
  },
  Effect.fnUntraced(function* ({ backend, dir, json, sweep, ...place }) {
    if (backend === "wandb") return yield* StateChange.onWandb({ ...place, sweep, target: "FINISHED", json })
    yield* StateChange.hand(dir, sweep, {
      state: "FINISHED",
      given: LocalSweep.nothingGiven,
      json,
      handed: (id, holder) =>
        `Sweep ${id} starts no more runs and ends when those that run have ended (its scheduler is ${holder}).`
    })
  })
).pipe(Command.withDescription("End a sweep early: what runs goes on to its end, then the sweep is COMPLETED."))
