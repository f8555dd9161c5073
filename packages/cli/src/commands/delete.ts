import * as Command from "@effect/cli/Command"
import * as Path from "@effect/platform/Path"
import * as Effect from "effect/Effect"
import * as Local from "../Local.js"
import * as options from "../options.js"
import { Output } from "../Output.js"
import * as SweepDeletion from "../SweepDeletion.js"
import * as Text from "../Text.js"
import { UsageError } from "../UsageError.js"

const deleteHere = Effect.fnUntraced(function* (asked: SweepDeletion.Options, json: boolean) {
  const output = yield* Output
  const { name, runs, sweep } = yield* SweepDeletion.remove(asked)
  yield* json
    ? output.json({ type: "SweepDeleted", sweep, name, runs: runs.length })
    : output.print(
        `Sweep ${sweep}${name === "" ? "" : ` (${Text.oneLine(name)})`} is deleted, with ${Text.count(runs.length, "run")}.`
      )
})

/** `sweepline delete`: a sweep that nobody needs any more. */
export const deleteSweep = Command.make(
  "delete",
  {
    sweep: options.oneSweep,
    force: options.force,
    dir: options.dir,
    backend: options.backend,
    json: options.json
  },
  Effect.fnUntraced(function* ({ backend, dir, json, ...asked }) {
    if (backend === "wandb") {
      return yield* new UsageError({
        message:
          "W&B's API deletes no sweeps: delete it on its page, or leave --backend wandb out for one of this folder."
      })
    }
    const path = yield* Path.Path
    yield* Effect.provide(deleteHere({ ...asked, dir: path.resolve(dir) }, json), Local.layer(dir))
  })
).pipe(Command.withDescription("Delete a sweep with its runs, their outputs, metrics and files, and its history."))
