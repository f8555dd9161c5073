import * as EarlyStopping from "@sweepline/core/EarlyStopping"
import type { LaunchRequest } from "@sweepline/core/LaunchRequest"
import type { PythonValue } from "@sweepline/core/PythonValue"
import type { RunId } from "@sweepline/core/RunId"
import * as RunKey from "@sweepline/core/RunKey"
import { Search, Suggestion } from "@sweepline/core/Search"
import type { SweepId } from "@sweepline/core/SweepId"
import { Effect, Layer } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Embedded from "../src/Embedded.js"

/** A sweep config whose points are numbered. */
export const config = (more = ""): string => `
program: train.py
method: grid
metric: {name: loss, goal: minimize}
parameters:
  x: {values: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]}
${more}`

/** Suggests x = 0, 1, 2, … up to a size: the length of the history is all that it needs. */
export const layerCounting = (size = Number.POSITIVE_INFINITY): Layer.Layer<Search> =>
  Layer.succeed(Search, {
    suggest: ({ history }) =>
      Effect.succeed(
        history.length >= size
          ? Suggestion.Exhausted()
          : Suggestion.Suggested({ trial: new Map<string, PythonValue>([["x", BigInt(history.length)]]) })
      )
  })

/** A request to launch a run's first attempt, in the queue `q`. */
export const request = ({ run, sweep }: { readonly run: RunId; readonly sweep: SweepId }): LaunchRequest => ({
  key: RunKey.make(run, 1),
  sweep,
  run,
  attempt: 1,
  queue: "q",
  priority: 2,
  executable: { kind: "program" },
  trial: new Map(),
  entryPoint: undefined,
  launch: new Map(),
  author: undefined
})

/** A folder that is gone when the scope closes. */
export const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "sweepline-embedded-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true, maxRetries: 5 }))
)

/** The backend in a folder: each build of it is one process's view of the same file. */
export const backend = (
  path: string,
  options?: Partial<Embedded.Options> & { readonly search?: Layer.Layer<Search> }
) =>
  Embedded.layer({ path: join(path, "sweepline.db"), ...options }).pipe(
    Layer.provide(options?.search ?? layerCounting()),
    Layer.provide(EarlyStopping.layerNoop)
  )
