import * as Args from "@effect/cli/Args"
import * as Options from "@effect/cli/Options"
import type { ValidationError } from "@effect/cli/ValidationError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Backend from "./Backend.js"
import * as WordOption from "./WordOption.js"
import { durationOf } from "./DurationText.js"
import * as Environment from "./Environment.js"
import * as OptionText from "./OptionText.js"
import type * as SweepHistory from "./SweepHistory.js"
import { WandbSdk } from "./SweepSettings.js"

// Every option and argument of the command line, each once, with its help text and the
// environment variable that stands in for it.

/** Where sweeps, runs and outputs are kept. */
export const dir = Options.text("dir").pipe(
  Options.withPseudoName("DIR"),
  Options.withDescription("The folder that holds the sweeps and their runs (SWEEPLINE_DIR)."),
  Options.withFallbackConfig(Environment.dir),
  Options.withDefault(".sweepline"),
  // As of a variable that isn't set: it would be the working folder itself.
  Options.mapEffect((folder) =>
    folder === "" ? Effect.fail(OptionText.invalid('--dir "" names no folder.')) : Effect.succeed(folder)
  )
)

/** One JSON object a line on standard output, nothing else. */
export const json = Options.boolean("json").pipe(
  Options.withDescription("Print one JSON object per line, for programs.")
)

/** How many runs at a time. */
export const workers = OptionText.stated("workers", "N", Environment.workers).pipe(
  OptionText.said(OptionText.workersOf),
  Options.withAlias("w"),
  Options.withDescription("Runs at a time; otherwise one per GPU, or one per core (SWEEPLINE_WORKERS)."),
  Options.optional
)

/** The devices to spread runs over. */
export const gpus = OptionText.stated("gpus", "IDS", Environment.gpus).pipe(
  OptionText.said(OptionText.verbatim),
  Options.withDescription("Devices to run on, for example 0,1 or all: each run sees its own (SWEEPLINE_GPUS)."),
  Options.optional
)

/** A name for the sweep. */
export const name = Options.text("name").pipe(
  Options.withPseudoName("NAME"),
  Options.withDescription("The sweep's name, instead of the one in the file."),
  Options.optional
)

/** The seed of the search. */
export const seed = OptionText.natural("seed", 0).pipe(
  Options.withDescription("Seed of the search: the same seed suggests the same runs."),
  Options.optional
)

/** How often a failed run is run again. */
export const retries = OptionText.stated("retries", "N", Environment.retries).pipe(
  OptionText.said(OptionText.naturalOf(0)),
  Options.withDescription("How often a run that failed or crashed is run again, later and later (SWEEPLINE_RETRIES)."),
  Options.optional
)

/** How long a run that was asked to end may take. */
export const grace = OptionText.duration("grace", Environment.grace).pipe(
  OptionText.said(OptionText.readDuration),
  Options.withDescription("Time a run has to end when it is stopped, for example 30s (SWEEPLINE_GRACE)."),
  Options.optional
)

/** The project that runs are told of. */
export const project = OptionText.stated("project", "NAME", Environment.project).pipe(
  OptionText.said(OptionText.verbatim),
  Options.withAlias("p"),
  Options.withDescription("Project name that runs see as WANDB_PROJECT (WANDB_PROJECT)."),
  Options.optional
)

/** The project on W&B; the settings say it otherwise. */
export const wandbProject = Options.text("project").pipe(
  Options.withPseudoName("NAME"),
  Options.withAlias("p"),
  Options.withDescription("The W&B project (WANDB_PROJECT, or the settings file)."),
  Options.optional
)

/** The person or team on W&B; the settings say it otherwise. */
export const entity = Options.text("entity").pipe(
  Options.withPseudoName("NAME"),
  Options.withAlias("e"),
  Options.withDescription("The W&B user or team (WANDB_ENTITY, or the settings file, or the key's own)."),
  Options.optional
)

/** Runs that the search of a sweep on W&B takes as its history. */
export const priorRun = Options.text("prior-run").pipe(
  Options.withPseudoName("RUN"),
  Options.withAlias("R"),
  Options.withDescription("A run of the project that the search learns from; may be given several times."),
  Options.repeated
)

/** On which side the sweep is, for a command that usually works on this folder. */
export const backend = Backend.option("embedded")

/** All that says where a sweep is. */
export const place = { dir, backend, entity, project: wandbProject }

/** Where the W&B SDK logs to. */
export const wandbSdk = OptionText.stated("wandb-sdk", "local|own", Environment.wandbSdk).pipe(
  Options.withDescription(
    "Where runs that use the W&B SDK log: local, to this sweep, or own, to the server of your own W&B settings (SWEEPLINE_WANDB_SDK)."
  ),
  OptionText.said(({ by, text }) =>
    isWandbSdk(text)
      ? Effect.succeed(text)
      : Effect.fail(OptionText.invalid(`${by} takes local or own, not "${text}".`))
  ),
  Options.optional
)

const isWandbSdk = Schema.is(WandbSdk)

/** A configuration to try first. */
export const start = Options.text("start").pipe(
  Options.withPseudoName("POINT"),
  Options.withDescription("A configuration to try first, like lr=0.1,layers=2 or JSON; may be given again."),
  Options.repeated
)

/** Earlier results. */
export const priorRunFile = Options.text("prior-run").pipe(
  Options.withPseudoName("FILE"),
  Options.withDescription("Earlier results to learn from, CSV or JSON lines as export writes; may be given again."),
  Options.repeated
)

/** In the background. */
export const detach = Options.boolean("detach").pipe(
  Options.withDescription("Work in the background, and return; watch it with sweepline attach.")
)

