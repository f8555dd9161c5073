import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as options from "../options.js"

const flag = (name: string, description: string) => Options.boolean(name).pipe(Options.withDescription(description))

const text = (name: string, pseudoName: string, description: string) =>
  Options.text(name).pipe(Options.withPseudoName(pseudoName), Options.withDescription(description), Options.optional)

/** `sweepline sweep`: W&B sweeps are created, changed and steered, as by `wandb sweep`. */
export const sweep = Command.make(
  "sweep",
  {
    configOrSweep: Args.text({ name: "config-or-sweep" }).pipe(
      Args.withDescription("A sweep config; with a state, a sweep: SWEEP, PROJECT/SWEEP or ENTITY/PROJECT/SWEEP.")
    ),
    entity: options.entity,
    project: options.wandbProject,
    name: text("name", "NAME", "The sweep's name, instead of the one in the file."),
    program: text("program", "FILE", "The program that runs execute, instead of the one in the file."),
    settings: text("settings", "NAME=VALUE,…", "Settings of the sweep, over those in the file."),
    controller: flag("controller", "Let a local controller do the search, instead of the server."),
    update: text("update", "SWEEP", "Change the config of this sweep, instead of creating one."),
    priorRun: options.priorRun,
    stop: flag("stop", "End the sweep early: what runs goes on to its end."),
    cancel: flag("cancel", "End the sweep now: stop its runs."),
    pause: flag("pause", "Start no more runs for now."),
    resume: flag("resume", "Go on with a paused sweep."),
    verbose: flag("verbose", "Print the config as it is sent."),
    json: options.json
  },
  Effect.fnUntraced(function* (given) {
    const { run } = yield* Effect.promise(() => import("../wandb/SweepCommand.js"))
    yield* run(given)
  })
).pipe(Command.withDescription("Create a sweep on a W&B server, change it, or set its state."))
