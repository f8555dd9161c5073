import type * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as LaunchAgentQueue from "@sweepline/api-client/LaunchAgentQueue"
import { CreateLaunchAgent } from "@sweepline/api-client/operations/CreateLaunchAgent"
import { CreateRunQueue } from "@sweepline/api-client/operations/CreateRunQueue"
import { LaunchAgent as GetLaunchAgent } from "@sweepline/api-client/operations/LaunchAgent"
import { ProjectRunQueues } from "@sweepline/api-client/operations/ProjectRunQueues"
import { UpdateLaunchAgent } from "@sweepline/api-client/operations/UpdateLaunchAgent"
import * as QueueProject from "@sweepline/api-client/QueueProject"
import { execute, WandbClient } from "@sweepline/api-client/WandbClient"
import { WandbProject } from "@sweepline/api-client/WandbProject"
import * as LaunchAgent from "@sweepline/core/LaunchAgent"
import * as LaunchAgentConfig from "@sweepline/core/LaunchAgentConfig"
import { LaunchQueue } from "@sweepline/core/LaunchQueue"
import { RunLog } from "@sweepline/core/RunLog"
import * as Slots from "@sweepline/core/Slots"
import { SweepApi } from "@sweepline/core/SweepApi"
import * as KillSwitch from "@sweepline/executors/KillSwitch"
import * as LocalExecutor from "@sweepline/executors/LocalExecutor"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Environment from "../Environment.js"
import * as ExitCode from "../ExitCode.js"
import { ExitStatus } from "../ExitStatus.js"
import * as Local from "../Local.js"
import { type Signal, Signals } from "../Signals.js"
import { version } from "../Version.js"
import * as LaunchAgentView from "./LaunchAgentView.js"
import * as LaunchJobs from "./LaunchJobs.js"
import * as Preflight from "./Preflight.js"
import { Surroundings } from "./Surroundings.js"
import * as Unlogged from "./Unlogged.js"
import * as WandbBackend from "./WandbBackend.js"

/** What a command line says. */
export interface Given {
  readonly queue: ReadonlyArray<string>
  readonly entity: Option.Option<string>
  readonly project: Option.Option<string>
  readonly maxJobs: number
  readonly dir: string
  readonly json: boolean
}

/**
 * Runs what it finds in launch queues of a W&B server, as processes of this machine, until it is told to leave. A first
 * Ctrl-C or SIGTERM stops what runs, a second one kills it. Sets the exit status.
 */
export const run = Effect.fnUntraced(function* (given: Given) {
  const path = yield* Path.Path
  const folder = path.resolve(given.dir)
  const backend = WandbBackend.layer({
    overrides: {
      entity: Option.getOrUndefined(given.entity),
      project: Option.getOrElse(given.project, () => QueueProject.modelRegistry)
    }
  })
  const executor = LocalExecutor.layer({ runs: Local.runsDirectory(folder), environment: Environment.all() })
  yield* work(folder, given).pipe(Effect.provide(Layer.merge(backend, executor)), Effect.scoped)
})

// internal

/** Schedulers at a time, besides runs, as W&B's agent has it. */
const maxSchedulers = 1

/** Time between two looks at the queues (E.3.2). */
const pollInterval = Duration.seconds(10)

/** How often the agent says what it does. */
const tellSchedule = Schedule.spaced(pollInterval)

