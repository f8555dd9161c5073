/**
 * One life of scheduler and launch agent, from what the life before left behind: the encoded bytes of the
 * stores, and the engine, whose jobs outlive us.
 */
import { createHash } from "node:crypto"
import { Cause, Data, Deferred, Effect, Exit, Fiber, Layer, Logger, LogLevel, Option, Stream } from "effect"
import * as EarlyStopping from "@sweepline/core/EarlyStopping"
import { Executor, type Job } from "@sweepline/core/Executor"
import * as Journal from "@sweepline/core/Journal"
import * as MemoryJournal from "@sweepline/core/MemoryJournal"
import type { JournalUnavailable } from "@sweepline/core/JournalUnavailable"
import * as LaunchAgent from "@sweepline/core/LaunchAgent"
import * as LaunchQueue from "@sweepline/core/LaunchQueue"
import * as MemoryLaunchQueue from "@sweepline/core/MemoryLaunchQueue"
import * as MemoryStore from "@sweepline/core/MemoryStore"
import type { RunKey } from "@sweepline/core/RunKey"
import * as RunLog from "@sweepline/core/RunLog"
import * as MemoryRunLog from "@sweepline/core/MemoryRunLog"
import * as RunState from "@sweepline/core/RunState"
import * as Scheduler from "@sweepline/core/Scheduler"
import * as SchedulerRun from "@sweepline/core/SchedulerRun"
import * as MemorySchedulerRun from "@sweepline/core/MemorySchedulerRun"
import * as SweepApi from "@sweepline/core/SweepApi"
import * as MemorySweepApi from "@sweepline/core/MemorySweepApi"
import type { SweepId } from "@sweepline/core/SweepId"
import * as SimulatedEngine from "@sweepline/simulation/SimulatedEngine"
import * as SimulatedExecutor from "@sweepline/simulation/SimulatedExecutor"
import * as VirtualClock from "@sweepline/simulation/VirtualClock"
import * as SearchLive from "@sweepline/search/SearchLive"
import * as Faults from "../src/Faults.js"
import { CrashLedger } from "./CrashLedger.js"
import * as CrashProgram from "./CrashProgram.js"
import type { Act, CrashSweep } from "./CrashSweeps.js"
import { faulting, type Trouble } from "./CrashTrouble.js"

/** How a life ended. */
export type Ended = Data.TaggedEnum<{
  Crashed: { readonly call: Faults.Call }
  Left: { readonly outcome: Scheduler.Outcome }
  /** The scheduler said that it can't work, as it does to a person, who starts it again. */
  Refused: { readonly message: string }
  /** A defect, or a sweep that doesn't end. */
  Died: { readonly message: string }
}>

/** Constructors and matchers. */
export const Ended = Data.taggedEnum<Ended>()

/** A life, as far as it went. */
export interface Life {
  readonly ended: Ended
  /** Its calls, of all ports; and the one that was in trouble, if it came to that. */
  readonly calls: number
  readonly struck: string | undefined
}

/** What an engine was asked to do: asked the same again, another one holds the same jobs. */
type Deed = Data.TaggedEnum<{
  Submit: { readonly job: Job; readonly key: RunKey; readonly at: number }
  Cancel: { readonly key: RunKey; readonly grace: number; readonly at: number }
}>
const Deed = Data.taggedEnum<Deed>()

/** What outlives a life, at a moment when nobody lives. */
export interface World {
  readonly crashSweep: CrashSweep
  readonly sweep: SweepId
  /** The encoded bytes of the stores. */
  readonly backend: string
  readonly journal: ReadonlyArray<readonly [SweepId, ReadonlyArray<string>]>
  readonly snapshots: ReadonlyArray<readonly [SweepId, Journal.EncodedSnapshot]>
  /** What the engine knows, which is no part of us. */
  readonly deeds: ReadonlyArray<Deed>
  /** How many of the sweep's acts have happened. */
  readonly done: number
  readonly now: number
  readonly lives: number
  readonly ledger: CrashLedger
}

/** A sweep that was just created, and nothing else. */
export const make = (crashSweep: CrashSweep): World => {
  const created = Effect.gen(function* () {
    const api = yield* SweepApi.SweepApi
    const sweep = yield* api.createSweep({ config: crashSweep.config, name: crashSweep.name, seed: 7 })
    return { sweep, backend: yield* (yield* MemoryStore.MemoryStore).encode }
  }).pipe(
    Effect.provide(
      MemorySweepApi.layer.pipe(
        Layer.provide([SearchLive.layer, EarlyStopping.layerNoop]),
        Layer.provideMerge(MemoryStore.layer)
      )
    )
  )
  const { backend, sweep } = Exit.getOrElse(VirtualClock.run(created), (cause) => {
    throw new Error(Cause.pretty(cause))
  })
  const ledger = new CrashLedger(crashSweep.runCap)
  return { crashSweep, sweep, backend, journal: [], snapshots: [], deeds: [], done: 0, now: 0, lives: 0, ledger }
}

