import { assert, describe, it } from "@effect/vitest"
import type { Parameter } from "@sweepline/core/Parameter"
import type { PythonValue } from "@sweepline/core/PythonValue"
import { RunId } from "@sweepline/core/RunId"
import type { RunState } from "@sweepline/core/RunState"
import type { Abandonment, PastRun } from "@sweepline/core/Search"
import type { SweepConfig } from "@sweepline/core/SweepConfig"
import type { TrialConfig } from "@sweepline/core/TrialConfig"
import { Either } from "effect"
import * as Abandoning from "../src/Abandoning.js"
import * as Identity from "../src/Identity.js"
import * as Planner from "../src/Planner.js"
import * as RepeatedSearch from "../src/RepeatedSearch.js"
import * as Repeats from "../src/Repeats.js"
import { configOf, loss, runOf } from "./fixtures/sweeps.js"

describe("repeats", () => {
  it.each([1, 3, 8])("launch each point of a grid with each seed once, by %i workers", (workers) => {
    const config = repeating("grid", { a: ints(1, 4), b: letters, seed: values(7n, 8n, 9n) }, { over: "seed" })
    const trials = sweep(config, workers)
    assert.lengthOf(trials, 4 * 2 * 3)
    assert.strictEqual(new Set(trials.map(Identity.key)).size, 4 * 2 * 3)
    assert.deepStrictEqual([...(trials[0]?.keys() ?? [])], ["a", "b", "seed"])
  })

  it("without a parameter of their own launch the same point as often", () => {
    const counts = new Map<string, number>()
    for (const trial of sweep(repeating("grid", { a: ints(1, 5) }, { times: 4 }), 2)) {
      counts.set(Identity.key(trial), (counts.get(Identity.key(trial)) ?? 0) + 1)
    }
    assert.deepStrictEqual([...counts.values()], [4, 4, 4, 4, 4])
  })

  it("over a parameter that the sweep doesn't have count from 0", () => {
    const trials = sweep(repeating("grid", { z: ints(1, 2) }, { over: "seed", times: 2 }), 1)
    assert.deepStrictEqual(
      trials.map((trial) => [trial.get("z"), trial.get("seed")]),
      [[1n, 0n], [1n, 1n], [2n, 0n], [2n, 1n]] // prettier-ignore
    )
  })

  it("over ints take the first of them, as many as there are repeats", () => {
    const trials = sweep(repeating("grid", { z: ints(1, 2), seed: ints(5, 9) }, { over: "seed", times: 2 }), 1)
    assert.deepStrictEqual(
      trials.map((trial) => [trial.get("z"), trial.get("seed")]),
      [[1n, 5n], [1n, 6n], [2n, 5n], [2n, 6n]] // prettier-ignore
    )
  })

  it.each([1, 4])("are completed before run_cap ends the sweep, by %i workers", (workers) => {
    const config = repeating("random", { x: uniform }, { times: 3, runCap: 12 })
    const trials = sweep(config, workers, { cap: 12 })
    const groups = Repeats.grouper({ times: 3, over: undefined, abandon: true })(trials)
    assert.deepStrictEqual(
      groups.map(({ runs }) => runs.length),
      [3, 3, 3, 3]
    )
  })

  it("use up a run_cap that is no multiple of them", () => {
    assert.lengthOf(sweep(repeating("random", { x: uniform }, { times: 3, runCap: 10 }), 2, { cap: 10 }), 10)
  })

  it("have each seed once also where a random search says the same again", () => {
    const config = repeating("random", { a: ints(1, 2), seed: values(1n, 2n, 3n) }, { over: "seed", abandon: false })
    const trials = sweep(config, 5, { cap: 60 })
    const groups = Repeats.grouper({ times: 3, over: "seed", abandon: false })(trials)
    for (const { runs } of groups.slice(0, -5)) {
      assert.sameMembers(runs.map((run) => trials[run]?.get("seed")), [1n, 2n, 3n]) // prettier-ignore
    }
  })

  it("wait for those before them while there is something new to begin", () => {
    const config = repeating("random", { x: uniform }, { times: 2 })
    const answer = Planner.make()
    const first = next(answer, config, [])
    const second = next(answer, config, [runOf(0, first, [], "running")])
    assert.notDeepEqual(second, first)
    const third = next(answer, config, [runOf(0, first, [1]), runOf(1, second, [], "running")])
    assert.deepStrictEqual(third, first)
  })

  it("are handed out side by side where the rest of run_cap is just enough for them", () => {
    const config = repeating("random", { x: uniform }, { times: 2, runCap: 4 })
    const answer = Planner.make()
    const first = next(answer, config, [])
    const second = next(answer, config, [runOf(0, first, [], "running")])
    const history = [runOf(0, first, [], "running"), runOf(1, second, [], "running")]
    assert.deepStrictEqual(next(answer, config, history), first)
  })

  it("are counted of each history by itself", () => {
    const config = repeating("random", { x: uniform }, { times: 2 })
    const answer = Planner.make()
    const x = new Map([["x", 0.5]])
    const history = (...ids: ReadonlyArray<number>) => ids.map((n) => runOf(n, x, [1]))
    assert.deepStrictEqual(next(answer, config, history(0)), x)
    assert.notDeepEqual(next(answer, config, history(7, 8)), x)
    assert.deepStrictEqual(next(answer, config, history(9)), x)
  })

  it("count a failed repeat as one, and a preempted one as going on", () => {
    const config = repeating("grid", { a: ints(1, 9) }, { times: 2 })
    const a = next(Planner.make(), config, [])
    const b = (state: RunState) => next(Planner.make(), config, [runOf(0, a, [], state)])
    assert.deepStrictEqual(b("failed"), a)
    assert.notDeepEqual(b("preempted"), a)
    const both = [runOf(0, a, [1]), runOf(1, a, [], "failed")]
    assert.notDeepEqual(next(Planner.make(), config, both), a)
  })

  it.each(["gp", "tpe", "cmaes"])("let %s search by means, in which one lucky run isn't the best", (sampler) => {
    const scheduler = new Map([["settings", new Map([["sampler", new Map([["type", sampler]])]])]])
    const parameters = { x: uniform, seed: values(0n, 1n) }
    const config = repeating("bayes", parameters, { over: "seed", abandon: false, scheduler, source: sampler })
    const once = configOf("bayes", { x: uniform }, { scheduler, source: `${sampler} once` })
    const history: Array<PastRun> = []
    const means: Array<PastRun> = []
    for (let n = 0; n < 24; n++) {
      const x = ((n * 7) % 24) / 24
      for (const [seed, luck] of [-n % 5, n % 5].entries()) {
        const trial = new Map<string, PythonValue>([
          ["x", x],
          ["seed", BigInt(seed)]
        ])
        history.push(runOf(history.length, trial, [Math.abs(x - 0.4) + luck]))
      }
      means.push(runOf(n, new Map([["x", x]]), [Math.abs(x - 0.4)]))
    }
    const repeated = next(Planner.make(), config, history)
    // The same but for what the last bit of a mean may do.
    assert.approximately(Number(repeated.get("x")), Number(next(Planner.make(), once, means).get("x")), 0.05)
    assert.strictEqual(repeated.get("seed"), 0n)
  })

  it("reach the target by the mean of all of them, not by one", () => {
    const config = repeating("random", { x: uniform }, { times: 2, metric: { ...loss, target: 1 } })
    const x = next(Planner.make(), config, [])
    const ask = (...losses: ReadonlyArray<number>) =>
      Either.getOrThrow(Planner.make()({ config, seed: 1, history: losses.map((value, n) => runOf(n, x, [value])) }))
    assert.isDefined(ask(0.5))
    assert.isDefined(ask(0.5, 1.8))
    assert.isUndefined(ask(0.5, 1.4))
  })
})

