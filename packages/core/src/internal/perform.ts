import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import type { Command, CommandOf } from "../Command.js"
import type { Event, EventOf } from "../Event.js"
import type { Executable } from "../Executable.js"
import type { LaunchRequest } from "../LaunchRequest.js"
import type { LaunchError } from "../LaunchError.js"
import type { LaunchQueue } from "../LaunchQueue.js"
import { QueueItemId } from "../QueueItemId.js"
import * as Reading from "../Reading.js"
import type { RunId } from "../RunId.js"
import * as RunKey from "../RunKey.js"
import type { SchedulerConfig } from "../SchedulerConfig.js"
import type { SchedulerError } from "../SchedulerError.js"
import type { SchedulerRun } from "../SchedulerRun.js"
import type { NextRun, Strategy } from "../Strategy.js"
import type { SweepApi } from "../SweepApi.js"
import type { SweepId } from "../SweepId.js"
import type { TrialConfig } from "../TrialConfig.js"
import * as batching from "./batching.js"

/** What performing a command needs of the world. */
export interface World {
  readonly sweep: SweepId
  readonly api: SweepApi["Type"]
  readonly queue: LaunchQueue["Type"]
  readonly own: SchedulerRun["Type"]
  readonly strategy: Strategy["Type"]
  readonly config: SchedulerConfig["Type"]
  /** Resolved once, before the start (RD32); on the left, a sentence for the person. */
  readonly executable: Either.Either<Executable, string>
  readonly request: (
    run: RunId,
    attempt: number,
    trial: TrialConfig
  ) => Effect.Effect<LaunchRequest, LaunchError | SchedulerError>
  /** The trial config of a managed run. */
  readonly trialOf: (run: RunId) => TrialConfig | undefined
}