/**
 * All that a life can know of the world before it. Lives that begin alike go alike: nothing in virtual time
 * depends on anything else.
 */
export const fingerprint = ({ backend, crashSweep, deeds, done, journal, lives, now, snapshots }: World): string =>
  createHash("sha256")
    .update(JSON.stringify([crashSweep.name, backend, journal, snapshots, deeds, done, now, lives]))
    .digest("base64")

/** The jobs of a world's engine. */
export const engineOf = (world: World): SimulatedEngine.SimulatedEngine => recorded(world, [])

/** Lives once; the world is what the stores hold at its end, `downtime` milliseconds later. */
export const live = (
  before: World,
  trouble: Trouble,
  downtime: number
): { readonly life: Life; readonly world: World } => {
  const deeds: Array<Deed> = []
  const moment: Moment = {
    ...before,
    ledger: before.ledger.next(),
    engine: recorded(before, deeds),
    acted: before.done
  }
  const report = VirtualClock.runReport(Logger.withMinimumLogLevel(life(moment, trouble), LogLevel.None), {
    start: before.now,
    seed: before.lives
  })
  const after = {
    ...before,
    deeds: [...before.deeds, ...deeds],
    done: moment.acted,
    now: report.at + downtime,
    lives: before.lives + 1,
    ledger: moment.ledger
  }
  if (Exit.isFailure(report.exit)) {
    const ended = Ended.Died({ message: Cause.pretty(report.exit.cause) })
    return { life: { ended, calls: 0, struck: undefined }, world: after }
  }
  const { backend, journal, snapshots, ...rest } = report.exit.value
  return { life: rest, world: { ...after, backend, journal, snapshots } }
}

// internal

/** The world while somebody lives in it. */
interface Moment extends World {
  readonly engine: SimulatedEngine.SimulatedEngine
  acted: number
}

/** An engine with a world's jobs, which writes down what it is asked to do from now on. */
const recorded = ({ crashSweep, deeds }: World, more: Array<Deed>): SimulatedEngine.SimulatedEngine => {
  const engine = SimulatedEngine.make(crashSweep.engine)
  for (const deed of deeds) {
    if (deed._tag === "Submit") engine.submit(deed.job, deed.key, deed.at)
    else engine.cancel(deed.key, deed.grace, deed.at)
  }
  return {
    ...engine,
    submit: (job, key, at) => {
      more.push(Deed.Submit({ job, key, at }))
      return engine.submit(job, key, at)
    },
    cancel: (key, grace, at) => {
      more.push(Deed.Cancel({ key, grace, at }))
      engine.cancel(key, grace, at)
    }
  }
}

const life = Effect.fnUntraced(function* (world: Moment, trouble: Trouble) {
  const store = yield* MemoryStore.fromEncoded(world.backend)
  const journal: MemoryJournal.Store = new Map(world.journal.map(([sweep, texts]) => [sweep, [...texts]]))
  const snapshots = new Map(world.snapshots)
  const incarnation = yield* Faults.incarnation(trouble._tag === "Crash" ? trouble : undefined)
  const struck = { by: undefined as string | undefined }
  const faults = faulting(trouble, (call) => {
    struck.by = call
  })
  const ended = yield* Deferred.make<Ended>()
  // Never interrupted: what it still holds at a crash is dropped with the clock.
  yield* work(world).pipe(
    Effect.provide(layer(world, store, MemoryJournal.make(journal, snapshots), incarnation, faults)),
    Effect.matchCause({
      onSuccess: (outcome) => Ended.Left({ outcome }),
      onFailure: (cause) =>
        Option.match(Cause.failureOption(cause), {
          onNone: () => Ended.Died({ message: Cause.pretty(cause) }),
          onSome: ({ message }) => Ended.Refused({ message })
        })
    }),
    Effect.intoDeferred(ended),
    Effect.forkDaemon
  )
  const crashed = Effect.map(incarnation.crashed, (call): Ended => {
    struck.by = `${call.port}.${call.name}`
    return Ended.Crashed({ call })
  })
  return {
    ended: yield* Effect.raceFirst(Deferred.await(ended), crashed),
    calls: yield* incarnation.calls,
    struck: struck.by,
    backend: yield* store.encode,
    journal: [...journal],
    snapshots: [...snapshots]
  }
})

