import { FastCheck } from "effect"
import * as AgentId from "../src/AgentId.js"
import * as Command from "../src/Command.js"
import type { Event } from "../src/Event.js"
import * as QueueItemId from "../src/QueueItemId.js"
import * as RunId from "../src/RunId.js"
import type { RunState } from "../src/RunState.js"
import * as SchedulerModel from "../src/SchedulerModel.js"

export type Model = SchedulerModel.SchedulerModel
export type Policy = Model["policy"]

export const run = (id: string) => RunId.RunId.make(id)
export const agent = (index: number) => AgentId.AgentId.make(`agent-${index}`)
export const item = (id: string) => QueueItemId.QueueItemId.make(`item-${id}`)

export const policy = (differs: Partial<Policy> = {}): Policy => ({
  ...SchedulerModel.initial.policy,
  workers: 2,
  ...differs
})

/** Folds events. */
export const after = (model: Model, ...events: ReadonlyArray<Event>): Model =>
  events.reduce(SchedulerModel.apply, model)

/** What is decided, by command id; every command is issued. */
export const step = (
  model: Model,
  now = 0
): {
  readonly model: Model
  readonly ids: ReadonlyArray<string>
  readonly commands: ReadonlyArray<Command.Command>
  readonly wakeAt: number
} => {
  const { commands, wakeAt } = SchedulerModel.decide(model, now)
  const issued = after(model, ...commands.map((command) => ({ _tag: "CommandIssued", at: now, command }) as const))
  return { model: issued, ids: commands.map(Command.id), commands, wakeAt }
}

export const started = (
  differs: Partial<Policy> = {},
  extra: Partial<Extract<Event, { _tag: "SchedulerStarted" }>> = {}
): Event => ({
  _tag: "SchedulerStarted",
  at: 0,
  policy: policy(differs),
  sweep: "RUNNING",
  runs: [],
  ...extra
})

/** A scheduler whose workers are registered. */
export const running = (differs: Partial<Policy> = {}): Model => {
  const p = policy(differs)
  return after(
    SchedulerModel.initial,
    started(differs),
    { _tag: "ExecutableFound", at: 0, name: "program" },
    ...Array.from(
      { length: p.workers },
      (_, worker) => ({ _tag: "WorkerRegistered", at: 0, worker, agent: agent(worker) }) as const
    )
  )
}

export const observed = (extra: Partial<Omit<Extract<Event, { _tag: "Observed" }>, "_tag">> = {}): Event => ({
  _tag: "Observed",
  at: 0,
  jitter: 0,
  runs: [],
  ...extra
})

export const found = <const S>(state: S) => ({ _tag: "Found", state }) as const
export const notThere = { _tag: "Missed", gone: true, detail: "not there" } as const
export const notAsked = { _tag: "Missed", gone: false, detail: "unreachable" } as const

export const suggest = (id: string, worker = 0) =>
  ({ _tag: "Run", worker, run: run(id), trial: new Map([["lr", 0.5]]) }) as const

/** The answer to the first ask. */
export const answers = (...answers: Extract<Event, { _tag: "Answered" }>["answers"]): Event => ({
  _tag: "Answered",
  at: 0,
  n: 0,
  answers
})

/** A look that finds a run in a state. */
export const read = (id: string, state: RunState, attempt = 1, at = 0): Event =>
  observed({ at, runs: [{ run: run(id), attempt, state: found(state) }] })

export const interrupt: Event = { _tag: "InterruptRequested", at: 0, signal: "SIGINT" }

/** A model in which these runs are in the queue, one per worker. */
export const launched = (model: Model, ...ids: ReadonlyArray<string>): Model => {
  const answered = after(model, {
    _tag: "Answered",
    at: 0,
    n: model.asks,
    answers: ids.map((id, worker) => suggest(id, worker))
  })
  return after(
    step(answered).model,
    ...ids.map((id) => ({ _tag: "RunLaunched", at: 0, run: run(id), attempt: 1, item: item(id) }) as const)
  )
}

/** The policy that a start among them brings. */
export const anyPolicy: Partial<Policy> = {
  runCap: 3,
  retries: 1,
  adoptsPending: true,
  resumesPreempted: true,
  needsFinished: true,
  runTimeout: 20_000,
  deadline: 90_000,
  budget: 60_000
}

