import { Sweep } from "@sweepline/api-client/operations/Sweep"
import { Viewer } from "@sweepline/api-client/operations/Viewer"
import * as QueueProject from "@sweepline/api-client/QueueProject"
import * as RetryPolicy from "@sweepline/api-client/RetryPolicy"
import * as SchedulerSpec from "@sweepline/api-client/SchedulerSpec"
import { SettingsError } from "@sweepline/api-client/SettingsError"
import * as SweepUpsert from "@sweepline/api-client/SweepUpsert"
import * as SweepYaml from "@sweepline/api-client/SweepYaml"
import { execute, WandbClient } from "@sweepline/api-client/WandbClient"
import { WandbProject } from "@sweepline/api-client/WandbProject"
import { WandbSettings } from "@sweepline/api-client/WandbSettings"
import type { PythonDict, PythonValue } from "@sweepline/core/PythonValue"
import { SchedulerError } from "@sweepline/core/SchedulerError"
import * as SchedulerConfig from "@sweepline/core/SchedulerConfig"
import * as SweepConfig from "@sweepline/core/SweepConfig"
import { SweepNotFoundError } from "@sweepline/core/SweepNotFoundError"
import * as SweepState from "@sweepline/core/SweepState"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { Output } from "../Output.js"
import { UsageError } from "../UsageError.js"
import * as ConfigFile from "./ConfigFile.js"
import * as Place from "./Place.js"
import * as Preflight from "./Preflight.js"
import { url } from "./SchedulerView.js"
import * as SweepPath from "./SweepPath.js"
import * as WandbBackend from "./WandbBackend.js"

/** The command line of `launch-sweep` (G.1). */
export interface Given extends Place.Given {
  readonly config: Option.Option<string>
  readonly queue: Option.Option<string>
  readonly resumeId: Option.Option<string>
  readonly priorRun: ReadonlyArray<string>
  readonly referenceQuoting: boolean
  readonly json: boolean
}

/**
 * Creates a sweep whose scheduler a launch agent starts from a queue, or launches the scheduler of one anew (G.1–G.3).
 * What would keep it or its runs from being launched is told before anything is sent.
 */
export const run = Effect.fnUntraced(function* (given: Given) {
  if (Option.isNone(given.config) && Option.isNone(given.resumeId)) {
    return yield* usage("Give a config, or a sweep to launch anew with --resume-id. See: sweepline launch-sweep --help")
  }
  const file = Option.isNone(given.config) ? undefined : yield* ConfigFile.read(given.config.value)
  const path = Option.isNone(given.resumeId) ? undefined : yield* SweepPath.parse(given.resumeId.value)
  const options = Place.ofOptions(given)
  const overrides = path === undefined ? options : SweepPath.overrides(path, options)
  yield* launch({ given, file, path }).pipe(Effect.provide(WandbBackend.layer({ overrides })))
})

// internal

const launch = Effect.fnUntraced(function* (options: {
  readonly given: Given
  readonly file: ConfigFile.ConfigFile | undefined
  readonly path: SweepPath.SweepPath | undefined
}) {
  const { file, given, path } = options
  const output = yield* Output
  const client = yield* WandbClient
  const settings = yield* WandbSettings
  if (settings.entity === undefined) return yield* noEntity
  const place = yield* WandbProject
  const sections = yield* Either.mapLeft(SchedulerSpec.sections(file?.document ?? new Map()), invalid)
  const known = path === undefined ? undefined : yield* resumed(path)
  const what = yield* withWorkers(known === undefined ? yield* fresh(sections) : yield* renewed(sections, known))
  for (const sentence of what.warnings) yield* output.warn(`sweepline: ${sentence}`)
  const queue = yield* queueOf(given, what.launch)
  const author = yield* authorOf(place.entity)
  const launchScheduler = yield* Either.mapLeft(
    SchedulerSpec.make({ ...what, ...place, queue, author, referenceQuoting: given.referenceQuoting }),
    invalid
  )
  yield* feasible(what, { ...place, queue })
  const yaml = yield* Either.mapLeft(SweepYaml.make(what.sweep), (message) => new UsageError({ message }))
  const upserted = yield* SweepUpsert.upsertSweep(client, {
    ...place,
    id: known?.id,
    config: yaml,
    state: "PENDING",
    launchScheduler,
    templateVariables: what.scheduler.get("template_variables"),
    priorRuns: given.priorRun
  })
  const { sweep, warnings } = upserted
  const at = { ...place, ...upserted.place, sweep }
  const address = url({ ...at, appUrl: settings.appUrl })
  if (warnings.length > 0) {
    yield* output.warn("W&B warns of the config:", ...warnings.map((text, n) => `  ${n + 1}. ${text}`))
  }
  const resuming = known !== undefined
  yield* given.json
    ? output.json({ type: "SweepLaunched", ...at, queue, url: address, resumed: resuming, warnings: [...warnings] })
    : output.print(
        `${resuming ? "Resumed" : "Created"} sweep with ID: ${output.colors.bold(sweep)}`,
        `View sweep at: ${address}`,
        `Scheduler added to launch queue (${queue})`
      )
})

/** A sweep that is about to be launched. */
interface Launch extends SchedulerSpec.Sections {
  readonly warnings: ReadonlyArray<string>
}

