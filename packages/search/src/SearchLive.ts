import { type Abandonment, type Notes, Search, Suggestion } from "@sweepline/core/Search"
import { SchedulerError } from "@sweepline/core/SchedulerError"
import type { TrialConfig } from "@sweepline/core/TrialConfig"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { existsSync } from "node:fs"
import { Worker } from "node:worker_threads"
import * as Planner from "./Planner.js"
import * as SearchProtocol from "./SearchProtocol.js"

/** Search by the config's `method`, computed where it is asked: for simulations and tests. */
export const layerInline: Layer.Layer<Search> = Layer.sync(Search, () => {
  return { suggest: makePlanner() }
})

/**
 * Search by the config's `method`; `method: bayes` and `custom`, which may take a few hundred
 * milliseconds, in a worker thread of its own, so that the caller's loop never waits.
 *
 * `url` is the worker's entry: this package's `SearchWorker` module, or a bundle of it. The
 * thread starts with the first ask that needs it and ends with the layer. If it can't be
 * started or dies, the answers are the same, computed inline, and a warning says so once.
 */
export const layerWorker = (options: { readonly url: URL }): Layer.Layer<Search> =>
  Layer.scoped(
    Search,
    Effect.gen(function* () {
      const inline = makePlanner()
      const thread = yield* makeThread(options.url)
      return {
        suggest: (ask) =>
          Planner.isQuick(ask.config)
            ? inline(ask)
            : Effect.flatMap(thread(ask), (response) => (response === undefined ? inline(ask) : decode(response)))
      }
    })
  )

/**
 * `layerWorker` with the worker that lies beside this module: `SearchWorker.js` in the
 * package, `search-worker.cjs` or `.mjs` where both were bundled. Where there is none, as
 * when TypeScript sources run as they are, it is `layerInline`.
 */
export const layer: Layer.Layer<Search> = Layer.suspend(() => {
  const url = ["./SearchWorker.js", "./search-worker.cjs", "./search-worker.mjs"]
    .map((name) => new URL(name, import.meta.url))
    .find((candidate) => candidate.protocol === "file:" && existsSync(candidate))
  return url === undefined ? layerInline : layerWorker({ url })
})

// internal

const refused = (detail: string) => new SchedulerError({ reason: "SearchFailed", detail })

/** What answers asks in this thread, with what it has told of since it was asked last. */
const makePlanner = () => {
  let abandoned: ReadonlyArray<Abandonment> = []
  const answer = Planner.make((one) => (abandoned = [...abandoned, one]))
  return (ask: Planner.Ask): Effect.Effect<Suggestion & Notes, SchedulerError> =>
    Effect.suspend(() => {
      abandoned = []
      return Either.match(answer(ask), {
        onLeft: (detail) => Effect.fail(refused(detail)),
        onRight: (trial) => Effect.succeed(noting(suggestionOf(trial), abandoned))
      })
    })
}

const suggestionOf = (trial: TrialConfig | undefined): Suggestion =>
  trial === undefined ? Suggestion.Exhausted() : Suggestion.Suggested({ trial })

const noting = (suggestion: Suggestion, abandoned: ReadonlyArray<Abandonment>): Suggestion & Notes =>
  abandoned.length === 0 ? suggestion : { ...suggestion, abandoned }

const decode = (response: SearchProtocol.Response): Effect.Effect<Suggestion & Notes, SchedulerError> =>
  response._tag === "Refused"
    ? Effect.fail(refused(response.detail))
    : Effect.succeed(
        noting(suggestionOf(response._tag === "Suggested" ? response.trial : undefined), response.abandoned)
      )

/** Asks a worker thread; answers `undefined` once the thread is lost. */
const makeThread = (
  url: URL
): Effect.Effect<(ask: Planner.Ask) => Effect.Effect<SearchProtocol.Response | undefined>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const waiting = new Map<number, (response: SearchProtocol.Response | undefined) => void>()
    const send = SearchProtocol.sender()
    let worker: Worker | undefined
    let lost = false
    let asks = 0

    const settle = (id: number, response: SearchProtocol.Response | undefined) => {
      const resume = waiting.get(id)
      waiting.delete(id)
      // An idle worker mustn't keep the process alive.
      if (waiting.size === 0) worker?.unref()
      resume?.(response)
    }
    const lose = () => {
      lost = true
      for (const id of waiting.keys()) settle(id, undefined)
    }
    const start = (): Worker | undefined => {
      try {
        const started = new Worker(url, { workerData: SearchProtocol.marker })
        started.on("message", (response: SearchProtocol.Response) => settle(response.id, response))
        started.on("error", lose)
        started.on("exit", lose)
        return started
      } catch {
        // Where the system has no thread left, for example, it isn't even begun.
        lose()
        return undefined
      }
    }
    // Where none was started nothing is waited for, also where time is virtual.
    yield* Effect.addFinalizer(() =>
      Effect.suspend(() => {
        const started = worker
        return started === undefined ? Effect.void : Effect.promise(() => started.terminate())
      })
    )

    const warnOnce = yield* Effect.once(
      Effect.logWarning("The search worker is gone; searching in the scheduler's own thread").pipe(
        Effect.annotateLogs({ package: "@sweepline/search", module: "SearchLive", worker: url.href })
      )
    )
    const post = (ask: Planner.Ask) =>
      Effect.async<SearchProtocol.Response | undefined>((resume) => {
        if (lost) return resume(Effect.succeed(undefined))
        const id = asks++
        waiting.set(id, (response) => resume(Effect.succeed(response)))
        worker ??= start()
        worker?.ref()
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker, not a window
        worker?.postMessage(send(id, ask))
        return Effect.sync(() => settle(id, undefined))
      })
    return (ask) => Effect.tap(post(ask), (response) => (response === undefined ? warnOnce : Effect.void))
  })
