import { LaunchError } from "@sweepline/core/LaunchError"
import type { LaunchRequest } from "@sweepline/core/LaunchRequest"
import * as PythonJson from "@sweepline/core/PythonJson"
import * as PythonText from "@sweepline/core/PythonText"
import { isDict, isList, isTruthy, type PythonDict, type PythonValue } from "@sweepline/core/PythonValue"
import * as Either from "effect/Either"

/** What is pushed into a queue. */
export interface LaunchSpec {
  /** `runSpec`: JSON text as Python writes it (0.5). */
  readonly runSpec: string
  /** `templateVariableValues`, JSON text; `undefined` where the launch section has none. */
  readonly templateVariables: string | undefined
  /** Whose queue it is: the section's `queue_entity`, else the run's entity (B.5.1). */
  readonly queueEntity: string
  readonly priority: number
}

/**
 * Builds the spec of a launch, key by key in the order in which W&B's own builder sets them (H.1): a key that the
 * launch section has keeps its place there. Left: a section that can't become a spec, and a run that only this machine
 * could execute.
 */
export const make = (
  request: LaunchRequest,
  place: { readonly entity: string; readonly project: string }
): Either.Either<LaunchSpec, LaunchError> =>
  Either.gen(function* () {
    const { author, entryPoint, executable, launch, priority, run, sweep } = request
    const spec = new Map<string, PythonValue>(launch)
    const section = (key: string) => sectionOf(request, spec, key)
    if (executable.kind === "job") spec.set("job", executable.name)
    spec.set("entity", place.entity)
    if (author !== undefined && author !== "") spec.set("author", author)
    spec.set("project", place.project)
    const docker = yield* section("docker")
    if (executable.kind === "image" && executable.uri !== "") docker.set("docker_image", executable.uri)
    spec.set("docker", docker)
    spec.set("sweep_id", sweep)
    if (!spec.has("resource")) spec.set("resource", null)
    spec.set("git", yield* section("git"))
    const overrides = yield* section("overrides")
    const args = overrides.get("args")
    if (args !== undefined && !isList(args)) yield* Either.left(mustBe(request, "overrides.args", "a list", args))
    spec.set("overrides", overrides)
    if (entryPoint !== undefined && entryPoint.length > 0) overrides.set("entry_point", entryPoint)
    spec.set("run_id", run)
    const templates = spec.get("template_variables")
    if (isDict(templates)) spec.delete("template_variables")
    const sources = [spec.get("job"), docker.get("docker_image")].filter(isTruthy)
    if (sources.length !== 1) yield* Either.left(invalid(request, sourceProblem(sources.length)))
    const queueEntity = spec.get("queue_entity")
    return {
      runSpec: PythonJson.stringify(spec),
      templateVariables: isDict(templates) ? PythonJson.stringify(templates) : undefined,
      queueEntity: typeof queueEntity === "string" && queueEntity !== "" ? queueEntity : place.entity,
      priority
    }
  })

// internal

/** A copy of a dict in the spec; null is absent (RD34). */
const sectionOf = (
  request: LaunchRequest,
  spec: PythonDict,
  key: string
): Either.Either<Map<string, PythonValue>, LaunchError> => {
  const value = spec.get(key)
  if (value === undefined || value === null) return Either.right(new Map())
  return isDict(value) ? Either.right(new Map(value)) : Either.left(mustBe(request, key, "a mapping", value))
}

const sourceProblem = (count: number): string =>
  count === 0
    ? "it has neither a job nor an image to run: give --job or --image-uri, or write one of them into the sweep config."
    : "it has both a job and an image: leave one of them out."

const mustBe = (request: LaunchRequest, path: string, what: string, value: PythonValue): LaunchError =>
  invalid(request, `launch.${path} must be ${what}, not ${PythonText.repr(value)}.`)

const invalid = ({ run }: LaunchRequest, detail: string): LaunchError =>
  new LaunchError({ reason: "InvalidSpec", run, detail })