/** Any event about a handful of runs, in no sensible order: what a model must bear. */
export const anyEvent: FastCheck.Arbitrary<Event> = (() => {
  const at = FastCheck.integer({ min: 0, max: 100_000 })
  const jitter = FastCheck.constant(0.5)
  const id = FastCheck.constantFrom("a", "b", "c", "d", "e").map(run)
  const attempt = FastCheck.integer({ min: 1, max: 3 })
  const runState = FastCheck.oneof(
    FastCheck.constantFrom(
      "pending",
      "running",
      "preempting",
      "unknown",
      "finished",
      "failed",
      "crashed",
      "killed",
      "preempted"
    ).map((state) => found(state as "pending")),
    FastCheck.constantFrom(notThere, notAsked, { _tag: "Bad", text: "odd" } as const)
  )
  const itemState = FastCheck.oneof(
    FastCheck.constantFrom("pending", "leased", "claimed", "failed").map((state) => found(state as "pending")),
    FastCheck.constantFrom(notThere, notAsked)
  )
  const sweep = FastCheck.oneof(
    { weight: 6, arbitrary: FastCheck.constant(found("RUNNING" as const)) },
    {
      weight: 1,
      arbitrary: FastCheck.constantFrom("PENDING", "PAUSED", "FINISHED", "CANCELED").map((state) =>
        found(state as "PAUSED")
      )
    },
    { weight: 1, arbitrary: FastCheck.constantFrom(notThere, notAsked) }
  )
  const answer = FastCheck.oneof(
    {
      weight: 8,
      arbitrary: FastCheck.tuple(id, FastCheck.integer({ min: 0, max: 1 })).map(([id, worker]) => suggest(id, worker))
    },
    { weight: 1, arbitrary: id.map((run) => ({ _tag: "StopRun", run }) as const) },
    { weight: 1, arbitrary: FastCheck.constant({ _tag: "Exhausted", reason: "all tried" } as const) }
  )
  const event = <E extends Event>(arbitrary: FastCheck.Arbitrary<E>): FastCheck.Arbitrary<Event> => arbitrary
  return FastCheck.oneof(
    { weight: 2, arbitrary: event(at.map((at) => ({ _tag: "PollDue", at }) as const)) },
    { weight: 1, arbitrary: event(at.map((at) => ({ _tag: "Notified", at }) as const)) },
    { weight: 1, arbitrary: event(at.map((at) => ({ _tag: "ClockMoved", at, by: at - 50_000 }) as const)) },
    {
      weight: 6,
      arbitrary: event(
        FastCheck.record({
          at,
          jitter,
          sweep,
          runs: FastCheck.array(FastCheck.record({ run: id, attempt, state: runState, item: itemState }), {
            maxLength: 4
          })
        }).map((it) => ({ _tag: "Observed", ...it }) as const)
      )
    },
    {
      weight: 5,
      arbitrary: event(
        FastCheck.record({
          at,
          n: FastCheck.integer({ min: 0, max: 5 }),
          answers: FastCheck.array(answer, { maxLength: 3 })
        }).map((it) => ({ _tag: "Answered", ...it }) as const)
      )
    },
    {
      weight: 1,
      arbitrary: event(
        FastCheck.record({ at, jitter, n: FastCheck.integer({ min: 0, max: 5 }) }).map(
          (it) => ({ _tag: "AskFailed", consequence: "again", detail: "unreachable", ...it }) as const
        )
      )
    },
    {
      weight: 5,
      arbitrary: event(
        FastCheck.record({ at, run: id, attempt }).map(
          (it) => ({ _tag: "RunLaunched", item: item(it.run), ...it }) as const
        )
      )
    },
    {
      weight: 2,
      arbitrary: event(
        FastCheck.record({
          at,
          jitter,
          run: id,
          attempt,
          outcome: FastCheck.constantFrom("again", "refused", "never", "unknown")
        }).map((it) => ({ _tag: "LaunchFailed", detail: "no", ...it, outcome: it.outcome as "again" }) as const)
      )
    },
    {
      weight: 2,
      arbitrary: event(FastCheck.record({ at, run: id }).map((it) => ({ _tag: "RunStopAsked", ...it }) as const))
    },
    {
      weight: 1,
      arbitrary: event(
        FastCheck.record({ at, jitter, run: id }).map((it) => ({ _tag: "RunStopFailed", detail: "no", ...it }) as const)
      )
    },
    { weight: 1, arbitrary: event(at.map((at) => ({ _tag: "InterruptRequested", at, signal: "SIGINT" }) as const)) },
    {
      weight: 1,
      arbitrary: event(
        FastCheck.record({
          at,
          ended: FastCheck.array(FastCheck.record({ run: id, attempt, at }), { maxLength: 2 })
        }).map((it) => started(anyPolicy, it))
      )
    },
    {
      weight: 2,
      arbitrary: event(FastCheck.record({ at, run: id, attempt }).map((it) => ({ _tag: "RunActive", ...it }) as const))
    }
  )
})()

/**
 * The same fact about the attempt that is known of its run, as most facts are that a backend tells; every fourth stays as
 * it is. Without that, hardly any run of a random history gets as far as its end.
 */
export const aimed = (model: Model, event: Event): Event => {
  if (event.at % 4 === 0) return event
  const known = <A extends { readonly run: RunId.RunId; readonly attempt: number }>(it: A): A => ({
    ...it,
    attempt: model.runs.get(it.run)?.attempt ?? it.attempt
  })
  switch (event._tag) {
    case "Observed":
      return { ...event, runs: event.runs.map(known) }
    case "RunLaunched":
    case "LaunchFailed":
    case "RunActive":
      return known(event)
    default:
      return event
  }
}

/** A model after these events, each followed by a pass, as the interpreter would do it. */
export const live = (events: ReadonlyArray<Event>): Model =>
  events.reduce(
    (model, event) => step(SchedulerModel.apply(model, aimed(model, event)), event.at).model,
    running(anyPolicy)
  )
