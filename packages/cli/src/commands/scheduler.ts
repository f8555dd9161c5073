import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Environment from "../Environment.js"
import * as options from "../options.js"
import * as PythonOption from "../PythonOption.js"

/** Launch agents hand values on as Python prints them: `'q'` with its quotes (RD21). */
const text = (name: string, pseudoName: string, description: string) =>
  Options.text(name).pipe(
    Options.withPseudoName(pseudoName),
    Options.withDescription(description),
    Options.map(PythonOption.unquote),
    Options.optional,
    Options.map(Option.filter((value) => value !== ""))
  )

/** `sweepline scheduler`: the W&B Launch scheduler, in the place of `wandb scheduler`. */
export const scheduler = Command.make(
  "scheduler",
  {
    sweep: Args.text({ name: "sweep" }).pipe(
      Args.withDescription("A sweep's id on W&B, or ENTITY/PROJECT/SWEEP."),
      Args.map(PythonOption.unquote)
    ),
    queue: text("queue", "NAME", "The launch queue that runs are pushed into; otherwise default.").pipe(
      Options.withAlias("q")
    ),
    job: text("job", "JOB", "The job that runs execute: entity/project/name:version; otherwise the sweep config's."),
    imageUri: text("image-uri", "IMAGE", "The image that runs execute, instead of a job."),
    numWorkers: text(
      "num-workers",
      "N",
      "Runs at a time; otherwise scheduler.num_workers of the run config, or 8."
    ).pipe(Options.withAlias("w")),
    entity: text("entity", "NAME", "The W&B user or team (WANDB_ENTITY, or the settings file, or the key's own).").pipe(
      Options.withAlias("e")
    ),
    project: text("project", "NAME", "The W&B project (WANDB_PROJECT, or the settings file).").pipe(
      Options.withAlias("p")
    ),
    projectQueue: text("project-queue", "NAME", "The project that has the queue; otherwise model-registry."),
    author: text("author", "NAME", "Who the runs are launched for."),
    pollingSleep: text("polling-sleep", "SECONDS", "Time between two looks at the sweep; otherwise 5."),
    sweepType: text("sweep-type", "TYPE", "Which scheduler; there is only wandb."),
    dir: Options.text("dir").pipe(
      Options.withPseudoName("DIR"),
      Options.withDescription(
        "A folder for the scheduler's journal: with it a restart knows what it launched (SWEEPLINE_DIR)."
      ),
      Options.withFallbackConfig(Environment.dir),
      Options.optional
    ),
    requeuePending: Options.boolean("requeue-pending").pipe(
      Options.withDescription("Push pending runs of the sweep again that nobody seems to have launched.")
    ),
    json: options.json
  },
  Effect.fnUntraced(function* (given) {
    const { run } = yield* Effect.promise(() => import("../wandb/SchedulerCommand.js"))
    yield* run(given)
  })
).pipe(Command.withDescription("Launch the runs of a W&B sweep on a launch queue, in the place of wandb scheduler."))
