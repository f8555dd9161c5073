/** What the contract suites put into a backend. */
import * as Effect from "effect/Effect"
import { LaunchQueue } from "@sweepline/core/LaunchQueue"
import type { LaunchRequest } from "@sweepline/core/LaunchRequest"
import type { PythonDict, PythonValue } from "@sweepline/core/PythonValue"
import type { RunId } from "@sweepline/core/RunId"
import * as RunKey from "@sweepline/core/RunKey"
import type { MetricRow } from "@sweepline/core/RunLog"
import { SweepApi, type RunReport } from "@sweepline/core/SweepApi"
import { SweepId } from "@sweepline/core/SweepId"

/** A dict from its entries. */
export const dict = (...entries: ReadonlyArray<readonly [string, PythonValue]>): PythonDict => new Map(entries)

/** A trial in which every kind of value stands that JSON would bend: int and float, nesting, order, text. */
export const awkwardTrial: PythonDict = dict(
  ["10", 1n],
  ["9", 1],
  ["big", 9_007_199_254_740_993n],
  ["small", 1e-7],
  ["none", null],
  ["text", "ü \"' \n \u{1f600}"],
  ["list", [1n, 1, [true, "x"]]],
  ["optimizer", dict(["name", "adam"], ["lr", 0.001])]
)

/** A valid sweep config as YAML text, with what a test adds to it. */
export const sweepConfig = (...lines: ReadonlyArray<string>): string =>
  [
    "method: random",
    "program: train.py",
    "metric:",
    "  name: loss",
    "  goal: minimize",
    ...lines,
    "parameters:",
    "  lr:",
    "    min: 0.0",
    "    max: 1.0",
    ""
  ].join("\n")

/** Creates a sweep. */
export const createSweep = (options: { readonly config?: string; readonly seed?: number } = {}) =>
  Effect.flatMap(SweepApi, (api) =>
    api.createSweep({ config: options.config ?? sweepConfig(), name: "a sweep", seed: options.seed ?? 0 })
  )

/** Creates a sweep with an agent, so that it is RUNNING. */
export const runningSweep = Effect.fnUntraced(function* (
  options: { readonly config?: string; readonly seed?: number } = {}
) {
  const api = yield* SweepApi
  const sweep = yield* createSweep(options)
  const agent = yield* api.registerAgent({ sweep, host: "here" })
  return { api, sweep, agent }
})

/** Creates a sweep with one pending run. */
export const sweepWithRun = Effect.fnUntraced(function* (options: { readonly config?: string } = {}) {
  const { agent, api, sweep } = yield* runningSweep(options)
  const run = yield* api.createRun({ sweep, trial: awkwardTrial })
  return { api, sweep, agent, run }
})

/** A sweep that no backend has. */
export const noSweep: SweepId = SweepId.make("nosweep0")

/** A report on a run's attempt. */
export const report = (state: RunReport["state"], options: Partial<RunReport> = {}): RunReport => ({
  attempt: 1,
  exitCode: undefined,
  summary: new Map(),
  ...options,
  state
})

/** A request to launch a run's attempt. */
export const launchRequest = (options: {
  readonly sweep: SweepId
  readonly run: RunId
  readonly queue: string
  readonly attempt?: number
  readonly priority?: number
}): LaunchRequest => ({
  key: RunKey.make(options.run, options.attempt ?? 1),
  sweep: options.sweep,
  run: options.run,
  attempt: options.attempt ?? 1,
  queue: options.queue,
  priority: options.priority ?? 2,
  executable: { kind: "program" },
  trial: awkwardTrial,
  entryPoint: ["python", "train.py", 3n, 0.5],
  launch: dict(["overrides", dict(["args", ["--lr", 1]])]),
  author: "somebody"
})

/** Rows of one metric, from a step on, a second apart. */
export const lossRows = (losses: ReadonlyArray<number>, from = 0): ReadonlyArray<MetricRow> =>
  losses.map((loss, index) => ({
    step: from + index,
    at: (from + index) * 1000,
    values: dict(["loss", loss], ["epoch", BigInt(from + index)])
  }))

/** Lets forked fibers go as far as they can without time. */
export const settle: Effect.Effect<void> = Effect.repeatN(Effect.yieldNow(), 50)

/** A run of a sweep of its own in a queue of this name, from which agent `a` leases. */
export const oneQueued = Effect.fnUntraced(function* (name: string) {
  const queue = yield* LaunchQueue
  const { api, run, sweep } = yield* sweepWithRun()
  const request = launchRequest({ sweep, run, queue: name })
  const id = yield* queue.push(request)
  return {
    api,
    sweep,
    run,
    queue,
    request,
    id,
    items: { queue: name, agent: "a" },
    queued: queue.itemState({ id, queue: name })
  }
})