/** A new sweep: with a scheduler job, the method is that job's business (G.1). */
const fresh = (sections: SchedulerSpec.Sections): Either.Either<Launch, UsageError> => {
  if (sections.sweep.size === 0) {
    return usage("The config has no sweep in it: write at least method and parameters beside launch and scheduler.")
  }
  const method = sections.sweep.get("method")
  if (!hasJob(sections.scheduler)) return Either.right({ ...sections, warnings: [] })
  const foreign = method !== undefined && method !== null && method !== "custom"
  const settings = foreign ? withKey(sections.settings, "method", method) : sections.settings
  const warnings = foreign
    ? ["With a scheduler job, write the method as scheduler.settings.method, and leave it out of the sweep."]
    : []
  return Either.right({
    ...sections,
    settings,
    sweep: withKey(sections.sweep, "method", settings.get("method") ?? "custom"),
    warnings
  })
}

/** A sweep whose scheduler is launched anew: its config stays, the sections go over the earlier ones (G.2, RD22). */
const renewed = (
  sections: SchedulerSpec.Sections,
  known: { readonly config: PythonDict; readonly scheduler: string | undefined }
): Either.Either<Launch, UsageError> => {
  const before = SchedulerSpec.previous(known.scheduler)
  const job = sections.scheduler.get("job")
  if (before.job !== undefined && job !== undefined && job !== before.job) {
    return usage(`The sweep was launched with the scheduler job ${before.job}, and can't go on with another one.`)
  }
  const warnings =
    sections.sweep.size === 0
      ? []
      : [`The sweep keeps its config; what the file says is left out: ${[...sections.sweep.keys()].join(", ")}.`]
  return Either.right({ ...SchedulerSpec.merge(before, sections), sweep: known.config, warnings })
}

/** What its scheduler will say of its number of workers, where it isn't a job of somebody's own. */
const withWorkers = (what: Launch): Either.Either<Launch, UsageError> => {
  if (hasJob(what.scheduler)) return Either.right(what)
  const ownConfig = new Map([["scheduler", what.scheduler]])
  return Either.mapBoth(SchedulerConfig.workers({ workers: undefined }, ownConfig, "scheduler.num_workers"), {
    onLeft: (message) => new UsageError({ message }),
    onRight: ({ warning }) => (warning === undefined ? what : { ...what, warnings: [...what.warnings, warning] })
  })
}

/** The sweep that is launched anew. */
const resumed = Effect.fnUntraced(function* ({ sweep }: SweepPath.SweepPath) {
  const client = yield* WandbClient
  const place = yield* WandbProject
  const { project } = yield* execute(client, Sweep, { ...place, sweep }, { doing: `read sweep ${sweep}` })
  const found = project?.sweep
  if (!found) {
    const hint = `It was looked for in ${place.entity}/${place.project}.`
    return yield* new SweepNotFoundError({ kind: "sweep", id: sweep, hint })
  }
  const state = Option.flatMap(Option.fromNullable(found.state), SweepState.fromText)
  if (Option.contains(state, "RUNNING")) {
    return yield* usage(`Sweep ${sweep} is RUNNING: it has a scheduler or an agent already. Pause it first.`)
  }
  if (Option.exists(state, SweepState.isTerminal)) {
    return yield* usage(`Sweep ${sweep} is ${found.state} and can't be resumed: what has ended stays as it is.`)
  }
  const config = yield* SweepConfig.parseDocument({ file: `sweep ${sweep}`, text: found.config })
  return { id: found.id, config, scheduler: found.scheduler }
})

/** What the scheduler would find out too late. */
const feasible = Effect.fnUntraced(function* (
  what: Launch,
  { entity, queue }: { readonly entity: string; readonly queue: string }
) {
  for (const name of [what.sweep.get("job"), what.scheduler.get("job")]) {
    if (typeof name === "string" && name !== "") yield* Preflight.jobExists(name)
  }
  yield* Preflight.queueExists({ entity, queueProject: QueueProject.modelRegistry, queue })
})

const queueOf = (given: Given, launch: PythonDict): Either.Either<string, UsageError> => {
  const named = Option.getOrElse(given.queue, () => launch.get("queue"))
  return typeof named === "string" && named !== ""
    ? Either.right(named)
    : usage("No queue is named: give --queue, or write launch.queue into the config.")
}

/** Who the runs are launched for: who is logged in, else the entity (G.1). */
const authorOf = Effect.fnUntraced(function* (entity: string) {
  const client = yield* WandbClient
  const asking = { doing: "ask who is logged in", policy: RetryPolicy.login }
  const { viewer } = yield* execute(client, Viewer, {}, asking)
  return viewer?.username ?? entity
})

const hasJob = (scheduler: PythonDict): boolean => {
  const job = scheduler.get("job")
  return typeof job === "string" && job !== ""
}

const withKey = (dict: PythonDict, key: string, value: PythonValue): PythonDict =>
  new Map<string, PythonValue>(dict).set(key, value)

const usage = (message: string): Either.Either<never, UsageError> => Either.left(new UsageError({ message }))

/** A config that can't be launched ends as a scheduler would that finds nothing to execute (RD25). */
const invalid = (detail: string): SchedulerError => new SchedulerError({ reason: "NoExecutable", detail })

const noEntity = new SettingsError({
  reason: "NoEntity",
  detail: "No entity is named: give --entity, or set WANDB_ENTITY."
})
