import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import type { Command, CommandOf } from "../Command.js"
import type { CommError } from "../CommError.js"
import type { Event, EventOf } from "../Event.js"
import { LaunchError } from "../LaunchError.js"
import * as Reading from "../Reading.js"
import * as RunKey from "../RunKey.js"
import type { NextRun } from "../Strategy.js"
import type { SweepNotFoundError } from "../SweepNotFoundError.js"
import * as batching from "./batching.js"
import { isRetryable, persistently } from "./patience.js"
import type { World } from "./world.js"

/** What a command comes to: an event, but for its time. */
export type Outcome = Without<Event, "at">

/** Performs a command. What its one outcome says is all that the model learns. */
export const perform = (world: World, command: Command): Effect.Effect<Outcome> =>
  Effect.flatMap(undrawn(world, command), draw)

// internal

type Without<E, Keys extends string> = E extends unknown ? Omit<E, Keys> : never
type Undrawn = Without<Event, "at" | "jitter">

const undrawn = (world: World, command: Command): Effect.Effect<Undrawn> => {
  switch (command._tag) {
    case "FindExecutable":
      return findExecutable(world)
    case "RegisterWorker":
      return registerWorker(world, command)
    case "Observe":
      return observe(world, command)
    case "Ask":
      return ask(world, command)
    case "Launch":
      return launch(world, command)
    case "Recover":
      return recover(world, command)
    case "StopRun":
      return stopRun(world, command)
    case "EndSweep":
      return endSweep(command)
    case "SetSweepState":
      return setSweepState(world, command)
    case "Finish":
      return finish(world, command)
  }
}

const findExecutable = ({ api, executable }: World): Effect.Effect<Undrawn> => {
  const missing = (detail: string): Undrawn => ({ _tag: "ExecutableMissing", detail })
  const found = (name: string): Undrawn => ({ _tag: "ExecutableFound", name })
  if (Either.isLeft(executable)) return Effect.succeed(missing(executable.left))
  switch (executable.right.kind) {
    case "program":
      return Effect.succeed(found("program"))
    case "image":
      return Effect.succeed(found(executable.right.uri))
    case "job": {
      const { name } = executable.right
      const unknown = `There is no job "${name}". A job's full name is entity/project/name:version.`
      return Effect.match(persistently(`Could not look the job ${name} up`, api.job(name), isRetryable), {
        onFailure: ({ message }) => missing(message),
        onSuccess: Option.match({ onNone: () => missing(unknown), onSome: found })
      })
    }
  }
}

/** A worker that is refused ends the sweep, which an outage must not, least of all for workers that an edit adds. */
const registerWorker = (
  { api, config, sweep }: World,
  { worker }: CommandOf<"RegisterWorker">
): Effect.Effect<Undrawn> => {
  const host = `${config.host}-${worker}`
  const canHelp = (error: CommError | SweepNotFoundError) => error._tag === "CommError" && isRetryable(error)
  return Effect.match(
    persistently(`Could not register the worker ${host}`, api.registerAgent({ sweep, host }), canHelp),
    {
      onFailure: ({ message }) => ({ _tag: "WorkerRefused", worker, detail: message }),
      onSuccess: (agent) => ({ _tag: "WorkerRegistered", worker, agent })
    }
  )
}

/** Every read at once, so that an adapter can make one request of them. */
const observe = ({ api, config, own, queue, sweep }: World, { runs }: CommandOf<"Observe">): Effect.Effect<Undrawn> => {
  const items = runs.flatMap(({ item }) => (item === undefined ? [] : [item]))
  const reads = batching.together(
    Reading.ofSweep(api.sweepState(sweep)),
    Reading.ofRun(own.state(sweep)),
    api.runStates({ sweep, runs: runs.map(({ run }) => run) }),
    queue.itemStates({ ids: items, queue: config.queue })
  )
  return Effect.map(reads, ([sweep, own, states, found]) => {
    const nextItem = found[Symbol.iterator]()
    const readings = runs.flatMap(({ attempt, item, run }, index): ReadonlyArray<Reading.RunReading> => {
      const state = states[index]
      const itemReading = item === undefined ? undefined : nextItem.next().value
      if (state === undefined) return []
      return [itemReading === undefined ? { run, attempt, state } : { run, attempt, state, item: itemReading }]
    })
    return { _tag: "Observed", sweep, own, runs: readings }
  })
}

const ask = ({ strategy, sweep }: World, { n, workers }: CommandOf<"Ask">): Effect.Effect<Undrawn> =>
  Effect.match(
    strategy.next({ sweep, workers: workers.map((worker) => ({ ...worker, runs: new Map(worker.runs) })) }),
    {
      onFailure: ({ _tag, message }) => ({ _tag: "AskFailed", n, consequence: consequences[_tag], detail: message }),
      onSuccess: (answers) => ({ _tag: "Answered", n, answers: answers.flatMap(worthTelling) })
    }
  )

