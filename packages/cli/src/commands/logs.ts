import * as Command from "@effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Local from "../Local.js"
import * as LocalLogs from "../LocalLogs.js"
import * as options from "../options.js"
import { whileRead } from "../Output.js"

/** `sweepline logs`: what a run wrote. */
export const logs = Command.make(
  "logs",
  { run: options.anyRun, ...options.place, follow: options.follow, attempt: options.attempt, json: options.json },
  Effect.fnUntraced(function* ({ backend, dir, ...asked }) {
    if (backend === "embedded")
      return yield* Effect.provide(LocalLogs.print(asked), Local.layer(dir, { access: "read" }))
    const { run } = yield* Effect.promise(() => import("../wandb/LogsCommand.js"))
    yield* run(asked)
  }, whileRead)
).pipe(Command.withDescription("Print what a run wrote; -f goes on until it ends."))
