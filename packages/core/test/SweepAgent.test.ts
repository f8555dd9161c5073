import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Exit, Fiber, Layer, Logger, Mailbox, Option, Stream, TestClock } from "effect"
import { AgentCommand } from "../src/AgentCommand.js"
import { AgentId } from "../src/AgentId.js"
import { CommError } from "../src/CommError.js"
import { Executor } from "../src/Executor.js"
import { ExecutorError } from "../src/ExecutorError.js"
import type { QueueItem } from "../src/LaunchQueue.js"
import { RunId } from "../src/RunId.js"
import * as RunKey from "../src/RunKey.js"
import type { RunState } from "../src/RunState.js"
import * as SweepAgent from "../src/SweepAgent.js"
import { SchedulerError } from "../src/SchedulerError.js"
import { SweepApi } from "../src/SweepApi.js"
import { SweepId } from "../src/SweepId.js"
import { SweepNotFoundError } from "../src/SweepNotFoundError.js"

const sweep = SweepId.make("s1")
const gone = new SweepNotFoundError({ kind: "sweep", id: sweep })
const a = RunId.make("a")
const b = RunId.make("b")
const c = RunId.make("c")
const run = (id: RunId) => AgentCommand.Run({ run: id, trial: new Map([["x", 1n]]) })

type Failure = CommError | SchedulerError | SweepNotFoundError
type Answer = ReadonlyArray<AgentCommand> | Failure

/** An agent of a server that answers its heartbeats with these, one after the other, and then with nothing to do. */
const world = (
  answers: ReadonlyArray<Answer>,
  options: Partial<SweepAgent.Options> & {
    readonly known?: ReadonlyArray<string>
    readonly looking?: Duration.DurationInput
  } = {}
) => {
  const heard: Array<ReadonlyArray<string>> = []
  const reported: Array<string> = []
  const layer = Layer.merge(
    Layer.mock(SweepApi, {
      sweep: () =>
        Effect.succeed({ id: sweep, name: "", state: Option.some("RUNNING"), config: "", seed: 0, createdAt: 0 }),
      registerAgent: () => Effect.succeed(AgentId.make("agent")),
      heartbeat: ({ runs }) =>
        Effect.suspend((): Effect.Effect<ReadonlyArray<AgentCommand>, Failure> => {
          const answer = answers[heard.push([...runs.keys()]) - 1] ?? []
          return "length" in answer ? Effect.succeed(answer) : Effect.fail(answer)
        }),
      reportRun: ({ report }) => Effect.sync(() => void reported.push(report.state))
    }),
    Layer.mock(Executor, {
      find: (key) =>
        options.known === undefined
          ? new ExecutorError({ reason: "Unavailable", subject: key, detail: "it doesn't answer" })
          : Effect.delay(
              Effect.succeed(options.known.includes(key) ? Option.some({ key, data: "" }) : Option.none()),
              options.looking ?? Duration.zero
            )
    })
  )
  const make = Effect.provide(
    SweepAgent.make({
      sweep,
      host: "h",
      count: undefined,
      interval: Duration.seconds(5),
      failureLimit: 5,
      failuresInARow: undefined,
      ...options
    }),
    layer
  )
  return { heard, make, reported }
}

const lease = (agent: SweepAgent.SweepAgent): Effect.Effect<ReadonlyArray<QueueItem>, CommError> =>
  agent.queue.lease({ queue: "q", agent: "l", max: 9 })

/** What a launch agent does when the job of a leased run has ended. */
const end = (agent: SweepAgent.SweepAgent, { id, request }: QueueItem, state: RunState, exitCode = 0) =>
  Effect.zipRight(
    agent.api.reportRun({
      sweep,
      run: request.run,
      report: { attempt: request.attempt, state, exitCode, summary: new Map() }
    }),
    agent.queue.complete(id)
  )

/** Leases one run and ends it so. */
const work = (agent: SweepAgent.SweepAgent, state: RunState, exitCode = 0) =>
  Effect.gen(function* () {
    yield* TestClock.adjust(0)
    const [item] = yield* lease(agent)
    assert.isDefined(item)
    yield* end(agent, item, state, exitCode)
  })

