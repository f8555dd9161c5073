import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { AgentCommand } from "./AgentCommand.js"
import { AgentId } from "./AgentId.js"
import { CommError } from "./CommError.js"
import { EarlyStopping } from "./EarlyStopping.js"
import { Controller } from "./internal/memoryController.js"
import type { StoredRun } from "./internal/memoryRun.js"
import { StoredSweep } from "./internal/memorySweep.js"
import { MemoryStore } from "./MemoryStore.js"
import * as Reading from "./Reading.js"
import type { RunStateReading } from "./Reading.js"
import type { RunId } from "./RunId.js"
import * as RunKey from "./RunKey.js"
import * as RunState from "./RunState.js"
import type { SchedulerError } from "./SchedulerError.js"
import { Search } from "./Search.js"
import type { StopReason } from "./StopReason.js"
import { SweepApi } from "./SweepApi.js"
import * as SweepConfig from "./SweepConfig.js"
import * as RunFacts from "./RunFacts.js"
import * as SweepController from "./SweepController.js"
import { SweepId } from "./SweepId.js"
import { SweepNotFoundError } from "./SweepNotFoundError.js"

const make: Effect.Effect<SweepApi["Type"], never, MemoryStore | Search | EarlyStopping> = Effect.gen(function* () {
  const { contents } = yield* MemoryStore
  const controller = new Controller(contents, yield* Search, yield* EarlyStopping)

  const inSweep = <A, E>(
    id: SweepId,
    use: (sweep: StoredSweep, now: number) => Effect.Effect<A, E>
  ): Effect.Effect<A, E | SweepNotFoundError> =>
    Effect.clockWith((clock): Effect.Effect<A, E | SweepNotFoundError> => {
      const sweep = contents.sweeps.get(id)
      if (sweep === undefined) return new SweepNotFoundError({ kind: "sweep", id })
      return use(sweep, clock.unsafeCurrentTimeMillis())
    })

  const inRun = <A>(
    operation: string,
    ids: { readonly sweep: SweepId; readonly run: RunId },
    use: (run: StoredRun, sweep: StoredSweep, now: number) => A
  ): Effect.Effect<A, CommError> =>
    Effect.clockWith((clock) => {
      const sweep = contents.sweeps.get(ids.sweep)
      const run = sweep?.runs.get(ids.run)
      if (sweep === undefined || run === undefined) return noRun(operation, ids)
      return Effect.succeed(use(run, sweep, clock.unsafeCurrentTimeMillis()))
    })

  return {
    createSweep: Effect.fnUntraced(function* ({ config, name, seed }) {
      const parsed = yield* Effect.mapError(
        SweepConfig.parse({ file: "the sweep config", text: config }),
        (error) => new CommError({ ...refused("create a sweep", 400), detail: error.message })
      )
      const now = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
      const sweep = new StoredSweep(SweepId.make(contents.nextId()), name, parsed, seed, now)
      contents.sweeps.set(sweep.id, sweep)
      return sweep.id
    }),
    sweep: (id) => inSweep(id, (sweep) => Effect.succeed(sweep.record())),
    sweeps: Effect.sync(() => Array.from(contents.sweeps.values(), (sweep) => sweep.record()).reverse()),
    runs: (id) => inSweep(id, (sweep) => Effect.succeed(sweep.history.map((run) => run.record()))),
    sweepState: (id) => inSweep(id, (sweep) => Effect.succeed(Option.some(sweep.state))),
    setSweepState: (id, state) => inSweep(id, (sweep) => Effect.succeed(controller.setState(sweep, state))),
    registerAgent: ({ sweep: id }) =>
      inSweep(id, (sweep): Effect.Effect<AgentId, CommError> => {
        const state = SweepController.registered(sweep.state)
        if (Option.isNone(state)) {
          return new CommError({ ...refused("register an agent", 400), detail: SweepController.notRunning(id) })
        }
        controller.setState(sweep, state.value)
        const agent = AgentId.make(contents.nextId())
        sweep.agents.add(agent)
        return Effect.succeed(agent)
      }),
    heartbeat: ({ sweep: id, agent, runs }) =>
      inSweep(id, (sweep): Effect.Effect<ReadonlyArray<AgentCommand>, SchedulerError | SweepNotFoundError> => {
        if (!sweep.agents.has(agent)) return new SweepNotFoundError({ kind: "agent", id: agent })
        for (const [run, lives] of runs) {
          const stored = lives ? sweep.runs.get(run) : undefined
          // Somebody who had an earlier attempt may not know yet that it is over, nor the next one's agent that it is his.
          if (stored !== undefined && stored.state !== "pending") stored.agent = agent
        }
        const answer = controller.answer(sweep, agent, runs)
        return sweep.unjudged ? Effect.zipRight(controller.judge(sweep), answer) : answer
      }),
    runState: ({ sweep: id, run }) =>
      inSweep(id, (sweep) => {
        const stored = sweep.runs.get(run)
        return stored === undefined
          ? new SweepNotFoundError({ kind: "run", id: run })
          : Effect.succeed(Either.right(stored.state))
      }),
    runStates: ({ runs, sweep: id }) =>
      Effect.sync(() => {
        const sweep = contents.sweeps.get(id)
        return runs.map((run): RunStateReading => {
          const stored = sweep?.runs.get(run)
          return stored === undefined
            ? Reading.missed(new SweepNotFoundError({ kind: "run", id: run }))
            : { _tag: "Found", state: stored.state }
        })
      }),
    createRun: ({ sweep: id, trial }) =>
      inSweep(id, (sweep, now) => Effect.succeed(controller.create(sweep, trial, undefined, now).id)),
    requeueRun: (options) =>
      inRun("requeue", options, (run, sweep) => {
        const facts = RunFacts.requeued(run.facts, options.attempt)
        if (facts !== undefined) sweep.settle(run, facts)
      }),
    stopRun: (options) =>
      inRun("stop", options, (run, sweep, now) => {
        const key = RunKey.make(run.id, run.facts.attempt)
        const held = contents.queues.isHeld(key)
        const reason = RunFacts.reasonWithin(Option.some(sweep.state), options.reason)
        const facts = RunFacts.stopped(run.facts, reason, held, now)
        if (facts === undefined) return
        sweep.settle(run, facts)
        if (!RunState.isAlive(facts.state)) contents.queues.withdraw(key)
      }),
    stopRequested: (ids) => inRun("read whether to stop", ids, (run) => Option.fromNullable(run.facts.stop)),
    stopRequests: ({ runs, sweep: id }) =>
      Effect.sync(() => {
        const stops = new Map<RunId, StopReason>()
        for (const run of runs) {
          const stop = contents.sweeps.get(id)?.runs.get(run)?.facts.stop
          if (stop !== undefined) stops.set(run, stop)
        }
        return stops
      }),
    reportRun: (options) =>
      inRun("report on", options, (run, sweep, now) => {
        const facts = RunFacts.reported(run.facts, options.report, now)
        if (facts === undefined) return
        sweep.summarise(run, options.report.summary)
        sweep.settle(run, facts)
      }),
    job: () => Effect.succeedNone,
    changes: (id) => contents.sweeps.get(id)?.bell.changes ?? Stream.never
  }
})

/**
 * The sweeps of a memory store. It answers heartbeats as W&B's server does (F.1–F.5), through
 * `SweepController`; a config that can't be parsed is refused with status 400.
 *
 * `changes` tells of states and stops, whoever wrote them; not of what its caller learns from the
 * answer anyway, which is a new run or agent, not of a launched run that begins, and not of metric rows.
 */
export const layer: Layer.Layer<SweepApi, never, MemoryStore | Search | EarlyStopping> = Layer.effect(SweepApi, make)

// internal

const refused = (operation: string, status: number) =>
  ({ reason: "Status", operation, status, retryable: false }) as const

const noRun = (operation: string, { run, sweep }: { readonly sweep: SweepId; readonly run: RunId }): CommError =>
  new CommError({ ...refused(`${operation} run ${run}`, 404), detail: `Sweep ${sweep} has no such run` })
