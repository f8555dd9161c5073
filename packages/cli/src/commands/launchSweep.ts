import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as options from "../options.js"

/** `sweepline launch-sweep`: a sweep whose scheduler a launch agent starts, as by `wandb launch-sweep`. */
export const launchSweep = Command.make(
  "launch-sweep",
  {
    config: Args.text({ name: "config" }).pipe(
      Args.withDescription("A sweep config with launch and scheduler sections; may be left out with --resume-id."),
      Args.optional
    ),
    queue: Options.text("queue").pipe(
      Options.withPseudoName("NAME"),
      Options.withAlias("q"),
      Options.withDescription("The launch queue for the scheduler and its runs; otherwise launch.queue of the config."),
      Options.optional
    ),
    project: options.wandbProject,
    entity: Options.text("entity").pipe(
      Options.withPseudoName("NAME"),
      Options.withAlias("e"),
      Options.withDescription("The W&B user or team (WANDB_ENTITY, or the settings file)."),
      Options.optional
    ),
    resumeId: Options.text("resume-id").pipe(
      Options.withPseudoName("SWEEP"),
      Options.withAlias("r"),
      Options.withDescription("Launch the scheduler of this sweep anew; what is given goes over what it had."),
      Options.optional
    ),
    priorRun: options.priorRun,
    referenceQuoting: Options.boolean("reference-quoting").pipe(
      Options.withDescription("Quote the scheduler's arguments exactly as wandb launch-sweep does.")
    ),
    json: options.json
  },
  Effect.fnUntraced(function* (given) {
    const { run } = yield* Effect.promise(() => import("../wandb/LaunchSweepCommand.js"))
    yield* run(given)
  })
).pipe(Command.withDescription("Create a sweep on a W&B server and put its scheduler into a launch queue."))
