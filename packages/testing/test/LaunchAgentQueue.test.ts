import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Either, Exit, Fiber, Layer, Option, TestClock } from "effect"
import * as LaunchAgentQueue from "@sweepline/api-client/LaunchAgentQueue"
import { pushToRunQueueByName } from "@sweepline/api-client/operations/PushToRunQueueByName"
import { UpsertBucket } from "@sweepline/api-client/operations/UpsertBucket"
import { WandbClient } from "@sweepline/api-client/WandbClient"
import { Executor } from "@sweepline/core/Executor"
import { LaunchQueue, type QueueItem } from "@sweepline/core/LaunchQueue"
import { QueueItemId } from "@sweepline/core/QueueItemId"
import { RunId } from "@sweepline/core/RunId"
import type { RunState } from "@sweepline/core/RunState"
import * as RunKey from "@sweepline/core/RunKey"
import * as Signal from "@sweepline/core/Signal"
import { SweepApi } from "@sweepline/core/SweepApi"
import type { SweepId } from "@sweepline/core/SweepId"
import * as WandbWorld from "./WandbWorld.js"

const executor = (known: ReadonlyArray<string>) =>
  Layer.mock(Executor, {
    find: (key) => Effect.succeed(known.includes(key) ? Option.some({ key, data: "" }) : Option.none())
  })

/** Runs a test with a server, the ports over it, and the queues of an agent. */
const withAgent = <A, E>(
  use: (
    agent: LaunchAgentQueue.LaunchAgentQueue,
    world: WandbWorld.World
  ) => Effect.Effect<A, E, WandbClient | SweepApi | LaunchQueue>,
  options: Partial<LaunchAgentQueue.Options> & {
    readonly known?: ReadonlyArray<string>
    readonly faultOf?: (operation: string) => WandbWorld.WireFault
  } = {}
) =>
  Effect.gen(function* () {
    const world = yield* WandbWorld.make(options.faultOf === undefined ? {} : { faultOf: options.faultOf })
    return yield* Effect.flatMap(
      LaunchAgentQueue.make({
        agentId: "agent",
        entity: WandbWorld.place.entity,
        project: "model-registry",
        queues: [WandbWorld.queue],
        maxJobs: 1,
        maxSchedulers: 1,
        stopTimeout: Duration.seconds(60),
        itemOf: () => Effect.succeedNone,
        ...options
      }),
      (agent) => use(agent, world)
    ).pipe(Effect.provide(Layer.merge(world.ports, executor(options.known ?? []))))
  })

const lease = (agent: LaunchAgentQueue.LaunchAgentQueue) => agent.queue.lease({ queue: "q", agent: "a", max: 9 })

const push = (spec: Record<string, unknown>) =>
  Effect.flatMap(WandbClient, (client) =>
    Effect.map(
      client.request(pushToRunQueueByName({ priority: false, templateVariableValues: false }), {
        entityName: WandbWorld.place.entity,
        projectName: "model-registry",
        queueName: WandbWorld.queue,
        runSpec: JSON.stringify({ ...WandbWorld.place, ...spec })
      }),
      ({ pushToRunQueueByName: pushed }) => QueueItemId.make(pushed?.runQueueItemId ?? "none")
    )
  )

/** Hands out a run of a sweep, which is pending then, and pushes it. */
const pushRun = Effect.fnUntraced(function* (sweep: SweepId) {
  const api = yield* SweepApi
  const agent = yield* api.registerAgent({ sweep, host: "h" })
  const [command] = yield* api.heartbeat({ sweep, agent, runs: new Map() })
  const run = command?._tag === "Run" ? command.run : RunId.make("none")
  return { run, item: yield* push({ run_id: run, sweep_id: sweep, job: "e/p/j:v0" }) }
})

/** A run's client says that it has begun. */
const begin = (run: RunId) =>
  Effect.flatMap(WandbClient, (client) => client.request(UpsertBucket, { ...WandbWorld.place, name: run, host: "h" }))

const end = (agent: LaunchAgentQueue.LaunchAgentQueue, { id, request }: QueueItem, state: RunState, exitCode: number) =>
  Effect.zipRight(
    agent.api.reportRun({
      sweep: request.sweep,
      run: request.run,
      report: { attempt: request.attempt, state, exitCode, summary: new Map() }
    }),
    agent.queue.complete(id)
  )

const stateOf = (id: QueueItemId) =>
  Effect.flatMap(LaunchQueue, (queue) => Effect.map(queue.itemState({ id, queue: WandbWorld.queue }), Option.getOrNull))

