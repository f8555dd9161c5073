import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as options from "../options.js"
import * as wireOptions from "../wireOptions.js"

/** `sweepline agent`: runs the runs of a sweep on W&B, in the place of `wandb agent`. */
export const agent = Command.make(
  "agent",
  {
    sweep: Args.text({ name: "sweep" }).pipe(
      Args.withDescription("A sweep's id on W&B, or ENTITY/PROJECT/SWEEP; otherwise WANDB_SWEEP_ID."),
      Args.optional
    ),
    count: wireOptions.count,
    entity: options.entity,
    project: options.wandbProject,
    forwardSignals: Options.boolean("forward-signals").pipe(
      Options.withAlias("f"),
      Options.withDescription("Stop the runs at the first Ctrl-C, and don't wait for them to end by themselves.")
    ),
    termTimeout: wireOptions.termTimeout,
    maxConsecutiveFailedRuns: wireOptions.maxConsecutiveFailedRuns,
    dir: options.dir,
    json: options.json
  },
  Effect.fnUntraced(function* (given) {
    const { run } = yield* Effect.promise(() => import("../wandb/AgentCommand.js"))
    yield* run(given)
  })
).pipe(Command.withDescription("Run the runs of a W&B sweep on this machine, in the place of wandb agent."))
