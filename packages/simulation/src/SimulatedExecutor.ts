import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberMap from "effect/FiberMap"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as PubSub from "effect/PubSub"
import * as Stream from "effect/Stream"
import { Executor, type JobHandle, type JobStatus } from "@sweepline/core/Executor"
import type { RunKey } from "@sweepline/core/RunKey"
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
  const endings = yield* PubSub.unbounded<RunKey>()
  const watchers = yield* FiberMap.make<RunKey>()

  /** Announces the end of a job when it comes; watching again follows an end that has moved. */
  const watch = Effect.fnUntraced(function* (key: RunKey) {
    const endsAt = engine.endsAt(key)
    if (endsAt === undefined || endsAt === Number.POSITIVE_INFINITY) return
    const now = yield* Clock.currentTimeMillis
    yield* FiberMap.run(
      watchers,
      key,
      Effect.zipRight(Effect.sleep(Duration.millis(Math.max(0, endsAt - now))), PubSub.publish(endings, key))
    )
  })

  const now = yield* Clock.currentTimeMillis
  yield* Effect.forEach(engine.unfinished(now), watch, { discard: true })

  const executor: Executor["Type"] = {
    submit: Effect.fnUntraced(function* (job, key) {
      const latency = engine.submitLatency(key)
      if (latency > 0) yield* Effect.sleep(Duration.millis(latency))
      const now = yield* Clock.currentTimeMillis
      if (engine.submit(job, key, now)) yield* watch(key)
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
      yield* watch(key)
    }),
    find: (key) => Effect.sync(() => (engine.has(key) ? Option.some(handle(key)) : Option.none())),
    output: ({ key }, offset, max) =>
      Effect.map(Clock.currentTimeMillis, (now) => engine.output(key, offset, max, now)),
    changes: Stream.fromPubSub(endings)
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
