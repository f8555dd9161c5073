import * as PythonJson from "@sweepline/core/PythonJson"
import { isDict, type PythonDict, type PythonValue } from "@sweepline/core/PythonValue"
import { RunId } from "@sweepline/core/RunId"
import * as RunState from "@sweepline/core/RunState"
import * as SweepConfig from "@sweepline/core/SweepConfig"
import type { RunRecord, SweepRecord } from "@sweepline/core/SweepApi"
import { SweepId } from "@sweepline/core/SweepId"
import * as SweepState from "@sweepline/core/SweepState"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { SweepRun } from "../operations/SweepWithRuns.js"
import * as WireFailure from "../WireFailure.js"

/**
 * Reads configs of sweeps; one that can't be read is empty. The last one is kept, since who reads a sweep reads its
 * runs next.
 */
export const configReader = (): ((config: string) => PythonDict) => {
  let last: { readonly config: string; readonly document: PythonDict } | undefined
  return (config) => {
    if (last?.config === config) return last.document
    const read = SweepConfig.parseDocument({ file: "sweep config", text: config })
    const document = Either.getOrElse(read, (): PythonDict => new Map())
    last = { config, document }
    return document
  }
}

/** A sweep as its record; `document` is its config. W&B keeps the seed to itself, and a time that it doesn't tell is 0. */
export const sweepRecord = (
  sweep: {
    readonly name: string
    readonly displayName?: string | undefined
    readonly state: string | null
    readonly config: string
    readonly createdAt?: string | undefined
  },
  document: PythonDict
): SweepRecord => {
  const configured = document.get("name")
  return {
    id: SweepId.make(sweep.name),
    name: sweep.displayName ?? (typeof configured === "string" ? configured : sweep.name),
    state: Option.flatMap(Option.fromNullable(sweep.state), SweepState.fromText),
    config: sweep.config,
    seed: 0,
    createdAt: timeOf(sweep.createdAt)
  }
}

/**
 * A run as its record; `parameters` are the sweep's, since a run's config holds also what its script put there. What
 * the wire has no word for is left out: attempts, when it started and ended, why it was stopped.
 */
export const runRecord = (
  run: SweepRun,
  parameters: ReadonlySet<string>
): Either.Either<RunRecord, WireFailure.WireFailure> =>
  Either.gen(function* () {
    const config = yield* dictOf(run.name, run.config)
    const state = Option.getOrElse(RunState.decodeOption(run.state), () => "unknown" as const)
    return {
      id: RunId.make(run.name),
      name: run.name,
      state,
      trial: trialOf(config, parameters, state),
      summary: yield* dictOf(run.name, run.summaryMetrics),
      attempt: 1,
      exitCode: run.exitcode,
      createdAt: timeOf(run.createdAt),
      startedAt: undefined,
      endedAt: undefined,
      stop: run.stopped === true ? "Killed" : undefined
    }
  })

/** The names of a config's parameters. */
export const parametersOf = (document: PythonDict): ReadonlySet<string> => {
  const parameters = document.get("parameters")
  return new Set(isDict(parameters) ? parameters.keys() : [])
}

/** A run's config on the wire: each value under `value` (D.2). */
export const wireConfig = (config: PythonDict): string =>
  PythonJson.stringify(new Map(Array.from(config, ([name, value]) => [name, new Map([["value", value]])])))

/** A run's config from the wire, without what W&B's clients keep in it. */
export const configOf = (wire: PythonDict): PythonDict => {
  const config = new Map<string, PythonValue>()
  for (const [name, wrapped] of wire) {
    const value = isDict(wrapped) ? wrapped.get("value") : undefined
    if (value !== undefined && name !== "_wandb") config.set(name, value)
  }
  return config
}

/** Until a run's script begins, its config is what the sweep gave it; then the sweep's parameters tell them apart. */
const trialOf = (wire: PythonDict, parameters: ReadonlySet<string>, state: RunState.RunState): PythonDict => {
  const config = configOf(wire)
  const given = new Map([...config].filter(([name]) => parameters.has(name)))
  return state === "pending" || given.size === 0 ? config : given
}

/** A dict in JSON text; no text is an empty one. */
const dictOf = (run: string, text: string | undefined): Either.Either<PythonDict, WireFailure.WireFailure> => {
  if (text === undefined || text.trim() === "") return Either.right(new Map())
  return Either.mapLeft(
    Either.map(PythonJson.parse(text), (value) => (isDict(value) ? value : new Map<string, PythonValue>())),
    ({ message }) =>
      WireFailure.make({ reason: "Decode", detail: `what run ${run} has is no JSON: ${message}`, delivery: "Unknown" })
  )
}

const timeOf = (text: string | undefined): number => {
  // W&B writes UTC without saying so.
  const time = text === undefined ? Number.NaN : Date.parse(/Z|[+-]\d\d:?\d\d$/.test(text) ? text : `${text}Z`)
  return Number.isNaN(time) ? 0 : time
}
