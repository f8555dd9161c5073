import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as options from "../options.js"
import * as wireOptions from "../wireOptions.js"

/** `sweepline launch-agent`: runs what launch queues of W&B hold, in the place of `wandb launch-agent`. */
export const launchAgent = Command.make(
  "launch-agent",
  {
    queue: Options.text("queue").pipe(
      Options.withPseudoName("NAME"),
      Options.withAlias("q"),
      Options.withDescription("A launch queue to serve; may be repeated. Otherwise default."),
      Options.repeated
    ),
    entity: options.entity,
    project: Options.text("project").pipe(
      Options.withPseudoName("NAME"),
      Options.withAlias("p"),
      Options.withDescription("The project that has the queues; otherwise model-registry."),
      Options.optional
    ),
    maxJobs: wireOptions.maxJobs,
    dir: options.dir,
    json: options.json
  },
  Effect.fnUntraced(function* (given) {
    const { run } = yield* Effect.promise(() => import("../wandb/LaunchAgentCommand.js"))
    yield* run(given)
  })
).pipe(
  Command.withDescription("Run what W&B's launch queues hold on this machine, in the place of wandb launch-agent.")
)
