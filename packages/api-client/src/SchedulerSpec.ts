/** What `launch-sweep` asks W&B to start as a sweep's scheduler (G.1–G.3). */
import * as PythonJson from "@sweepline/core/PythonJson"
import * as PythonText from "@sweepline/core/PythonText"
import { isDict, isTruthy, type PythonDict, type PythonValue } from "@sweepline/core/PythonValue"
import * as Either from "effect/Either"
import * as QueueProject from "./QueueProject.js"

/** A user's file, taken apart (G.1). */
export interface Sections {
  /** Where and how the sweep's runs are launched. */
  readonly launch: PythonDict
  /** How its scheduler is, without `settings`. */
  readonly scheduler: PythonDict
  /** `scheduler.settings`. */
  readonly settings: PythonDict
  /** The rest: the sweep config. */
  readonly sweep: PythonDict
}

/** Takes a file apart; a section that is null is an empty one (RD34). Left: the section that is no mapping. */
export const sections = (document: PythonDict): Either.Either<Sections, string> =>
  Either.gen(function* () {
    const launch = yield* dictAt("launch", document.get("launch"))
    const scheduler = yield* dictAt("scheduler", document.get("scheduler"))
    const settings = yield* dictAt("scheduler.settings", scheduler.get("settings"))
    return {
      launch,
      scheduler: without(scheduler, "settings"),
      settings,
      sweep: without(document, "launch", "scheduler")
    }
  })

/** What the scheduler of a sweep was started with before, from the text that the server keeps (G.2). */
export const previous = (text: string | undefined): Omit<Sections, "sweep"> & { readonly job: string | undefined } => {
  const spec = parsed(parsed(text).get("run_spec"))
  const overrides = dictOf(spec.get("overrides"))
  const config = dictOf(overrides.get("run_config"))
  const resources = new Map([...spec].filter(([key]) => key === "resource" || key === "resource_args"))
  const job = spec.get("job")
  return {
    launch: dictOf(config.get("launch")),
    scheduler: new Map([...dictOf(config.get("scheduler")), ...resources]),
    settings: dictOf(config.get("settings")),
    job: typeof job === "string" && job !== "" ? job : undefined
  }
}

/** What a person passes goes over what the sweep was launched with before (RD22). */
export const merge = (before: Omit<Sections, "sweep">, given: Omit<Sections, "sweep">): Omit<Sections, "sweep"> => ({
  launch: new Map([...before.launch, ...given.launch]),
  scheduler: new Map([...before.scheduler, ...given.scheduler]),
  settings: new Map([...before.settings, ...given.settings])
})

/** What a scheduler is started for. */
export interface Options extends Sections {
  readonly entity: string
  readonly project: string
  readonly queue: string
  readonly author: string | undefined
  /** Quotes values on the scheduler's command line as the reference does, also where no shell needs it (RD21). */
  readonly referenceQuoting?: boolean | undefined
}

/**
 * The `launchScheduler` of a sweep, byte for byte as W&B's own client has it, its run spec as text within. Left: a
 * sentence on what keeps it from being started.
 */
