import * as Command from "@effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Local from "../Local.js"
import * as ModelText from "../ModelText.js"
import * as options from "../options.js"
import { Output } from "../Output.js"
import * as SweepHistory from "../SweepHistory.js"
import * as Sweeps from "../Sweeps.js"

/** `sweepline replay`: what the scheduler of a sweep knew at any moment, from its journal. */
export const replay = Command.make(
  "replay",
  { sweep: options.sweep, until: options.until, dir: options.dir, json: options.json },
  Effect.fnUntraced(
    function* ({ json, sweep: text, until }) {
      const output = yield* Output
      const sweep = yield* Sweeps.find(text)
      const moment = yield* SweepHistory.moment(
        sweep.id,
        Option.getOrElse(until, () => ({ _tag: "All" }) as const)
      )
      const look = { columns: yield* output.columns, colors: output.colors }
      yield* json ? output.json(ModelText.json(moment)) : output.print(...ModelText.lines(moment, look))
    },
    (effect, { dir }) => Effect.provide(effect, Local.layer(dir, { access: "read" }))
  )
).pipe(Command.withDescription("Print what a sweep's scheduler knew at any moment, rebuilt from its journal."))
