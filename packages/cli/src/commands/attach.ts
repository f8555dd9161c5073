import * as Command from "@effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Attachment from "../Attachment.js"
import * as Local from "../Local.js"
import * as options from "../options.js"
import * as Sweeps from "../Sweeps.js"

/** `sweepline attach`: the live view of a sweep that another process schedules. */
export const attach = Command.make(
  "attach",
  { sweep: options.sweep, dir: options.dir, json: options.json },
  Effect.fnUntraced(
    function* ({ json, sweep }) {
      yield* Attachment.attach(yield* Sweeps.find(sweep, (candidate) => !Sweeps.hasEnded(candidate)), { json })
    },
    (effect, { dir }) => Effect.provide(effect, Local.layer(dir, { access: "read" }))
  )
).pipe(Command.withDescription("Watch a sweep that another process works on; Ctrl-C leaves it running."))