describe("a configuration that is clearly worse", () => {
  const worse = (at: number) => (trial: TrialConfig, n: number) =>
    (trial.get("a") === BigInt(at) ? 5 : 1) + (n % 3) * 0.01

  it("gets no further repeats, and that is told once", () => {
    const told: Array<Abandonment> = []
    const config = repeating("grid", { a: ints(1, 8) }, { times: 3, metric: loss })
    const trials = sweep(config, 1, { told, loss: worse(6) })
    const counts = [1, 2, 3, 4, 5, 6, 7, 8].map((a) => trials.filter((trial) => trial.get("a") === BigInt(a)).length)
    assert.deepStrictEqual(counts, [3, 3, 3, 3, 3, 1, 3, 3])
    assert.lengthOf(told, 1)
    assert.deepInclude(told[0], { run: RunId.make("r15"), repeats: 1, best: RunId.make("r0") })
    assert.approximately(told[0]?.mean ?? 0, 5, 0.03)
    assert.isBelow(told[0]?.margin ?? 9, 0.1)
  })

  it("is told of again after a restart, and the answer is the same", () => {
    const config = repeating("grid", { a: ints(1, 8) }, { times: 3, metric: loss })
    const trials = sweep(config, 1, { loss: worse(6) })
    const history = trials.slice(0, 16).map((trial, n) => runOf(n, trial, [worse(6)(trial, n)]))
    const told: Array<Abandonment> = []
    const answer = Planner.make((one) => told.push(one))
    assert.deepStrictEqual(next(answer, config, history), trials[16])
    assert.deepStrictEqual(next(answer, config, history), trials[16])
    assert.lengthOf(told, 1)
  })

  it("gets them all the same where the config says so", () => {
    const config = repeating("grid", { a: ints(1, 8) }, { times: 3, metric: loss, abandon: false })
    assert.lengthOf(sweep(config, 1, { loss: worse(6) }), 24)
  })

  it("mirrors under the other goal", () => {
    const config = repeating("grid", { a: ints(1, 8) }, { times: 3, metric: { ...loss, goal: "maximize" } })
    const trials = sweep(config, 1, { loss: (trial, n) => -worse(6)(trial, n) })
    assert.deepStrictEqual(
      trials,
      sweep(repeating("grid", { a: ints(1, 8) }, { times: 3, metric: loss }), 1, { loss: worse(6) })
    )
  })

  it("gets them all where there are several metrics: none of them alone tells what is worse", () => {
    const metrics = [loss, { ...loss, name: "size" }]
    const config = repeating("grid", { a: ints(1, 8) }, { times: 3, metric: undefined, metrics })
    assert.lengthOf(sweep(config, 1, { loss: worse(6) }), 24)
  })

  it("is shown to the search as ended, by what it had, and goes on where the search suggests it again", () => {
    const trial = (a: bigint) => new Map<string, PythonValue>([["a", a]])
    const run = (a: bigint, seed: bigint, values: ReadonlyArray<number>, state?: RunState) =>
      runOf(history.length, new Map([...trial(a), ["seed", seed]]), values, state)
    const history: Array<PastRun> = []
    for (let a = 1n; a <= 5n; a++) history.push(run(a, 0n, [1]), run(a, 1n, [1.01]))
    // Both repeats of the next one were stopped early, and of the one after it failed.
    for (const seed of [0n, 1n]) history.push({ ...run(6n, seed, [2], "killed"), stoppedEarly: true })
    for (const seed of [0n, 1n]) history.push(run(7n, seed, [], "failed"))
    history.push(run(8n, 0n, [99]))
    history.push(run(9n, 0n, [], "failed"))
    let shown: ReadonlyArray<PastRun> = []
    const config = repeating("grid", { a: ints(1, 9), seed: values(0n, 1n) }, { over: "seed", metric: loss })
    const search = RepeatedSearch.make(
      config,
      (runs) => {
        shown = runs
        return trial(8n)
      },
      () => {}
    )
    assert.deepStrictEqual(search(history), new Map([...trial(8n), ["seed", 1n]]))
    assert.deepStrictEqual(
      shown.slice(5).map(({ metrics, state, trial }) => [trial.get("a"), state, metrics.size]),
      [
        [6n, "finished", 1],
        [7n, "failed", 0],
        [8n, "finished", 1],
        [9n, "failed", 0]
      ]
    )
  })

  it("is one that is worse by three standard errors of the difference, once five degrees of freedom tell the spread", () => {
    const complete = (values: ReadonlyArray<number>): Abandoning.Sample => sample(values, true)
    // A pooled variance of 0.5 and a standard error of √(0.5 · (1 + 1/2)) ≈ 0.87 for one repeat.
    const five = [10, 9, 8, 7, 6].map((value) => complete([value - 0.5, value + 0.5]))
    const judged = (value: number) => Abandoning.judge([...five, sample([value], false)])
    assert.strictEqual(judged(7.5).size, 0)
    assert.deepStrictEqual([...judged(7.3)], [[5, { best: 0, margin: 3 * Math.sqrt(0.5 * 1.5) }]])
    assert.strictEqual(Abandoning.judge([...five.slice(1), sample([-99], false)]).size, 0)
    assert.strictEqual(Abandoning.judge([...five, { ...sample([-99], false), busy: true }]).size, 0)
    assert.strictEqual(Abandoning.judge([sample([1], false), sample([-99], false)]).size, 0)
  })

  it("is one without any value, once another is complete", () => {
    const nothing = sample([], false)
    assert.strictEqual(Abandoning.judge([nothing]).size, 0)
    assert.deepStrictEqual([...Abandoning.judge([sample([1, 2], true), nothing])], [[1, { best: 0, margin: 0 }]])
  })
})

