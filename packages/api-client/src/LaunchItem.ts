/** What a launch agent reads of a spec that it finds in a queue (E.3.3, H.1). */
import * as PythonText from "@sweepline/core/PythonText"
import { isDict, isList, type PythonDict, type PythonValue } from "@sweepline/core/PythonValue"
import { RunId } from "@sweepline/core/RunId"
import { SweepId } from "@sweepline/core/SweepId"
import * as Either from "effect/Either"

/** A launch, as its spec has it. */
export interface LaunchItem {
  /** `undefined`: whoever runs it chooses. */
  readonly run: RunId | undefined
  readonly name: string | undefined
  readonly entity: string
  readonly project: string
  readonly author: string | undefined
  /** The sweep that it is a run of. */
  readonly sweep: SweepId | undefined
  /** The job that it executes, by its full name. */
  readonly job: string | undefined
  /** The image that it executes. */
  readonly image: string | undefined
  /** Where its code is, if neither a job nor an image says. */
  readonly uri: string | undefined
  /** The kind of engine that it is for; `undefined`: whichever serves the queue. */
  readonly resource: string | undefined
  /** Whether it is the scheduler of a sweep, and not a run of one. */
  readonly isScheduler: boolean
  /** Instead of the job's own; empty where the job says. */
  readonly entryPoint: ReadonlyArray<string>
  /** After the entry point. */
  readonly args: ReadonlyArray<string>
  readonly runConfig: PythonDict
}

/** Reads a spec. Left: why it can't be run, as a sentence. */
export const read = (spec: PythonDict): Either.Either<LaunchItem, string> =>
  Either.gen(function* () {
    const overrides = yield* dictAt("overrides", spec.get("overrides"))
    const docker = yield* dictAt("docker", spec.get("docker"))
    const entity = textOf(spec.get("entity"))
    const project = textOf(spec.get("project"))
    if (entity === undefined || project === undefined) return yield* Either.left("The spec names no entity or project.")
    const run = textOf(spec.get("run_id"))
    const sweep = textOf(spec.get("sweep_id"))
    const isScheduler = spec.get("uri") === schedulerUri
    return {
      run: run === undefined ? undefined : RunId.make(run),
      name: textOf(spec.get("name")),
      entity,
      project,
      author: textOf(spec.get("author")),
      sweep: sweep === undefined ? undefined : SweepId.make(sweep),
      job: textOf(spec.get("job")),
      image: textOf(docker.get("docker_image")),
      uri: isScheduler ? undefined : textOf(spec.get("uri")),
      resource: textOf(spec.get("resource")),
      isScheduler,
      entryPoint: yield* wordsAt("overrides.entry_point", overrides.get("entry_point")),
      args: yield* wordsAt("overrides.args", overrides.get("args")),
      runConfig: yield* dictAt("overrides.run_config", overrides.get("run_config"))
    }
  })

/** Why an agent that starts processes of its own machine can't run a launch, as a sentence; `undefined` where it can. */
export const refusal = ({ image, resource, uri }: LaunchItem): string | undefined => {
  const instead = "sweepline launch-agent starts processes of its own machine; wandb launch-agent takes it."
  if (image !== undefined) return `It runs the image ${image}: ${instead}`
  if (resource !== undefined && resource !== "local-process") return `It is for the resource ${resource}: ${instead}`
  return uri === undefined ? undefined : `Its code is at ${uri}, which isn't fetched here: ${instead}`
}

// internal

/** What stands where a job would, in the spec of a scheduler (G.3). */
const schedulerUri = "placeholder-uri-scheduler"

const textOf = (value: PythonValue | undefined): string | undefined => {
  const text = typeof value === "string" ? value.trim() : ""
  return text === "" ? undefined : text
}

const dictAt = (path: string, value: PythonValue | undefined): Either.Either<PythonDict, string> => {
  if (value === undefined || value === null) return Either.right(new Map())
  return isDict(value) ? Either.right(value) : Either.left(`The spec's ${path} must be a mapping.`)
}

const wordsAt = (path: string, value: PythonValue | undefined): Either.Either<ReadonlyArray<string>, string> => {
  if (value === undefined || value === null) return Either.right([])
  if (!isList(value)) return Either.left(`The spec's ${path} must be a list.`)
  return Either.right(value.map(PythonText.str))
}
