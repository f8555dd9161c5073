import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as options from "../options.js"

/** `sweepline doctor`: whether W&B can be worked with, and what is wrong. */
export const doctor = Command.make(
  "doctor",
  {
    entity: options.entity,
    project: options.wandbProject,
    queue: Options.text("queue").pipe(
      Options.withPseudoName("NAME"),
      Options.withAlias("q"),
      Options.withDescription("A launch queue that should be there."),
      Options.optional
    ),
    json: options.json
  },
  Effect.fnUntraced(function* (given) {
    const { run } = yield* Effect.promise(() => import("../wandb/DoctorCommand.js"))
    yield* run(given)
  })
).pipe(Command.withDescription("Check the way to a W&B server: endpoint, key, clock, entity, project and queue."))