describe("LaunchAgentQueue", () => {
  it.scoped("takes as many items as there is room for, and claims what it has started", () =>
    withAgent((agent, world) =>
      Effect.gen(function* () {
        const sweep = yield* WandbWorld.newSweep(world, 2)
        const first = yield* pushRun(sweep)
        const second = yield* pushRun(sweep)
        const [item, ...more] = yield* lease(agent)
        assert.deepStrictEqual([item?.id, more], [first.item, []])
        assert.deepStrictEqual(yield* lease(agent), [])
        assert.isDefined(item)
        assert.strictEqual(agent.launch(item.request.key)?.item.job, "e/p/j:v0")
        yield* agent.queue.acknowledge(item.id, "handle")
        assert.strictEqual(yield* stateOf(item.id), "claimed")
        assert.strictEqual(yield* stateOf(second.item), "pending")
        yield* begin(first.run)
        yield* end(agent, item, "finished", 0)
        assert.strictEqual(yield* stateOf(item.id), "claimed")
        assert.deepStrictEqual(
          (yield* lease(agent)).map(({ id }) => id),
          [second.item]
        )
      })
    )
  )

  it.scoped("goes on with an item that is offered again, because starting it took longer than a minute", () =>
    withAgent(
      (agent, world) =>
        Effect.gen(function* () {
          const sweep = yield* WandbWorld.newSweep(world, 2)
          const slow = yield* pushRun(sweep)
          const [item] = yield* lease(agent)
          assert.isDefined(item)
          yield* TestClock.adjust("61 seconds")
          const next = yield* pushRun(sweep)
          assert.deepStrictEqual(
            (yield* lease(agent)).map(({ id }) => id),
            [next.item]
          )
          assert.notStrictEqual(yield* stateOf(slow.item), "failed")
          yield* agent.queue.acknowledge(item.id, "handle")
          assert.strictEqual(yield* stateOf(slow.item), "claimed")
          assert.strictEqual(agent.live(), 2)
        }),
      { maxJobs: 2 }
    )
  )

  it.scoped("fails the runs of a sweep that has ended, and items that nobody could run", () =>
    withAgent((agent, world) =>
      Effect.gen(function* () {
        const sweep = yield* WandbWorld.newSweep(world, 1)
        const { item } = yield* pushRun(sweep)
        yield* world.backend.setSweepState(sweep, "FINISHED")
        const broken = yield* push({ run_id: "r", overrides: { args: "x" } })
        assert.deepStrictEqual(yield* lease(agent), [])
        assert.deepStrictEqual([yield* stateOf(item), yield* stateOf(broken)], ["failed", "failed"])
        const told = yield* agent.events.take
        assert.include(told._tag === "Refused" ? told.detail : "", "FINISHED")
      })
    )
  )

  it.scoped(
    "fails the item of an image and of another resource at once, and the run with it: nobody waits for it",
    () =>
      withAgent((agent, world) =>
        Effect.gen(function* () {
          const sweep = yield* WandbWorld.newSweep(world, 1)
          const api = yield* SweepApi
          const worker = yield* api.registerAgent({ sweep, host: "h" })
          const [command] = yield* api.heartbeat({ sweep, agent: worker, runs: new Map() })
          const run = command?._tag === "Run" ? command.run : RunId.make("none")
          const image = yield* push({ run_id: run, sweep_id: sweep, docker: { docker_image: "reg/train:7" } })
          const cluster = yield* push({ run_id: "other", job: "e/p/j:v0", resource: "kubernetes" })
          assert.deepStrictEqual(yield* lease(agent), [])
          assert.deepStrictEqual([yield* stateOf(image), yield* stateOf(cluster)], ["failed", "failed"])
          assert.deepStrictEqual(yield* api.runState({ sweep, run }), Either.right("failed"))
          const told = yield* agent.events.take
          assert.include(told._tag === "Refused" ? told.detail : "", "It runs the image reg/train:7")
          assert.strictEqual(agent.live(), 0)
        })
      )
  )

  it.scoped("says that a run has failed which ended without having begun", () =>
    withAgent((agent, world) =>
      Effect.gen(function* () {
        const { item: id } = yield* pushRun(yield* WandbWorld.newSweep(world, 1))
        const [item] = yield* lease(agent)
        assert.isDefined(item)
        yield* agent.queue.acknowledge(id, "handle")
        yield* end(agent, item, "failed", 127)
        assert.strictEqual(yield* stateOf(id), "failed")
        assert.strictEqual(agent.live(), 0)
      })
    )
  )

  it.scoped("has one scheduler at a time, and cancels the sweep of one that fails", () =>
    withAgent((agent, world) =>
      Effect.gen(function* () {
        const sweep = yield* WandbWorld.newSweep(world, 1)
        const scheduler = {
          uri: "placeholder-uri-scheduler",
          overrides: { entry_point: ["wandb", "scheduler", sweep] }
        }
        yield* push({ ...scheduler, run_id: sweep })
        yield* push({ ...scheduler, run_id: "other" })
        const [item, ...more] = yield* lease(agent)
        assert.isDefined(item)
        assert.strictEqual(more.length, 0)
        assert.isTrue(agent.launch(item.request.key)?.item.isScheduler)
        yield* begin(item.request.run)
        yield* end(agent, item, "failed", 1)
        assert.deepStrictEqual(yield* world.backend.sweepState(sweep), Option.some("CANCELED"))
      })
    )
  )

  it.scoped("takes the runs behind schedulers for which it has no room", () =>
    withAgent((agent, world) =>
      Effect.gen(function* () {
        const scheduler = { uri: "placeholder-uri-scheduler", overrides: { entry_point: ["wandb", "scheduler", "s"] } }
        yield* Effect.forEach(["a", "b", "c"], (run) => push({ ...scheduler, run_id: run }), { discard: true })
        const { item } = yield* pushRun(yield* WandbWorld.newSweep(world, 1))
        const taken = yield* lease(agent)
        assert.deepStrictEqual(
          taken.map(({ request }) => agent.launch(request.key)?.item.isScheduler),
          [true, false]
        )
        assert.strictEqual(taken[1]?.id, item)
      })
    )
  )

  it.scoped("keeps a launch until the server knows how it ended", () => {
    let answers = true
    return withAgent(
      (agent, world) =>
        Effect.gen(function* () {
          const { item: id } = yield* pushRun(yield* WandbWorld.newSweep(world, 1))
          const [item] = yield* lease(agent)
          assert.isDefined(item)
          yield* agent.queue.acknowledge(id, "handle")
          assert.strictEqual((yield* agent.events.take)._tag, "Started")
          answers = false
          const lost = yield* Effect.fork(Effect.exit(end(agent, item, "failed", 127)))
          yield* TestClock.adjust("1 hour")
          assert.isTrue(Exit.isFailure(yield* Fiber.join(lost)))
          assert.strictEqual(agent.live(), 1)
          answers = true
          yield* agent.queue.complete(id)
          assert.strictEqual(yield* stateOf(id), "failed")
          assert.strictEqual(agent.live(), 0)
          assert.strictEqual((yield* agent.events.take)._tag, "Ended")
        }),
      { faultOf: (operation) => (!answers && operation === "RunState" ? { kind: "502", when: "before" } : "none") }
    )
  })

  it.scoped("says at once that what runs is to stop", () =>
    withAgent((agent, world) =>
      Effect.gen(function* () {
        const sweep = yield* WandbWorld.newSweep(world, 1)
        const { run } = yield* pushRun(sweep)
        yield* lease(agent)
        let told = 0
        yield* Effect.fork(Signal.onEach(agent.api.changes(sweep), () => void (told += 1)))
        yield* Effect.yieldNow()
        yield* agent.stop
        assert.strictEqual(told, 1)
        assert.strictEqual((yield* agent.api.stopRequests({ sweep, runs: [run] })).get(run), "Killed")
      })
    )
  )

  it.scoped("stops a run that was stopped on W&B once it has had a minute to end by itself", () =>
    withAgent((agent, world) =>
      Effect.gen(function* () {
        const sweep = yield* WandbWorld.newSweep(world, 1)
        const { run } = yield* pushRun(sweep)
        yield* lease(agent)
        yield* begin(run)
        yield* world.backend.stopRun({ sweep, run, reason: "Killed" })
        const asked = Effect.map(agent.api.stopRequests({ sweep, runs: [run] }), (reasons) => reasons.get(run))
        assert.isUndefined(yield* asked)
        yield* TestClock.adjust("60 seconds")
        assert.strictEqual(yield* asked, "Killed")
      })
    )
  )

  it.scoped(
    "finds the job of an item that an earlier agent has started, but could not claim, and starts no other",
    () => {
      const run = RunId.make("again")
      const started = { item: QueueItemId.make("none"), key: RunKey.make(run, 2) }
      return withAgent(
        (agent, world) =>
          Effect.gen(function* () {
            const sweep = yield* WandbWorld.newSweep(world, 1)
            started.item = yield* push({ run_id: run, sweep_id: sweep, job: "e/p/j:v0" })
            // It ended with its runs, of which the server has heard all.
            yield* world.backend.setSweepState(sweep, "FINISHED")
            const [item] = yield* lease(agent)
            assert.deepStrictEqual([item?.request.key, item?.submitted], [started.key, true])
            assert.isDefined(item)
            yield* agent.queue.acknowledge(item.id, "handle")
            assert.strictEqual(yield* stateOf(started.item), "claimed")
          }),
        {
          known: [RunKey.make(run, 1), started.key],
          itemOf: (key) => Effect.succeed(key === started.key ? Option.some(started.item) : Option.none())
        }
      )
    }
  )

  it.scoped("begins another attempt of a run that it has launched before", () =>
    withAgent(
      (agent) =>
        Effect.gen(function* () {
          yield* push({ run_id: "again", overrides: { entry_point: ["true"] } })
          const [item] = yield* lease(agent)
          assert.strictEqual(item?.request.key, RunKey.make(RunId.make("again"), 2))
          assert.isUndefined(item?.submitted)
          yield* agent.close
          const over = yield* Effect.fork(agent.over)
          yield* Effect.yieldNow()
          assert.isNull(over.unsafePoll())
          assert.isDefined(item)
          yield* agent.queue.release(item.id, "a")
          yield* Fiber.join(over)
        }),
      { known: ["again#1"], itemOf: () => Effect.succeedSome(QueueItemId.make("another")) }
    )
  )
})
