import * as Command from "@effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Local from "../Local.js"
import * as options from "../options.js"
import { Output } from "../Output.js"
import * as StateChange from "../StateChange.js"

/** `sweepline pause`: no more runs for now. */
export const pause = Command.make(
  "pause",
  { sweep: options.sweep, dir: options.dir, json: options.json },
  Effect.fnUntraced(
    function* ({ json, sweep }) {
      const output = yield* Output
      const { id } = yield* StateChange.write(sweep, "PAUSED")
      if (json) return yield* output.json({ type: "SweepStateChanged", sweep: id, state: "PAUSED" })
      yield* output.print(
        `Sweep ${id} is paused: its runs go on to their end, no new one starts. Go on with: sweepline resume ${id}`
      )
    },
    (effect, { dir }) => Effect.provide(effect, Local.layer(dir))
  )
).pipe(Command.withDescription("Start no more runs of a sweep; those that run go on to their end."))