export const make = (options: Options): Either.Either<PythonDict, string> =>
  Either.gen(function* () {
    const { entity, launch, project, queue, scheduler, settings } = options
    const job = textAt(scheduler, "job")
    const image = textAt(scheduler, "docker_image")
    const resource = textAt(scheduler, "resource") ?? (job === undefined ? "local-process" : "local-container")
    if (resource === "local-process" && (job !== undefined || image !== undefined)) {
      yield* Either.left(
        `scheduler.resource is local-process, which can't run ${job === undefined ? "scheduler.docker_image" : "scheduler.job"}: name another resource, such as local-container.`
      )
    }
    const program = yield* programOf(options.sweep)
    const runConfig = new Map<string, PythonValue>()
    for (const [key, section] of Object.entries({ launch, scheduler, settings })) {
      if (section.size > 0) runConfig.set(key, section)
    }
    const overrides = new Map<string, PythonValue>([["run_config", runConfig]])
    if (job === undefined) {
      overrides.set("args", argumentsOf(options, program))
      overrides.set("entry_point", ["wandb", "scheduler", sweepPlaceholder])
    } else runConfig.set("sweep_args", sweepArguments(options, program))
    const resourceArgs = scheduler.get("resource_args")
    const registry = launch.get("registry")
    const url = isDict(registry) ? textAt(registry, "url") : undefined
    const spec = new Map<string, PythonValue>([
      ["overrides", overrides],
      ["uri", "placeholder-uri-scheduler"],
      ...entry("job", job),
      ["entity", entity],
      ["project", project],
      ["name", `Scheduler.${sweepPlaceholder}`],
      ["docker", new Map(entry("docker_image", image))],
      ["resource", resource],
      ["git", new Map()],
      ...(isTruthy(resourceArgs) ? entry("resource_args", resourceArgs) : []),
      ["run_id", sweepPlaceholder],
      ...(url === undefined ? [] : entry("registry", new Map([["url", url]])))
    ])
    return new Map<string, PythonValue>([
      ["queue", queue],
      ["run_queue_project", QueueProject.modelRegistry],
      ["run_spec", PythonJson.stringify(spec)]
    ])
  })

/** The one job or image that a sweep's runs execute (G.3.1). Left: there is none, or both. */
export const programOf = (
  sweep: PythonDict
): Either.Either<{ readonly key: "job" | "image_uri"; readonly value: string }, string> => {
  const job = textAt(sweep, "job")
  const image = textAt(sweep, "image_uri")
  if (job !== undefined && image !== undefined) {
    return Either.left("The config has both job and image_uri, and a run executes one of them: remove the other.")
  }
  if (job !== undefined) return Either.right({ key: "job", value: job })
  if (image !== undefined) return Either.right({ key: "image_uri", value: image })
  return Either.left("The config names neither a job nor an image_uri for the sweep's runs: add one of them.")
}

// internal

/** The server puts the sweep's id in its place (F.6). */
const sweepPlaceholder = "WANDB_SWEEP_ID"

type Program = Either.Either.Right<ReturnType<typeof programOf>>

const argumentsOf = ({ author, project, queue, referenceQuoting }: Options, program: Program): Array<string> => {
  const quoted = (value: string) =>
    referenceQuoting === true || !/^[\w@%+=:,./-]+$/.test(value) ? PythonText.repr(value) : value
  return [
    "--queue",
    quoted(queue),
    "--project",
    quoted(project),
    ...(author === undefined ? [] : ["--author", quoted(author)]),
    ...(program.key === "job" ? ["--job", quoted(program.value)] : ["--image_uri", program.value])
  ]
}

const sweepArguments = ({ author, project, queue }: Options, { key, value }: Program): PythonDict =>
  new Map([
    ["sweep_id", sweepPlaceholder],
    ["queue", queue],
    ["project", project],
    [key, value],
    ...(author === undefined ? [] : [["author", author] as const])
  ])

const entry = (key: string, value: PythonValue | undefined): ReadonlyArray<readonly [string, PythonValue]> =>
  value === undefined ? [] : [[key, value]]

const textAt = (dict: PythonDict, key: string): string | undefined => {
  const value = dict.get(key)
  return typeof value === "string" && value !== "" ? value : undefined
}

const without = (dict: PythonDict, ...keys: ReadonlyArray<string>): PythonDict =>
  new Map([...dict].filter(([key]) => !keys.includes(key)))

const dictAt = (path: string, value: PythonValue | undefined): Either.Either<PythonDict, string> => {
  if (value === undefined || value === null) return Either.right(new Map())
  return isDict(value) ? Either.right(value) : Either.left(`${path} must be a mapping, not ${PythonText.repr(value)}.`)
}

const dictOf = (value: PythonValue | undefined): PythonDict => (isDict(value) ? value : new Map<string, PythonValue>())

/** JSON text, or what a server has read of it already. */
const parsed = (value: PythonValue | undefined): PythonDict =>
  typeof value === "string" ? Either.getOrElse(PythonJson.parseDict(value), (): PythonDict => new Map()) : dictOf(value)