const work = Effect.fnUntraced(function* (dir: string, given: Given) {
  const { host } = yield* Surroundings
  const client = yield* WandbClient
  const place = yield* WandbProject
  const signals = yield* Signals
  const status = yield* ExitStatus
  const maxJobs = given.maxJobs < 0 ? unlimited : given.maxJobs
  const queues = yield* queuesOf(given.queue)
  const { createLaunchAgent } = yield* execute(
    client,
    CreateLaunchAgent,
    {
      entity: place.entity,
      project: place.project,
      queues: queues.map(({ id }) => id),
      hostname: host,
      agentConfig: JSON.stringify({
        queues: queues.map(({ name }) => name),
        entity: place.entity,
        max_jobs: given.maxJobs
      }),
      version: `sweepline@${version}`
    },
    { doing: "register the launch agent" }
  )
  const asked = yield* signals.take(KillSwitch.killAllNow)
  const agentId = createLaunchAgent.launchAgentId
  const names = queues.map(({ name }) => name)
  const itemOf = LaunchJobs.itemOf(Local.runsDirectory(dir))
  const files = yield* Effect.context<FileSystem.FileSystem>()
  const queue = yield* LaunchAgentQueue.make({
    ...place,
    agentId,
    queues: names,
    maxJobs,
    maxSchedulers,
    stopTimeout: Duration.seconds(60),
    itemOf: (key) => Effect.provide(itemOf(key), files)
  })
  const view = yield* LaunchAgentView.make({ ...place, queues: names, json: given.json })
  yield* view.begins
  const agent = yield* launchAgent(queue, dir, maxJobs + maxSchedulers)
  const working = yield* Effect.forkScoped(agent.run)
  const shown = yield* Effect.forkScoped(view.follow(queue.events))
  const telling = yield* Effect.forkScoped(tell(client, agentId, queue))

  let signal: Signal | undefined
  yield* asked.take.pipe(
    Effect.flatMap((name) => {
      signal = name
      return Effect.all([view.interrupted(name), queue.close, queue.stop], { discard: true })
    }),
    Effect.ignore,
    Effect.forkScoped
  )
  // Where what runs jobs dies of a bug, nothing would ever be over.
  yield* Effect.raceFirst(queue.over, Fiber.join(working))
  // That it has gone is said last: what it was just about to say would come after it.
  yield* Fiber.interrupt(telling)
  yield* Effect.ignoreLogged(client.request(UpdateLaunchAgent, { agentId, agentStatus: "KILLED" }))
  yield* Fiber.join(shown)
  yield* view.ends
  yield* status.set(signal === undefined ? ExitCode.success : ExitCode.ofSignal(signal))
})

/** What `-j -1` means: more than any machine runs. */
const unlimited = 1000

/** The queues that were asked for; without a name, the one called default, which is made where there is none at all. */
const queuesOf = Effect.fnUntraced(function* (wanted: ReadonlyArray<string>) {
  const client = yield* WandbClient
  const { entity, project } = yield* WandbProject
  const read = execute(client, ProjectRunQueues, { entity, projectName: project }, { doing: "list the launch queues" })
  const first = (yield* read).project?.runQueues ?? []
  if (first.length === 0 && wanted.length === 0) {
    const queue = { entity, project, queueName: "default", access: "PROJECT" } as const
    yield* execute(client, CreateRunQueue, queue, { doing: "create the queue default" })
  }
  const known = first.length === 0 ? ((yield* read).project?.runQueues ?? []) : first
  const names = wanted.length === 0 ? ["default"] : wanted
  return yield* Effect.forEach(names, (name) => {
    const found = known.find((queue) => queue.name === name)
    if (found !== undefined) return Effect.succeed(found)
    const place = { entity, queueProject: project, queue: name }
    return Preflight.noQueue(
      place,
      known.map((queue) => queue.name)
    )
  })
})

/** Says now and then that the agent is there, and leaves when the server asks it to. */
const tell = (client: WandbClient["Type"], agentId: string, queue: LaunchAgentQueue.LaunchAgentQueue) =>
  Effect.gen(function* () {
    const { launchAgent: seen } = yield* client.request(GetLaunchAgent, { agentId })
    if (seen?.stopPolling === true) yield* queue.close
    yield* client.request(UpdateLaunchAgent, { agentId, agentStatus: queue.live() > 0 ? "RUNNING" : "POLLING" })
  }).pipe(
    Effect.catchAll((error) => Effect.logWarning("The server could not be told of this agent", error)),
    Effect.repeat(tellSchedule)
  )

/** What runs what the queues have. */
const launchAgent = Effect.fnUntraced(function* (queue: LaunchAgentQueue.LaunchAgentQueue, dir: string, slots: number) {
  const { cwd, environment } = yield* Surroundings
  const folders = { runsDirectory: Local.runsDirectory(dir), workingDirectory: cwd }
  const layer = LaunchAgent.layer.pipe(
    Layer.provide(
      LaunchJobs.layer({
        ...folders,
        sweepline: [process.execPath, ...process.argv.slice(1, 2)],
        launch: queue.launch
      })
    ),
    Layer.provide(
      LaunchAgentConfig.layer({
        ...folders,
        environment,
        queue: "launch",
        agent: "launch",
        slots: Slots.workers(slots),
        pollInterval,
        outputInterval: Duration.infinity,
        // Each item is another job: that several fail says nothing of the next.
        failureGuard: false,
        quickFailure: Duration.zero
      })
    ),
    Layer.provide(
      Layer.mergeAll(
        Layer.succeed(LaunchQueue, queue.queue),
        Layer.succeed(SweepApi, queue.api),
        Layer.succeed(RunLog, Unlogged.runLog)
      )
    )
  )
  return Context.get(yield* Layer.build(layer), LaunchAgent.LaunchAgent)
})
