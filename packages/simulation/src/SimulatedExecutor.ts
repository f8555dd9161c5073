import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberHandle from "effect/FiberHandle"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { Executor, type JobHandle, type JobStatus } from "@sweepline/core/Executor"
import type { RunKey } from "@sweepline/core/RunKey"
import * as Signal from "@sweepline/core/Signal"
import * as SimulatedEngine from "./SimulatedEngine.js"

/** A look behind the `Executor` port, for tests and plans. */
export class SimulatedExecutor extends Context.Tag("@sweepline/simulation/SimulatedExecutor")<
  SimulatedExecutor,
  {
    readonly engine: SimulatedEngine.SimulatedEngine
    /** Every job that the engine ever took, in order of submission, with how often each was submitted. */
    readonly history: Effect.Effect<ReadonlyArray<SimulatedEngine.JobRecord>>
  }
>() {}

const handle = (key: RunKey): JobHandle => ({ key, data: key })

const make = Effect.fnUntraced(function* (engine: SimulatedEngine.SimulatedEngine) {
  const endings = Signal.make<RunKey>("each")
  const run = yield* FiberHandle.runtime(yield* FiberHandle.make())()
  /** The jobs whose end is still to come. */
  const ends = new Map<RunKey, number>()
  let alarm = Number.POSITIVE_INFINITY

  const first = () => {
    let next: { readonly key: RunKey; readonly at: number } | undefined
    for (const [key, at] of ends) if (next === undefined || at < next.at) next = { key, at }
    return next
  }

  /** Announces each end when it comes, one at a time. */
  const announce = Effect.gen(function* () {
    for (let next = first(); next !== undefined; next = first()) {
      alarm = next.at
      yield* Effect.sleep(Duration.millis(Math.max(0, next.at - (yield* Clock.currentTimeMillis))))
      // A real timer may go off a moment before the clock says so: who asks then hears that the job runs.
      if ((yield* Clock.currentTimeMillis) < next.at) continue
      ends.delete(next.key)
      endings.emit(next.key)
    }
    alarm = Number.POSITIVE_INFINITY
  })

  /** Follows a job to its end; watching again follows an end that has moved. */
  const watch = (key: RunKey) => {
    const at = engine.endsAt(key)
    if (at === undefined || at === Number.POSITIVE_INFINITY) return
    ends.set(key, at)
    if (at >= alarm) return
    alarm = at
    run(announce)
  }

  for (const key of engine.unfinished(yield* Clock.currentTimeMillis)) watch(key)

  const executor: Executor["Type"] = {
    submit: Effect.fnUntraced(function* (job, key) {
      const latency = engine.submitLatency(key)
      if (latency > 0) yield* Effect.sleep(Duration.millis(latency))
      const now = yield* Clock.currentTimeMillis
      if (engine.submit(job, key, now)) watch(key)
      return handle(key)
    }),
    poll: (handles) =>
      Effect.map(
        Clock.currentTimeMillis,
        (now): ReadonlyMap<RunKey, JobStatus> => new Map(handles.map(({ key }) => [key, engine.status(key, now)]))
      ),
    cancel: Effect.fnUntraced(function* ({ key }, grace) {
      const now = yield* Clock.currentTimeMillis
      engine.cancel(key, Duration.toMillis(grace), now)
      watch(key)
    }),
    find: (key) => Effect.sync(() => (engine.has(key) ? Option.some(handle(key)) : Option.none())),
    output: ({ key }, offset, max) =>
      Effect.map(Clock.currentTimeMillis, (now) => engine.output(key, offset, max, now)),
    changes: endings.changes
  }

  return Context.make(Executor, executor).pipe(
    Context.add(SimulatedExecutor, {
      engine,
      history: Effect.map(Clock.currentTimeMillis, engine.history)
    })
  )
})

/**
 * The `Executor` port over an engine that already exists. When the layer ends, its jobs go
 * on; another layer over the same engine finds them.
 */
export const layerEngine = (engine: SimulatedEngine.SimulatedEngine): Layer.Layer<Executor | SimulatedExecutor> =>
  Layer.scopedContext(make(engine))

/** The `Executor` port over a new simulated engine, on whatever clock the program has. */
export const layer = (options?: SimulatedEngine.Options): Layer.Layer<Executor | SimulatedExecutor> =>
  Layer.unwrapEffect(Effect.sync(() => layerEngine(SimulatedEngine.make(options))))
