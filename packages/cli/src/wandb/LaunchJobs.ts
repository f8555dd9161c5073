/** What a launch agent starts for an item of a queue, as `local-process` does (E.3.5). */
import * as FileSystem from "@effect/platform/FileSystem"
import * as HttpClient from "@effect/platform/HttpClient"
import type { HttpClientError } from "@effect/platform/HttpClientError"
import type { HttpClientResponse } from "@effect/platform/HttpClientResponse"
import * as Path from "@effect/platform/Path"
import * as JobSource from "@sweepline/api-client/JobSource"
import type { Launch } from "@sweepline/api-client/LaunchAgentQueue"
import { WandbClient } from "@sweepline/api-client/WandbClient"
import { WandbSettings } from "@sweepline/api-client/WandbSettings"
import type { Job } from "@sweepline/core/Executor"
import { JobBuilder } from "@sweepline/core/JobBuilder"
import { LaunchError } from "@sweepline/core/LaunchError"
import * as PythonJson from "@sweepline/core/PythonJson"
import { QueueItemId } from "@sweepline/core/QueueItemId"
import * as RunKey from "@sweepline/core/RunKey"
import * as RunFolder from "@sweepline/executors/RunFolder"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as HttpProblem from "./HttpProblem.js"

/** Where things are, absolute, and how sweepline itself is started. */
export interface Options {
  readonly runsDirectory: string
  readonly workingDirectory: string
  readonly sweepline: readonly [string, ...ReadonlyArray<string>]
  /** The launch of a key. */
  readonly launch: (key: RunKey.RunKey) => Launch | undefined
}

/** Builds the jobs of what a launch agent has taken. */
export const layer = (
  options: Options
): Layer.Layer<
  JobBuilder,
  never,
  FileSystem.FileSystem | HttpClient.HttpClient | Path.Path | WandbClient | WandbSettings
> =>
  Layer.effect(
    JobBuilder,
    Effect.gen(function* () {
      const context = yield* Effect.context<Services>()
      return {
        build: ({ key, run }) =>
          Effect.suspend(() => {
            const launch = options.launch(key)
            return launch === undefined ? invalid(run, "it isn't in any queue any more") : jobOf(options, launch)
          }).pipe(Effect.provide(context))
      }
    })
  )

/** The item for which the job of a key was started: it wrote it down before anything ran. */
export const itemOf =
  (runsDirectory: string) =>
  (key: RunKey.RunKey): Effect.Effect<Option.Option<QueueItemId>, never, FileSystem.FileSystem> =>
    Effect.flatMap(FileSystem.FileSystem, (fs) =>
      Effect.matchEffect(fs.readFileString(`${RunFolder.make(runsDirectory, key).run}/${itemFile(key)}`), {
        // Emptied by a power cut, it says nothing.
        onSuccess: (text) => Effect.succeed(decodeItem(text)),
        onFailure: (error) =>
          Effect.as(
            error._tag === "SystemError" && error.reason === "NotFound"
              ? Effect.void
              : Effect.logWarning("Could not read which queue item a run was started for", error),
            Option.none()
          )
      })
    )

// internal

const decodeItem = Schema.decodeOption(QueueItemId)

/** The name of the file in a run's folder that says which item an attempt of it is. */
const itemFile = (key: RunKey.RunKey): string => `queue-item-${RunKey.attempt(key)}`

type Services = FileSystem.FileSystem | HttpClient.HttpClient | Path.Path | WandbClient | WandbSettings

/** The run's own folder, as the engine makes it: a run may have a name that no folder can have. */
const folderOf = ({ runsDirectory }: Options, { key }: Launch): string => RunFolder.make(runsDirectory, key).run

const jobOf = Effect.fnUntraced(function* (options: Options, launch: Launch) {
  const { baseUrl } = yield* WandbSettings
  const { id, item, queue, run } = launch
  const folder = folderOf(options, launch)
  const { code, command } = yield* commandOf(options, launch)
  const [first, ...rest] = [...command, ...item.args]
  if (first === undefined) return yield* invalid(run, "its spec says nothing to run")
  const env = new Map<string, string | undefined>([
    ["WANDB_BASE_URL", baseUrl],
    ["WANDB_PROJECT", item.project],
    ["WANDB_ENTITY", item.entity],
    ["WANDB_LAUNCH", "True"],
    ["WANDB_RUN_ID", run],
    ["WANDB_USERNAME", item.author],
    ["WANDB_SWEEP_ID", item.sweep],
    ["WANDB_NAME", item.name],
    ["WANDB_LAUNCH_QUEUE_NAME", queue],
    ["WANDB_LAUNCH_QUEUE_ENTITY", item.entity],
    ["WANDB_LAUNCH_TRACE_ID", id],
    ["WANDB_CONFIG", PythonJson.stringify(item.runConfig)],
    ["WANDB_ARTIFACTS", "{}"],
    ["WANDB_DIR", folder],
    ["WANDB_SERVICE", undefined]
  ])
  return {
    argv: [first, ...rest],
    env,
    cwd: code ?? options.workingDirectory,
    files: new Map([[itemFile(launch.key), id]])
  } satisfies Job
})