/** How many runs at a time from now on; no variable stands in for it. */
export const newWorkers = OptionText.stated("workers", "N").pipe(
  OptionText.said(OptionText.workersOf),
  Options.withAlias("w"),
  Options.withDescription("Runs at a time from now on; what runs goes on."),
  Options.optional
)

/** How often a run is tried again from now on; no variable stands in for it. */
export const newRetries = OptionText.stated("retries", "N").pipe(
  OptionText.said(OptionText.naturalOf(0)),
  Options.withDescription("How often a run that fails or crashes from now on is run again."),
  Options.optional
)

/** Values of a sweep config. */
export const set = Options.text("set").pipe(
  Options.withPseudoName("PATH=VALUE"),
  Options.withDescription("A value of the config, like parameters.lr.max=0.1; may be given again."),
  Options.repeated
)

/** Another config for a sweep that goes on. */
export const newFile = Options.text("file").pipe(
  Options.withPseudoName("FILE"),
  Options.withDescription("The whole config anew, from a file; method, metric and parameter names must stay."),
  Options.optional
)

/** Print the commands only. */
export const dryRun = Options.boolean("dry-run").pipe(
  Options.withDescription("Print the commands of the first runs, and run nothing.")
)

/** How many. */
export const limit = OptionText.natural("limit", 1).pipe(
  Options.withAlias("n"),
  Options.withDescription("How many to print."),
  Options.optional
)

/** Keep printing as it comes. */
export const follow = Options.boolean("follow").pipe(
  Options.withAlias("f"),
  Options.withDescription("Go on printing until the run ends.")
)

/** Which attempt's output. */
export const attempt = OptionText.natural("attempt", 1).pipe(
  Options.withDescription("Which attempt of the run; otherwise the last that was started."),
  Options.optional
)

/** A run's command line, to be pasted into a shell. */
export const command = Options.boolean("command").pipe(
  Options.withDescription("Print only the command that runs it, ready to paste into a shell.")
)

/** Why a run was stopped, or a sweep ended. */
export const why = Options.boolean("why").pipe(
  Options.withDescription("Print only why: of a run what stopped it, by which rung and which runs; of a sweep its end.")
)

/** The history of a sweep or a run. */
export const events = Options.boolean("events").pipe(
  Options.withDescription("Print what the scheduler did and learned, event by event, from its journal.")
)

/** A moment of a sweep. */
export const until = Options.text("until").pipe(
  Options.withPseudoName("WHEN"),
  Options.withDescription("After how many events, or when: 250, 2026-12-31T18:00, or 90m after the first."),
  Options.mapEffect((text): Effect.Effect<SweepHistory.Until, ValidationError> => {
    if (/^[0-9]+$/.test(text)) return Effect.succeed({ _tag: "Events", count: Number(text) })
    const at = OptionText.dateOf(text)
    if (Number.isFinite(at)) return Effect.succeed({ _tag: "Time", at })
    return Option.match(durationOf(text), {
      onNone: () =>
        Effect.fail(OptionText.invalid(`"${text}" is no moment for --until. Write 250, 90m, or 2026-12-31T18:00.`)),
      onSome: (after) => Effect.succeed({ _tag: "After", millis: Duration.toMillis(after) } as const)
    })
  }),
  Options.optional
)

/** The format of an export. */
export const format = WordOption.option("format", ["csv", "jsonl"]).pipe(
  Options.withDescription(
    "csv: a line per run. jsonl: an object per run. Otherwise as the name of the file ends, or csv."
  ),
  Options.optional
)

/** The format that other commands have under this name. */
export const exportJson = Options.boolean("json").pipe(Options.withDescription("The same as --format jsonl."))

/** Export metric rows instead of runs. */
export const history = Options.boolean("history").pipe(
  Options.withDescription("Every row that the runs logged, instead of one line per run.")
)

/** Where an export goes. */
export const output = Options.text("output").pipe(
  Options.withPseudoName("FILE"),
  Options.withAlias("o"),
  Options.withDescription("The file to write; otherwise, and for -, standard output."),
  Options.optional
)

/** How often a configuration is run. */
export const times = OptionText.natural("times", 1).pipe(
  Options.withDescription("How often to run it."),
  Options.withDefault(1)
)

/** The sweep config. */
export const sweepFile = Args.text({ name: "sweep.yaml" }).pipe(
  Args.withDescription("The sweep config, as written for W&B Sweeps; - reads it from standard input.")
)

/** A sweep's id; the newest one where it is left out. */
export const sweep = Args.text({ name: "sweep" }).pipe(
  Args.withDescription("A sweep's id, the start of it, or its name; otherwise the newest sweep."),
  Args.optional
)

/** A sweep that has to be named. */
export const oneSweep = Args.text({ name: "sweep" }).pipe(
  Args.withDescription("A sweep's id, the start of it, or its name.")
)

/** Also where it goes on. */
export const force = Options.boolean("force").pipe(
  Options.withDescription("Also one that goes on: it is cancelled, and its runs are ended first.")
)

/** A sweep or a run. */
export const sweepOrRun = Args.text({ name: "sweep-or-run" }).pipe(
  Args.withDescription("The id of a sweep or a run, or the start of it; otherwise the newest sweep."),
  Args.optional
)

/** A run's id, where W&B may have the run, sweep or none. */
export const anyRun = Args.text({ name: "run" }).pipe(
  Args.withDescription("A run's id, or the start of it; of a run on W&B the whole id, or ENTITY/PROJECT/RUN.")
)

/** A run's id. */
export const run = Args.text({ name: "run" }).pipe(Args.withDescription("A run's id, or the start of it."))
