/** Policies as a journal keeps them: what it couldn't read again is refused before it is written. */
import * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { Policy, PolicyChange } from "../Policy.js"
import { mostWorkers, type SchedulerConfig } from "../SchedulerConfig.js"

/** The policy of a config; Left says in a sentence what of it no scheduler can keep to, such as half a retry. */
export const ofConfig = (
  config: SchedulerConfig["Type"],
  { runCap, workers }: { readonly workers: number; readonly runCap: number | undefined }
): Either.Either<Policy, string> => {
  const policy: Policy = {
    workers,
    runCap: runCap ?? null,
    retries: finite(config.retries),
    backoff: finite(Duration.toMillis(config.backoff)),
    onPaused: config.onPaused,
    onInterrupt: config.onInterrupt,
    awaitStops: finite(Duration.toMillis(config.awaitStops)),
    resumesPreempted: config.resumesPreempted,
    adoptsPending: config.adoptsPending,
    runTimeout: config.runTimeout === undefined ? null : Duration.toMillis(config.runTimeout),
    deadline: config.deadline ?? null,
    budget: config.budget === undefined ? null : Duration.toMillis(config.budget),
    gpusPerRun: config.gpusPerRun,
    ...(config.needsFinished ? { needsFinished: true } : {})
  }
  return Either.mapLeft(Schema.validateEither(KeptPolicy)(policy), (error) => {
    // Of what may also be null, the first issue says what else it may be.
    const issues = new Map(
      ParseResult.ArrayFormatter.formatErrorSync(error)
        .map(({ message, path }) => [path.join("."), message] as const)
        .toReversed()
    )
    return `A scheduler can't keep to its config. ${Array.from(issues, ([name, issue]) => `${name}: ${issue}`).join("; ")}`
  })
}

/** A change of one. */
export const ofChange = (change: PolicyChange): Effect.Effect<PolicyChange, ParseResult.ParseError> =>
  Schema.validate(KeptChange)(change.retries === undefined ? change : { ...change, retries: finite(change.retries) })

// internal

/** A policy is journaled as JSON, which knows nothing without an end. */
const finite = (value: number): number => Math.min(value, Number.MAX_SAFE_INTEGER)

/** What JSON can't keep, and what no machine has room for. Time without an end is none that was set. */
const problems = ({ deadline, gpusPerRun = 1, workers = 0 }: PolicyChange): ReadonlyArray<Schema.FilterIssue> => [
  ...(workers > mostWorkers ? [{ path: ["workers"], message: "More workers than a scheduler has" }] : []),
  ...(Number.isNaN(deadline) ? [{ path: ["deadline"], message: "Expected a time, actual NaN" }] : []),
  ...(Number.isFinite(gpusPerRun) ? [] : [{ path: ["gpusPerRun"], message: `Expected a number, actual ${gpusPerRun}` }])
]

const KeptPolicy = Policy.pipe(Schema.filter(problems))
const KeptChange = PolicyChange.pipe(Schema.filter(problems))