const consequences = {
  CommError: "again",
  SweepNotFoundError: "SweepLost",
  SchedulerError: "StrategyFailed"
} as const satisfies Record<string, EventOf<"AskFailed">["consequence"]>

const worthTelling = (answer: NextRun): EventOf<"Answered">["answers"] => (answer._tag === "NotNow" ? [] : [answer])

/** A push is not interrupted half-way: whether it happened must be known. */
const launch = (
  { api, queue, request, sweep, trialOf }: World,
  { attempt, run }: CommandOf<"Launch">
): Effect.Effect<Undrawn> =>
  Effect.suspend(() => request(run, attempt, trialOf(run) ?? new Map())).pipe(
    Effect.flatMap((it) =>
      attempt > 1 ? Effect.zipRight(requeue(api, { sweep, run, attempt }), queue.push(it)) : queue.push(it)
    ),
    Effect.match({
      onFailure: (error): Undrawn => {
        // It may have happened.
        if (error._tag === "LaunchError" && error.reason === "LaunchUncertain")
          return { _tag: "RunLaunched", run, attempt }
        const outcome = error._tag === "CommError" ? "again" : "refused"
        return { _tag: "LaunchFailed", run, attempt, outcome, detail: error.message }
      },
      onSuccess: (item): Undrawn => ({ _tag: "RunLaunched", run, attempt, item })
    }),
    Effect.uninterruptible
  )

/** One that isn't there any more can't be run again, however often that is tried. */
const requeue = (api: World["api"], again: Parameters<World["api"]["requeueRun"]>[0]) =>
  Effect.mapError(assured(api.requeueRun(again)), (error) =>
    isNotThere(error) ? new LaunchError({ reason: "Refused", run: again.run, detail: error.detail }) : error
  )

const isNotThere = ({ status }: CommError): boolean => status === 404

/** That something isn't there counts where it is said twice in a row, as by readings: a proxy may say so for a moment. */
const assured = <A>(call: Effect.Effect<A, CommError>): Effect.Effect<A, CommError> =>
  Effect.catchIf(call, isNotThere, () => Effect.delay(call, "2 seconds"))

const recover = ({ queue }: World, { attempt, run }: CommandOf<"Recover">): Effect.Effect<Undrawn> => {
  const failed = (outcome: "never" | "unknown", detail: string): Undrawn => ({
    _tag: "LaunchFailed",
    run,
    attempt,
    outcome,
    detail
  })
  return Effect.match(queue.find(RunKey.make(run, attempt)), {
    onFailure: (error) =>
      // It did happen, or may have.
      error._tag === "LaunchError" ? { _tag: "RunLaunched", run, attempt } : failed("unknown", error.message),
    onSuccess: Option.match({
      onNone: () => failed("never", "its push had not happened"),
      onSome: (item): Undrawn => ({ _tag: "RunLaunched", run, attempt, item })
    })
  })
}

const stopRun = ({ api, sweep }: World, { reason, run }: CommandOf<"StopRun">): Effect.Effect<Undrawn> =>
  Effect.match(assured(api.stopRun({ sweep, run, reason })), {
    // What isn't there doesn't have to be stopped.
    onFailure: (error) =>
      isNotThere(error) ? { _tag: "RunStopAsked", run } : { _tag: "RunStopFailed", run, detail: error.message },
    onSuccess: () => ({ _tag: "RunStopAsked", run })
  })

/** By the clock: nothing outside has to be asked. */
const endSweep = ({ reason }: CommandOf<"EndSweep">): Effect.Effect<Undrawn> =>
  Effect.succeed({ _tag: "SweepGivenUp", reason })

const setSweepState = ({ api, sweep }: World, { state }: CommandOf<"SetSweepState">): Effect.Effect<Undrawn> =>
  Effect.match(api.setSweepState(sweep, state), {
    onFailure: ({ message }) => ({ _tag: "SweepStateFailed", state, detail: message }),
    onSuccess: (written) => ({ _tag: "SweepStateSet", state, written })
  })

const finish = ({ own, sweep }: World, { exitCode }: CommandOf<"Finish">): Effect.Effect<Undrawn> =>
  Effect.match(own.finish(sweep, exitCode), {
    onFailure: ({ message }) => ({ _tag: "SchedulerEnded", detail: message }),
    onSuccess: () => ({ _tag: "SchedulerEnded" })
  })

/** The outcomes after which something may be tried again, or looked at again, later. */
type Drawn = Extract<Event, { readonly jitter: number }>

const drawn: Readonly<Record<Drawn["_tag"], true>> = {
  Observed: true,
  AskFailed: true,
  LaunchFailed: true,
  RunStopFailed: true,
  SweepStateFailed: true
}

const isDrawn = (self: Undrawn): self is Without<Drawn, "at" | "jitter"> => self._tag in drawn

/** Draws for the backoff that may follow: the model draws nothing itself. */
const draw = (self: Undrawn): Effect.Effect<Outcome> =>
  isDrawn(self) ? Effect.map(Random.next, (jitter) => ({ ...self, jitter })) : Effect.succeed(self)