const outcomeOf = (runs: Record<string, number>, reason: SweepAgent.EndReason): SweepAgent.Outcome => ({
  reason,
  runs: new Map(Object.entries(runs) as ReadonlyArray<readonly [RunState, number]>)
})

describe("SweepAgent", () => {
  it.scoped("leases nothing more once the script is broken", () =>
    Effect.gen(function* () {
      const { make } = world([[run(a)], []])
      const agent = yield* make
      yield* Effect.forkScoped(agent.run)
      yield* TestClock.adjust(0)
      const leased = (except: ReadonlySet<SweepId>) =>
        Effect.map(agent.queue.lease({ queue: "q", agent: "l", max: 9, except }), (items) => items.length)
      assert.strictEqual(yield* leased(new Set([sweep])), 0)
      assert.strictEqual(yield* leased(new Set()), 1)
    })
  )

  it.scoped("leases what heartbeats hand out, tells what lives, and ends where there is nothing more", () =>
    Effect.gen(function* () {
      const { heard, make, reported } = world([[run(a)], [], [run(b)], [AgentCommand.Exit()]])
      const agent = yield* make
      const fiber = yield* Effect.fork(agent.run)
      yield* TestClock.adjust(0)
      const [item] = yield* lease(agent)
      assert.strictEqual(item?.request.key, RunKey.make(a, 1))
      assert.deepStrictEqual(item?.request.trial, new Map([["x", 1n]]))
      assert.deepStrictEqual(yield* lease(agent), [])
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual(heard, [[], ["a"]])
      assert.isDefined(item)
      yield* end(agent, item, "finished")
      // At once, and not five seconds later.
      yield* TestClock.adjust(0)
      assert.deepStrictEqual(heard, [[], ["a"], []])
      const [second] = yield* lease(agent)
      assert.isDefined(second)
      yield* end(agent, second, "failed", 1)
      assert.deepStrictEqual(yield* Fiber.join(fiber), outcomeOf({ finished: 1, failed: 1 }, "Exit"))
      assert.deepStrictEqual(reported, ["finished", "failed"])
    })
  )

  it.scoped("tells its launch agent which runs to stop, and stops all of them at the end of the sweep", () =>
    Effect.gen(function* () {
      const { make } = world([[run(a), run(b)], [AgentCommand.StopRun({ run: a })], [AgentCommand.Exit()]])
      const agent = yield* make
      const fiber = yield* Effect.fork(agent.run)
      const told = yield* Effect.fork(Stream.runHead(agent.api.changes(sweep)))
      const asked = Effect.map(agent.api.stopRequests({ sweep, runs: [a, b] }), (reasons) =>
        Object.fromEntries(reasons)
      )
      yield* TestClock.adjust(0)
      const items = yield* lease(agent)
      assert.deepStrictEqual(yield* asked, {})
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual(yield* asked, { a: "EarlyStopped" })
      assert.isTrue(Option.isSome(yield* Fiber.join(told)))
      const again = yield* Effect.fork(Stream.runHead(agent.api.changes(sweep)))
      yield* TestClock.adjust("5 seconds")
      assert.isTrue(Option.isSome(yield* Fiber.join(again)))
      assert.deepStrictEqual(yield* asked, { a: "EarlyStopped", b: "Killed" })
      yield* Effect.forEach(items, (item) => end(agent, item, "killed"))
      assert.deepStrictEqual(yield* Fiber.join(fiber), outcomeOf({ killed: 2 }, "Exit"))
    })
  )

  it.scoped("ends after so many runs, and when the first ones all fail, but not when one has finished", () =>
    Effect.gen(function* () {
      const counted = yield* world([[run(a)], [run(b)]], { count: 1 }).make
      const fiber = yield* Effect.fork(counted.run)
      yield* work(counted, "finished")
      assert.deepStrictEqual(yield* Fiber.join(fiber), outcomeOf({ finished: 1 }, "Count"))

      const failing = yield* world([[run(a)], [run(b)]], { failureLimit: 2 }).make
      const other = yield* Effect.fork(failing.run)
      yield* work(failing, "failed", 1)
      yield* work(failing, "failed", 1)
      assert.deepStrictEqual(yield* Fiber.join(other), outcomeOf({ failed: 2 }, "Failing"))

      const mixed = yield* world([[run(a)], [run(b)], [run(c)], [AgentCommand.Exit()]], { failureLimit: 2 }).make
      const last = yield* Effect.fork(mixed.run)
      yield* work(mixed, "finished")
      yield* work(mixed, "failed", 1)
      yield* work(mixed, "failed", 1)
      assert.deepStrictEqual(yield* Fiber.join(last), outcomeOf({ finished: 1, failed: 2 }, "Exit"))
    })
  )

  it.scoped("ends when so many runs have failed one after the other, also after some that didn't", () =>
    Effect.gen(function* () {
      const answers = ["a", "b", "c", "d", "e"].map((id) => [run(RunId.make(id))])
      const agent = yield* world(answers, { failuresInARow: 2 }).make
      const fiber = yield* Effect.fork(agent.run)
      for (const state of ["failed", "killed", "failed", "finished", "failed"] as const) yield* work(agent, state)
      yield* TestClock.adjust("10 seconds")
      assert.isTrue(Option.isNone(yield* Fiber.poll(fiber)))

      const failing = yield* world(answers, { failuresInARow: 2 }).make
      const other = yield* Effect.fork(failing.run)
      for (const state of ["finished", "failed", "failed"] as const) yield* work(failing, state)
      assert.deepStrictEqual(yield* Fiber.join(other), outcomeOf({ finished: 1, failed: 2 }, "FailedInARow"))
    })
  )

  it.scoped("tells of a run that lost its machine as preempted, and takes it for no failure", () =>
    Effect.gen(function* () {
      const { make, reported } = world([[run(a)], [AgentCommand.Exit()]], { failureLimit: 1 })
      const agent = yield* make
      const fiber = yield* Effect.fork(agent.run)
      yield* work(agent, "preempted")
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual(yield* Fiber.join(fiber), outcomeOf({ preempted: 1 }, "Exit"))
      assert.deepStrictEqual(reported, ["preempted"])
    })
  )

  it.scoped("goes on after a heartbeat that was not answered", () =>
    Effect.gen(function* () {
      const unanswered = new CommError({ reason: "Timeout", operation: "o", detail: "d", retryable: true })
      const unreadable = new SchedulerError({ reason: "UnknownCommand", detail: "d" })
      const { heard, make } = world([unanswered, unreadable, [AgentCommand.Exit()]])
      const fiber = yield* Effect.fork(Effect.flatMap(make, ({ run }) => run))
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(yield* Fiber.join(fiber), outcomeOf({}, "Exit"))
      assert.strictEqual(heard.length, 3)
    })
  )

  it.scoped("fails where the sweep is gone before its first run, and otherwise lets its runs end", () =>
    Effect.gen(function* () {
      const idle = yield* world([gone]).make
      assert.deepStrictEqual(yield* Effect.exit(idle.run), Exit.fail(gone))

      const busy = yield* world([[run(a)], gone]).make
      const fiber = yield* Effect.fork(busy.run)
      yield* TestClock.adjust(0)
      const [item] = yield* lease(busy)
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual((yield* busy.api.stopRequests({ sweep, runs: [a] })).size, 0)
      assert.isDefined(item)
      yield* end(busy, item, "finished")
      assert.deepStrictEqual(yield* Fiber.join(fiber), outcomeOf({ finished: 1 }, "SweepLost"))
    })
  )

  it.scoped("says once why its heartbeats come to nothing, and again where it is for another reason", () =>
    Effect.gen(function* () {
      const said: Array<unknown> = []
      const logger = Logger.make<unknown, void>(({ message }) => void said.push(message))
      const unanswered = new CommError({ reason: "Timeout", operation: "o", detail: "d", retryable: true })
      const answers = [[run(a)], unanswered, unanswered, [], unanswered, gone, gone, gone]
      const { heard, make } = world(answers)
      yield* Effect.gen(function* () {
        const agent = yield* make
        yield* Effect.forkScoped(agent.run)
        yield* TestClock.adjust(0)
        assert.lengthOf(yield* lease(agent), 1)
        yield* TestClock.adjust("40 seconds")
      }).pipe(Effect.provide(Logger.replace(Logger.defaultLogger, logger)))
      assert.isAbove(heard.length, answers.length)
      assert.deepStrictEqual(
        said.map((message) => String(Array.isArray(message) ? message[0] : message)),
        ["A heartbeat was not answered", "A heartbeat was not answered", "The sweep is gone"]
      )
    })
  )

  it.scoped("says that the sweep is gone also where none of its runs lives any more", () =>
    Effect.gen(function* () {
      const agent = yield* world([[run(a)], gone]).make
      const fiber = yield* Effect.fork(agent.run)
      yield* work(agent, "finished")
      assert.deepStrictEqual(yield* Fiber.join(fiber), outcomeOf({ finished: 1 }, "SweepLost"))
    })
  )

  it.scoped("tells its listener what happens to its runs, until it is over", () =>
    Effect.gen(function* () {
      const agent = yield* world([[run(a)], [AgentCommand.Exit()]]).make
      yield* Effect.forkScoped(agent.run)
      const heard = yield* Effect.fork(Stream.runCollect(Mailbox.toStream(agent.events)))
      yield* TestClock.adjust(0)
      const [item] = yield* lease(agent)
      assert.isDefined(item)
      yield* agent.queue.acknowledge(item.id, "handle")
      yield* end(agent, item, "failed", 3)
      const key = RunKey.make(a, 1)
      assert.deepStrictEqual(
        [...(yield* Fiber.join(heard))],
        [
          { _tag: "Started", key, trial: new Map([["x", 1n]]), handle: "handle" },
          { _tag: "Ended", key, state: "failed", exitCode: 3 }
        ]
      )
    })
  )

  it.scoped("offers a run once, and again when it is given back, each time with a ring", () =>
    Effect.gen(function* () {
      const agent = yield* world([[run(a), run(a)]]).make
      const rings = () => Effect.fork(Stream.runHead(agent.queue.changes("q")))
      const [offered, waiting] = [yield* rings(), yield* Effect.fork(agent.run)]
      yield* TestClock.adjust(0)
      assert.isTrue(Option.isSome(yield* Fiber.join(offered)))
      const [item, ...others] = yield* lease(agent)
      assert.isDefined(item)
      assert.deepStrictEqual(others, [])
      const released = yield* rings()
      yield* TestClock.adjust(0)
      yield* agent.queue.release(item.id, "a")
      assert.isTrue(Option.isSome(yield* Fiber.join(released)))
      assert.deepStrictEqual(yield* lease(agent), [item])
      // Given back to an agent that leaves, it is nobody's: there is nothing more to wait for.
      yield* agent.drain("Asked")
      yield* agent.queue.release(item.id, "a")
      assert.deepStrictEqual(yield* Fiber.join(waiting), outcomeOf({}, "Asked"))
    })
  )

  it.scoped("offers no run again that has ended after it was given back", () =>
    Effect.gen(function* () {
      const agent = yield* world([[run(a)]]).make
      yield* Effect.forkScoped(agent.run)
      yield* TestClock.adjust(0)
      const [item] = yield* lease(agent)
      assert.isDefined(item)
      yield* agent.queue.release(item.id, "agent")
      yield* end(agent, item, "killed")
      assert.deepStrictEqual(yield* lease(agent), [])
    })
  )

  it.scoped("leases no more than its launch agent has room for", () =>
    Effect.gen(function* () {
      const agent = yield* world([[run(a), run(b)]]).make
      yield* Effect.forkScoped(agent.run)
      yield* TestClock.adjust(0)
      for (const expected of [a, b]) {
        const leased = yield* agent.queue.lease({ queue: "q", agent: "l", max: 1 })
        assert.deepStrictEqual(
          leased.map((item) => item.request.run),
          [expected]
        )
      }
    })
  )

  it.scoped("counts each run once, as failed where nobody has reported how it ended, and reports only ends", () =>
    Effect.gen(function* () {
      const { make, reported } = world([[run(a), run(b)]])
      const agent = yield* make
      const fiber = yield* Effect.fork(agent.run)
      yield* TestClock.adjust(0)
      const [first, second] = yield* lease(agent)
      assert(first !== undefined && second !== undefined)
      const running = { attempt: 1, state: "running", exitCode: undefined, summary: new Map() } as const
      yield* agent.api.reportRun({ sweep, run: a, report: running })
      assert.deepStrictEqual(reported, [])
      yield* end(agent, first, "finished")
      yield* agent.queue.complete(first.id)
      yield* agent.drain("Asked")
      yield* agent.queue.fail(second.id, "there is no such program")
      assert.deepStrictEqual(yield* Fiber.join(fiber), outcomeOf({ finished: 1, failed: 1 }, "Asked"))
    })
  )

  it.scoped("stops no run that it is handed after it was told to stop it", () =>
    Effect.gen(function* () {
      const agent = yield* world([
        [AgentCommand.StopRun({ run: a }), run(a)],
        [AgentCommand.StopRun({ run: a })],
        [AgentCommand.Resume({ run: a, trial: new Map(), attempt: 2 })]
      ]).make
      yield* Effect.forkScoped(agent.run)
      yield* TestClock.adjust(0)
      const [item] = yield* lease(agent)
      assert.strictEqual((yield* agent.api.stopRequests({ sweep, runs: [a] })).size, 0)
      // nor one that comes back after it was stopped
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual(yield* agent.api.stopRequested({ sweep, run: a }), Option.some("EarlyStopped"))
      assert.isDefined(item)
      yield* end(agent, item, "preempted")
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual((yield* lease(agent)).length, 1)
      assert.deepStrictEqual(yield* agent.api.stopRequested({ sweep, run: a }), Option.none())
    })
  )

  it.scoped("takes nothing more once it is asked to end, not even what nobody has leased yet", () =>
    Effect.gen(function* () {
      const agent = yield* world([[run(a)]]).make
      const fiber = yield* Effect.fork(agent.run)
      yield* TestClock.adjust(0)
      yield* agent.drain("Asked")
      assert.deepStrictEqual(yield* lease(agent), [])
      assert.deepStrictEqual(yield* Fiber.join(fiber), outcomeOf({}, "Asked"))
    })
  )

  it.scoped("begins the next attempt of a run that is handed out again", () =>
    Effect.gen(function* () {
      const resume = AgentCommand.Resume({ run: a, trial: new Map(), attempt: undefined })
      const agent = yield* world([[resume]], { known: ["a#1", "a#2"] }).make
      yield* Effect.forkScoped(agent.run)
      yield* TestClock.adjust(0)
      const [item] = yield* lease(agent)
      assert.strictEqual(item?.request.key, RunKey.make(a, 3))
    })
  )

  it.scoped("begins the attempt that it is told, and goes on where it can't tell which it is", () =>
    Effect.gen(function* () {
      const [unknown, told] = [undefined, 7].map((attempt) =>
        AgentCommand.Resume({ run: attempt === undefined ? a : b, trial: new Map(), attempt })
      )
      assert(unknown !== undefined && told !== undefined)
      const agent = yield* world([[unknown, told]]).make
      yield* Effect.forkScoped(agent.run)
      yield* TestClock.adjust(0)
      assert.deepStrictEqual(
        (yield* lease(agent)).map((item) => item.request.key),
        [RunKey.make(b, 7)]
      )
    })
  )

  it.scoped("doesn't take a run again that it was asked to leave while it looked for the attempt", () =>
    Effect.gen(function* () {
      const resume = AgentCommand.Resume({ run: b, trial: new Map(), attempt: undefined })
      const agent = yield* world([[run(a), resume]], { known: [], looking: "1 second" }).make
      const fiber = yield* Effect.fork(agent.run)
      yield* TestClock.adjust(0)
      const [item] = yield* lease(agent)
      yield* agent.drain("Asked")
      yield* agent.drain("Exit")
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* lease(agent), [])
      assert.isDefined(item)
      yield* end(agent, item, "finished")
      assert.deepStrictEqual(yield* Fiber.join(fiber), outcomeOf({ finished: 1 }, "Asked"))
    })
  )
})
