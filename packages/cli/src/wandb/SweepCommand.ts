import { GetSweepState } from "@sweepline/api-client/operations/GetSweepState"
import * as SweepUpsert from "@sweepline/api-client/SweepUpsert"
import * as SweepYaml from "@sweepline/api-client/SweepYaml"
import { execute, WandbClient } from "@sweepline/api-client/WandbClient"
import { WandbProject } from "@sweepline/api-client/WandbProject"
import { WandbSettings } from "@sweepline/api-client/WandbSettings"
import { isDict, type PythonDict, type PythonValue } from "@sweepline/core/PythonValue"
import { SweepNotFoundError } from "@sweepline/core/SweepNotFoundError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { Output } from "../Output.js"
import * as Shell from "../Shell.js"
import { UsageError } from "../UsageError.js"
import * as ConfigFile from "./ConfigFile.js"
import * as Place from "./Place.js"
import * as ProjectName from "./ProjectName.js"
import { url } from "./SchedulerView.js"
import { Surroundings } from "./Surroundings.js"
import type * as SweepPath from "./SweepPath.js"
import * as Path from "./SweepPath.js"
import * as SweepSteering from "./SweepSteering.js"
import * as WandbBackend from "./WandbBackend.js"

/** The command line of `sweep` (G.5). */
export interface Given extends Place.Given {
  readonly configOrSweep: string
  readonly name: Option.Option<string>
  readonly program: Option.Option<string>
  readonly settings: Option.Option<string>
  readonly controller: boolean
  readonly verbose: boolean
  readonly update: Option.Option<string>
  readonly priorRun: ReadonlyArray<string>
  readonly stop: boolean
  readonly cancel: boolean
  readonly pause: boolean
  readonly resume: boolean
  readonly json: boolean
}

const targets = { stop: "FINISHED", cancel: "CANCELED", pause: "PAUSED", resume: "RUNNING" } as const

/** Creates a sweep on a W&B server, changes one, or sets its state (G.5). */
export const run = Effect.fnUntraced(function* (given: Given) {
  const flags = (["stop", "cancel", "pause", "resume"] as const).filter((flag) => given[flag])
  const [flag] = flags
  if (flag === undefined) return yield* upsert(given)
  const asked = [...flags, ...(Option.isSome(given.update) ? ["update"] : [])]
  if (asked.length > 1) {
    return yield* new UsageError({ message: `${asked.map((it) => `--${it}`).join(" and ")}: give one of them.` })
  }
  yield* SweepSteering.steer({ ...given, sweep: Option.some(given.configOrSweep), target: targets[flag] })
})

// internal

const upsert = Effect.fnUntraced(function* (given: Given) {
  const file = yield* ConfigFile.read(given.configOrSweep)
  const config = yield* configured(file.document, given)
  const { cwd, environment } = yield* Surroundings
  const path = Option.isNone(given.update) ? undefined : yield* Path.parse(given.update.value)
  const wanted = Place.ofConfig(given, environment, config)
  const place = path === undefined ? wanted : Path.overrides(path, wanted)
  const program = config.get("program")
  const guessed = yield* ProjectName.guess(cwd, typeof program === "string" ? program : undefined)
  yield* send({ given, file, config, path }).pipe(
    Effect.provide(WandbBackend.project(place, { project: guessed })),
    Effect.withSpan("SweepCommand.upsert")
  )
})

const send = Effect.fnUntraced(function* (options: {
  readonly given: Given
  readonly file: ConfigFile.ConfigFile
  readonly config: PythonDict
  readonly path: SweepPath.SweepPath | undefined
}) {
  const { config, file, given, path } = options
  const output = yield* Output
  const client = yield* WandbClient
  const place = yield* WandbProject
  const { appUrl } = yield* WandbSettings
  const yaml = yield* Either.mapLeft(SweepYaml.make(config), (message) => new UsageError({ message }))
  if (given.verbose) yield* output.warn(yaml.trimEnd())
  for (const sentence of yield* ConfigFile.advice(file)) yield* output.warn(sentence)
  const id = path === undefined ? undefined : yield* wireId(path)
  const upserted = yield* SweepUpsert.upsertSweep(client, { ...place, id, config: yaml, priorRuns: given.priorRun })
  const { entity, project } = upserted.place ?? place
  const { sweep, warnings } = upserted
  const address = url({ appUrl, entity, project, sweep })
  if (warnings.length > 0) {
    yield* output.warn("W&B warns of the config:", ...warnings.map((text, n) => `  ${n + 1}. ${text}`))
  }
  if (given.json) {
    const type = id === undefined ? "SweepCreated" : "SweepUpdated"
    return yield* output.json({ type, sweep, entity, project, url: address, warnings: [...warnings] })
  }
  yield* output.print(
    `${id === undefined ? "Created" : "Updated"} sweep with ID: ${output.colors.bold(sweep)}`,
    `View sweep at: ${address}`,
    `Run sweep agent with: sweepline agent ${Shell.quote(`${entity}/${project}/${sweep}`)}`,
    ...(localController(config)
      ? [`Its search is a local controller's: start one with: wandb controller ${sweep}`]
      : [])
  )
})

/** The config of the file, with what the command line says over it. */
const configured = (
  document: PythonDict,
  { controller, name, program, settings }: Given
): Either.Either<PythonDict, UsageError> =>
  Either.gen(function* () {
    const config = new Map<string, PythonValue>(document)
    if (Option.isSome(name)) config.set("name", name.value)
    if (Option.isSome(program)) config.set("program", program.value)
    if (Option.isSome(settings)) {
      const before = config.get("settings")
      config.set("settings", new Map([...(isDict(before) ? before : []), ...(yield* assignments(settings.value))]))
    }
    if (controller) {
      const before = config.get("controller")
      config.set("controller", new Map<string, PythonValue>(isDict(before) ? before : []).set("type", "local"))
    }
    return config
  })

const assignments = (text: string): Either.Either<ReadonlyArray<readonly [string, string]>, UsageError> =>
  Either.all(
    text.split(",").map((assignment) => {
      const [name = "", ...value] = assignment.split("=")
      return name === "" || value.length === 0
        ? Either.left(new UsageError({ message: `--settings takes name=value,name=value, not "${text}".` }))
        : Either.right([name, value.join("=")] as const)
    })
  )

const localController = (config: PythonDict): boolean => {
  const controller = config.get("controller")
  return isDict(controller) && controller.get("type") === "local"
}

/** The id by which the server knows a sweep that is to be changed. */
const wireId = Effect.fnUntraced(function* ({ sweep }: SweepPath.SweepPath) {
  const client = yield* WandbClient
  const place = yield* WandbProject
  const { project } = yield* execute(client, GetSweepState, { ...place, sweep }, { doing: `read sweep ${sweep}` })
  if (project?.sweep) return project.sweep.id
  const hint = `It was looked for in ${place.entity}/${place.project}.`
  return yield* new SweepNotFoundError({ kind: "sweep", id: sweep, hint })
})