/** What a person's `sweepline run` or `resume` does, and others meanwhile. */
const work = Effect.fnUntraced(function* (world: Moment) {
  const { crashSweep, done, ledger, sweep } = world
  const backend = yield* Backend
  const scheduler = yield* Scheduler.Scheduler
  const agent = yield* LaunchAgent.LaunchAgent
  let running: Scheduler.RunningScheduler | undefined

  const act = Effect.fnUntraced(function* (it: Act) {
    const wait = it.at - (yield* Effect.clockWith((clock) => clock.currentTimeMillis))
    if (wait > 0) yield* Effect.sleep(wait)
    world.acted += 1
    switch (it.does) {
      case "interrupt":
        if (running !== undefined) yield* running.interrupt("SIGINT")
        return
      case "pause":
        yield* backend.api.setSweepState(sweep, "PAUSED")
        return
      case "resume":
        yield* backend.api.setSweepState(sweep, "RUNNING")
        return
      case "stop":
        yield* backend.api.setSweepState(sweep, "FINISHED")
        return
      case "preempt":
        for (const run of yield* backend.api.runs(sweep)) {
          if (RunState.isAlive(run.state)) yield* backend.api.stopRun({ sweep, run: run.id, reason: "Interrupted" })
        }
    }
  })

  const toDo = (crashSweep.acts ?? []).slice(done)
  const due = toDo.filter(({ at }) => at <= world.now)
  for (const it of due) yield* act(it)
  const { state } = yield* backend.api.sweep(sweep)
  const later = toDo.slice(due.length)
  if (Option.contains(state, "PAUSED") && !later.some(({ does }) => does === "resume")) {
    yield* backend.api.setSweepState(sweep, "RUNNING")
  }
  yield* Effect.forkScoped(Effect.forEach(later, act, { discard: true }))

  running = yield* scheduler.start(sweep)
  const launching = yield* Effect.forkScoped(agent.run)
  const rival = yield* Effect.exit(Effect.scoped(backend.own.start(sweep)))
  if (Exit.isSuccess(rival)) ledger.violated("a second scheduler was given the lease")
  return yield* Effect.timeoutFailCause(Effect.raceFirst(running.outcome, Fiber.join(launching)), {
    duration: CrashProgram.patience,
    onTimeout: () => Cause.die("The sweep doesn't end")
  })
}, Effect.scoped)

/** The backend as others reach it, who live on. */
class Backend extends Effect.Tag("Backend")<
  Backend,
  { readonly api: SweepApi.SweepApi["Type"]; readonly own: SchedulerRun.SchedulerRun["Type"] }
>() {}

const layer = (
  world: Moment,
  store: MemoryStore.MemoryStore["Type"],
  texts: Journal.Journal["Type"],
  incarnation: Faults.Incarnation,
  faults: Faults.Interceptor
) => {
  const { crashSweep, engine, ledger, sweep } = world
  const ports = Effect.gen(function* () {
    const api = yield* SweepApi.SweepApi
    const own = yield* SchedulerRun.SchedulerRun
    const looking: Faults.Interceptor = (_, effect) =>
      Effect.flatMap(Effect.exit(effect), (exit) => {
        ledger.look(store, sweep)
        return exit
      })
    const cut = <P extends object>(name: string, port: P): P =>
      incarnation.port(name, Faults.intercept(name, Faults.intercept(name, port, looking), faults))
    const opening: Effect.Effect<void, JournalUnavailable> = Effect.void
    const { append, keep, snapshot } = texts
    const cutJournal = cut("Journal", { append, keep, snapshot, replay: opening })
    return Layer.mergeAll(
      Layer.succeed(Backend, { api, own }),
      Layer.succeed(SweepApi.SweepApi, cut("SweepApi", api)),
      Layer.succeed(LaunchQueue.LaunchQueue, cut("LaunchQueue", ledger.queue(yield* LaunchQueue.LaunchQueue))),
      Layer.succeed(RunLog.RunLog, cut("RunLog", yield* RunLog.RunLog)),
      Layer.succeed(SchedulerRun.SchedulerRun, cut("SchedulerRun", ledger.own(own))),
      Layer.succeed(Executor, cut("Executor", yield* Executor)),
      Layer.succeed(Journal.Journal, {
        ...cutJournal,
        replay: (sweep, from) => Stream.unwrap(Effect.as(cutJournal.replay, texts.replay(sweep, from)))
      })
    )
  })
  const raw = Layer.mergeAll(
    MemorySweepApi.layer.pipe(Layer.provide([SearchLive.layer, crashSweep.stopping ?? EarlyStopping.layerNoop])),
    MemoryLaunchQueue.layer,
    MemoryRunLog.layer,
    MemorySchedulerRun.layer()
  ).pipe(
    Layer.provide(Layer.succeed(MemoryStore.MemoryStore, store)),
    Layer.merge(SimulatedExecutor.layerEngine(engine))
  )
  return CrashProgram.layer(crashSweep).pipe(Layer.provideMerge(Layer.unwrapScoped(ports).pipe(Layer.provide(raw))))
}