/** What an item executes, and where its code is. */
const commandOf = Effect.fnUntraced(function* (options: Options, launch: Launch) {
  const { item } = launch
  if (item.isScheduler && item.job === undefined) {
    const [, , ...rest] = item.entryPoint
    // In the place of `wandb scheduler`, with the same arguments.
    const command = item.entryPoint[1] === "scheduler" ? [...options.sweepline, "scheduler", ...rest] : item.entryPoint
    return { command, code: undefined }
  }
  if (item.job === undefined) return { command: item.entryPoint, code: undefined }
  const { code, entryPoint } = yield* fetchJob(options, item.job, launch)
  return { command: item.entryPoint.length > 0 ? item.entryPoint : entryPoint, code }
})

/** Puts the code of a job into the run's folder. */
const fetchJob = Effect.fnUntraced(function* (options: Options, name: string, launch: Launch) {
  const { run } = launch
  const client = yield* WandbClient
  const path = yield* Path.Path
  const artifact = JobSource.parse(name)
  if (artifact === undefined) return yield* invalid(run, `${name} is no full name of a job`)
  const description = (yield* JobSource.files(client, artifact)).find((file) => file.name === JobSource.fileName)
  if (description === undefined) return yield* invalid(run, `${name} is no job: it has no ${JobSource.fileName}`)
  const text = yield* fetched(description.url, run, (response) => response.text)
  const { source, source_type } = yield* Effect.mapError(JobSource.decode(text), () =>
    problem(run, `the ${JobSource.fileName} of ${name} can't be read`)
  )
  if (source_type !== "artifact" || source.artifact === undefined) {
    return yield* invalid(
      run,
      `the code of ${name} is in ${sources.get(source_type) ?? source_type}, and sweepline launch-agent takes jobs whose code is an artifact (wandb job create code); wandb launch-agent takes it`
    )
  }
  const folder = path.join(folderOf(options, launch), "code")
  for (const file of yield* JobSource.files(client, yield* JobSource.byId(client, source.artifact))) {
    yield* store(folder, file, run)
  }
  return { code: folder, entryPoint: source.entrypoint ?? [] }
})

/** Where the code of a job may be besides. */
const sources: ReadonlyMap<string, string> = new Map([
  ["repo", "a git repository"],
  ["image", "an image"]
])

const store = Effect.fnUntraced(function* (folder: string, { name, url }: JobSource.ArtifactFile, run: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const target = path.resolve(folder, name)
  if (!target.startsWith(`${folder}${path.sep}`))
    return yield* invalid(run, `its code has a file outside of it: ${name}`)
  const bytes = yield* fetched(url, run, (response) => response.arrayBuffer)
  yield* Effect.zipRight(
    fs.makeDirectory(path.dirname(target), { recursive: true }),
    fs.writeFile(target, new Uint8Array(bytes))
  ).pipe(Effect.mapError(({ message }) => problem(run, `its code can't be written: ${message}`)))
})

/** Direct addresses are signed: no credentials go along (B.6.3). What may pass is asked again. */
const fetched = <A>(
  url: string,
  run: string,
  read: (response: HttpClientResponse) => Effect.Effect<A, HttpClientError>
): Effect.Effect<A, LaunchError, HttpClient.HttpClient> =>
  Effect.flatMap(HttpClient.HttpClient, (client) =>
    client.pipe(
      HttpClient.filterStatusOk,
      HttpClient.retryTransient({ schedule: fetchSchedule }),
      (it) => it.get(url),
      Effect.flatMap(read)
    )
  ).pipe(Effect.mapError((error) => problem(run, `its code can't be fetched: ${HttpProblem.of(error)}`)))

/** After one, two and four seconds. */
const fetchSchedule = Schedule.exponential("1 second").pipe(Schedule.intersect(Schedule.recurs(3)))

const problem = (run: string, detail: string) => new LaunchError({ reason: "InvalidSpec", run, detail })

const invalid = (run: string, detail: string) => Effect.fail(problem(run, detail))