/** Performs a command. It ends in one event; what the event says is all that the model learns. */
export const perform = (world: World, command: Command): Effect.Effect<Event> => {
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

/** A command that died: the event, and the cause for the log. */
export const died = (command: Command, cause: Cause.Cause<unknown>, at: number): Event => ({
  _tag: "CommandDied",
  at,
  command,
  detail: Cause.pretty(cause).split("\n")[0] ?? "unknown"
})

const findExecutable = ({ api, executable }: World): Effect.Effect<Event> => {
  const missing = (detail: string) => at((at) => ({ _tag: "ExecutableMissing", at, detail }) as const)
  const found = (name: string) => at((at) => ({ _tag: "ExecutableFound", at, name }) as const)
  if (Either.isLeft(executable)) return missing(executable.left)
  switch (executable.right.kind) {
    case "program":
      return found("program")
    case "image":
      return found(executable.right.uri)
    case "job": {
      const { name } = executable.right
      return Effect.matchEffect(api.job(name), {
        onFailure: (error) => missing(error.message),
        onSuccess: Option.match({
          onNone: () => missing(`There is no job "${name}". A job's full name is entity/project/name:version.`),
          onSome: found
        })
      })
    }
  }
}

const registerWorker = ({ api, config, sweep }: World, { worker }: CommandOf<"RegisterWorker">): Effect.Effect<Event> =>
  Effect.matchEffect(api.registerAgent({ sweep, host: `${config.host}-${worker}` }), {
    onFailure: (error) => at((at) => ({ _tag: "WorkerRefused", at, worker, detail: error.message }) as const),
    onSuccess: (agent) => at((at) => ({ _tag: "WorkerRegistered", at, worker, agent }) as const)
  })

/** Every read at once, so that an adapter can make one request of them. */
const observe = ({ api, config, own, queue, sweep }: World, { runs }: CommandOf<"Observe">): Effect.Effect<Event> => {
  const items = runs.flatMap(({ item }) => (item === undefined ? [] : [QueueItemId.make(item)]))
  return batching
    .together(
      Reading.ofSweep(api.sweepState(sweep)),
      Reading.ofRun(own.state(sweep)),
      api.runStates({ sweep, runs: runs.map(({ run }) => run) }),
      queue.itemStates({ ids: items, queue: config.queue })
    )
    .pipe(
      Effect.flatMap(([sweep, own, states, found]) => {
        const nextItem = found[Symbol.iterator]()
        const readings = runs.flatMap(({ attempt, item, run }, index): ReadonlyArray<Reading.RunReading> => {
          const state = states[index]
          const itemReading = item === undefined ? undefined : nextItem.next().value
          if (state === undefined) return []
          return [itemReading === undefined ? { run, attempt, state } : { run, attempt, state, item: itemReading }]
        })
        return drawn((at, jitter) => ({ _tag: "Observed", at, jitter, sweep, own, runs: readings }) as const)
      })
    )
}

const ask = ({ strategy, sweep }: World, { n, workers }: CommandOf<"Ask">): Effect.Effect<Event> =>
  Effect.matchEffect(
    strategy.next({ sweep, workers: workers.map((worker) => ({ ...worker, runs: new Map(worker.runs) })) }),
    {
      onFailure: (error) =>
        drawn(
          (at, jitter) =>
            ({
              _tag: "AskFailed",
              at,
              jitter,
              n,
              consequence: consequences[error._tag],
              detail: error.message
            }) as const
        ),
      onSuccess: (answers) => at((at) => ({ _tag: "Answered", at, n, answers: answers.flatMap(worthTelling) }) as const)
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
): Effect.Effect<Event> =>
  Effect.suspend(() => request(run, attempt, trialOf(run) ?? new Map())).pipe(
    Effect.flatMap((it) =>
      attempt > 1 ? Effect.zipRight(api.requeueRun({ sweep, run, attempt }), queue.push(it)) : queue.push(it)
    ),
    Effect.matchEffect({
      onFailure: (error) => {
        if (error._tag === "LaunchError" && error.reason === "LaunchUncertain") {
          return at((at) => ({ _tag: "RunLaunched", at, run, attempt }) as const)
        }
        const outcome = error._tag === "CommError" ? "again" : "refused"
        return drawn(
          (at, jitter) => ({ _tag: "LaunchFailed", at, jitter, run, attempt, outcome, detail: error.message }) as const
        )
      },
      onSuccess: (item) => at((at) => ({ _tag: "RunLaunched", at, run, attempt, item }) as const)
    }),
    Effect.uninterruptible
  )

const recover = ({ queue }: World, { attempt, run }: CommandOf<"Recover">): Effect.Effect<Event> => {
  const failed = (outcome: "never" | "unknown", detail: string) =>
    drawn((at, jitter) => ({ _tag: "LaunchFailed", at, jitter, run, attempt, outcome, detail }) as const)
  return Effect.matchEffect(queue.find(RunKey.make(run, attempt)), {
    onFailure: (error) =>
      error._tag === "LaunchError"
        ? at((at) => ({ _tag: "RunLaunched", at, run, attempt }) as const)
        : failed("unknown", error.message),
    onSuccess: Option.match({
      onNone: () => failed("never", "its push had not happened"),
      onSome: (item) => at((at) => ({ _tag: "RunLaunched", at, run, attempt, item }) as const)
    })
  })
}

const stopRun = ({ api, sweep }: World, { reason, run }: CommandOf<"StopRun">): Effect.Effect<Event> =>
  Effect.matchEffect(api.stopRun({ sweep, run, reason }), {
    onFailure: (error) =>
      drawn((at, jitter) => ({ _tag: "RunStopFailed", at, jitter, run, detail: error.message }) as const),
    onSuccess: () => at((at) => ({ _tag: "RunStopAsked", at, run }) as const)
  })

/** By the clock: nothing outside has to be asked. */
const endSweep = ({ reason }: CommandOf<"EndSweep">): Effect.Effect<Event> =>
  at((at) => ({ _tag: "SweepGivenUp", at, reason }) as const)

const setSweepState = ({ api, sweep }: World, { state }: CommandOf<"SetSweepState">): Effect.Effect<Event> =>
  Effect.matchEffect(api.setSweepState(sweep, state), {
    onFailure: (error) =>
      drawn((at, jitter) => ({ _tag: "SweepStateFailed", at, jitter, state, detail: error.message }) as const),
    onSuccess: (written) => at((at) => ({ _tag: "SweepStateSet", at, state, written }) as const)
  })

const finish = ({ own, sweep }: World, { exitCode }: CommandOf<"Finish">): Effect.Effect<Event> =>
  Effect.matchEffect(own.finish(sweep, exitCode), {
    onFailure: (error) => at((at) => ({ _tag: "SchedulerEnded", at, detail: error.message }) as const),
    onSuccess: () => at((at) => ({ _tag: "SchedulerEnded", at }) as const)
  })

const at = <E extends Event>(make: (at: number) => E): Effect.Effect<Event> =>
  Clock.clockWith((clock) => Effect.succeed(make(clock.unsafeCurrentTimeMillis())))

const drawn = <E extends Event>(make: (at: number, jitter: number) => E): Effect.Effect<Event> =>
  Effect.flatMap(Random.next, (jitter) => at((at) => make(at, jitter)))
