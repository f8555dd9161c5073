import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Layer, Option, TestClock } from "effect"
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
  options: Partial<LaunchAgentQueue.Options> & { readonly known?: ReadonlyArray<string> } = {}
) =>
  Effect.gen(function* () {
    const world = yield* WandbWorld.make()
    return yield* Effect.flatMap(
      LaunchAgentQueue.make({
        agentId: "agent",
        entity: WandbWorld.place.entity,
        project: "model-registry",
        queues: [WandbWorld.queue],
        maxJobs: 1,
        maxSchedulers: 1,
        stopTimeout: Duration.seconds(60),
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

  it.scoped("begins another attempt of a run that it has launched before", () =>
    withAgent(
      (agent) =>
        Effect.gen(function* () {
          yield* push({ run_id: "again", overrides: { entry_point: ["true"] } })
          const [item] = yield* lease(agent)
          assert.strictEqual(item?.request.key, RunKey.make(RunId.make("again"), 2))
          yield* agent.close
          assert.isFalse(agent.isOver())
          assert.isDefined(item)
          yield* agent.queue.release(item.id)
          assert.isTrue(agent.isOver())
        }),
      { known: ["again#1"] }
    )
  )
})