const ints = (min: number, max: number): Parameter => ({ distribution: "int_uniform", min, max })
const letters: Parameter = { distribution: "categorical", values: ["x", "y"] }
const values = (...all: ReadonlyArray<PythonValue>): Parameter => ({ distribution: "categorical", values: all })
const uniform: Parameter = { distribution: "uniform", min: 0, max: 1 }

const repeating = (
  method: SweepConfig["method"],
  parameters: Record<string, Parameter>,
  { abandon = true, over, times = 3, ...rest }: Partial<SweepConfig> & Partial<NonNullable<SweepConfig["repeats"]>>
): SweepConfig => {
  const over_ = over === undefined ? undefined : parameters[over]
  const most = over_?.distribution === "categorical" ? over_.values.length : times
  return configOf(method, parameters, { repeats: { times: most, over, abandon }, ...rest })
}

const next = (
  answer: ReturnType<typeof Planner.make>,
  config: SweepConfig,
  history: ReadonlyArray<PastRun>
): TrialConfig => Either.getOrThrow(answer({ config, seed: 1, history })) ?? assert.fail("nothing was suggested")

/** The trials of a sweep whose runs end in the order in which they began, so many at a time. */
const sweep = (
  config: SweepConfig,
  workers: number,
  {
    cap = 1000,
    loss: lossOf = (_, n) => n % 3,
    told = []
  }: {
    readonly cap?: number
    readonly loss?: (trial: TrialConfig, n: number) => number
    readonly told?: Array<Abandonment>
  } = {}
): ReadonlyArray<TrialConfig> => {
  const answer = Planner.make((one) => told.push(one))
  const history: Array<PastRun> = []
  while (history.length < cap) {
    const done = history.length - workers
    const ending = history[done]
    if (ending !== undefined) history[done] = runOf(done, ending.trial, [lossOf(ending.trial, done)])
    const trial = Either.getOrThrow(answer({ config, seed: 1, history }))
    if (trial === undefined) break
    history.push(runOf(history.length, trial, [], "running"))
  }
  return history.map(({ trial }) => trial)
}

const sample = (all: ReadonlyArray<number>, complete: boolean): Abandoning.Sample => ({
  values: all,
  mean: all.reduce((sum, value) => sum + value, 0) / all.length,
  ended: Math.max(all.length, 1),
  complete,
  busy: false
})
