import { assert, describe, it } from "@effect/vitest"
import { FastCheck, Option } from "effect"
import * as PythonJson from "@sweepline/core/PythonJson"
import * as RunKey from "@sweepline/core/RunKey"
import * as RunState from "@sweepline/core/RunState"
import * as DurationModel from "@sweepline/simulation/DurationModel"
import * as FailureModel from "@sweepline/simulation/FailureModel"
import * as MetricModel from "@sweepline/simulation/MetricModel"
import * as Perturbation from "./Perturbation.js"
import { gridConfig, randomConfig, type Result, type Setting, simulate } from "./SimulatedSweep.js"

/** Each draw is a whole sweep. */
const options = { timeout: 120_000, fastCheck: { numRuns: 25 } }

describe("a sweep of any size, on any number of workers", () => {
  it.prop(
    "launches each configuration exactly once and completes",
    [sweeps()],
    ([{ expected, setting }]) => {
      const result = simulate(setting)
      assertEnds(result, expected)
      assertLawful(result, setting)
      assert.strictEqual(result.jobs.length, expected)
      assert.isTrue(result.jobs.every(({ submissions }) => submissions === 1))
    },
    options
  )

  it.prop(
    "does so too when runs fail, crash, vanish and are preempted, and are retried",
    [sweeps(), rates(), FastCheck.nat(2)],
    ([{ expected, setting }, failing, retries]) => {
      const failure = FailureModel.random(failing)
      const failed = { ...setting, engine: { ...setting.engine, failure }, scheduler: { retries } }
      const result = simulate(failed)
      assertEnds(result, expected)
      assertLawful(result, failed)
      const jobs = result.jobs.filter(({ ending }) => ending._tag !== "Preempted")
      for (const [run, attempts] of attemptsOf({ jobs })) assert.isAtMost(attempts.length, retries + 1, run)
    },
    options
  )
})

describe("in a world in which calls fail, happen twice and answer late", () => {
  it.prop(
    "a sweep still launches each configuration, runs no attempt twice, and completes",
    [sweeps(), rates(), perturbations(), FastCheck.nat(2)],
    ([{ expected, setting }, failing, perturbed, retries]) => {
      const failure = FailureModel.random(failing)
      const perturbing: Setting = {
        ...setting,
        engine: { ...setting.engine, failure },
        scheduler: { retries },
        interceptor: Perturbation.interceptor(perturbed)
      }
      const result = simulate(perturbing)
      assertEnds(result, expected)
      assertLawful(result, perturbing)
    },
    options
  )

  it("the same seed gives the same sweep, call for call", () => {
    const trace = (seed: number) => {
      const calls: Array<string> = []
      const perturbed = Perturbation.interceptor(heavy)
      const result = simulate({
        config: gridConfig([5, 5]),
        workers: 4,
        seed,
        engine: { seed, duration: DurationModel.exponential(60_000) },
        interceptor: (call, effect) => {
          calls.push(`${call.port}.${call.name}`)
          return perturbed(call, effect)
        }
      })
      return { calls, jobs: result.jobs, took: result.took }
    }
    assert.deepStrictEqual(trace(1), trace(1))
    assert.notDeepEqual(trace(1).calls, trace(2).calls)
  })
})

// what must hold

const assertEnds = ({ outcome, runs, sweep }: Result, expected: number): void => {
  assert.strictEqual(outcome.state, runs.some(({ state }) => state === "finished") ? "COMPLETED" : "FAILED")
  assert.deepStrictEqual(sweep.state, Option.some("FINISHED"))
  assert.strictEqual(runs.length, expected)
  assert.isTrue(runs.every(({ state }) => RunState.isTerminal(state)))
}

/** The jobs of each run, in order of submission. */
const attemptsOf = ({ jobs }: Pick<Result, "jobs">): ReadonlyMap<string, ReadonlyArray<number>> => {
  const attempts = new Map<string, Array<number>>()
  for (const { key } of jobs) {
    const run = RunKey.run(key)
    attempts.set(run, [...(attempts.get(run) ?? []), RunKey.attempt(key)])
  }
  return attempts
}

const assertLawful = (result: Result, { workers }: Setting): void => {
  const attempts = attemptsOf(result)
  // Every run that the backend knows was launched, and no other.
  assert.deepStrictEqual([...attempts.keys()].sort(), result.runs.map(({ id }): string => id).sort())
  for (const [run, numbers] of attempts)
    assert.deepStrictEqual(
      numbers,
      numbers.map((_, index) => index + 1),
      run
    )
  const trials = result.runs.map(({ trial }) => PythonJson.stringify(trial))
  assert.strictEqual(new Set(trials).size, trials.length)
  assert.isAtMost(mostAtOnce(result), workers)
}

const mostAtOnce = ({ jobs }: Result): number => {
  const changes = jobs.flatMap(({ endsAt, submittedAt }) => [
    { at: submittedAt, by: 1 },
    { at: endsAt, by: -1 }
  ])
  // At one instant, a slot is freed before it is taken again.
  changes.sort((a, b) => a.at - b.at || a.by - b.by)
  let now = 0
  let most = 0
  for (const { by } of changes) {
    now += by
    most = Math.max(most, now)
  }
  return most
}

// what is drawn

function rates() {
  const rate = FastCheck.integer({ min: 0, max: 20 }).map((percent) => percent / 100)
  return FastCheck.record({ fails: rate, crashes: rate, preempted: rate, vanishes: rate })
}

function durations() {
  return FastCheck.oneof(
    FastCheck.integer({ min: 10, max: 900 }).map((seconds) => DurationModel.constant(seconds * 1000)),
    FastCheck.integer({ min: 60, max: 900 }).map((seconds) => DurationModel.uniform(1_000, seconds * 1000)),
    FastCheck.integer({ min: 60, max: 900 }).map((seconds) => DurationModel.logNormal(seconds * 1000, 0.8))
  )
}

/** Grids with and without run_cap, and random sweeps, with the number of runs that they must come to. */
function sweeps(): FastCheck.Arbitrary<{ readonly setting: Setting; readonly expected: number }> {
  const sizes = FastCheck.array(FastCheck.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 2 })
  const cap = FastCheck.integer({ min: 1, max: 30 })
  const configs = FastCheck.oneof(
    sizes.map((sizes) => ({ config: gridConfig(sizes), expected: product(sizes) })),
    FastCheck.tuple(sizes, cap).map(([sizes, cap]) => ({
      config: gridConfig(sizes, `run_cap: ${cap}`),
      expected: Math.min(cap, product(sizes))
    })),
    cap.map((cap) => ({ config: randomConfig(cap), expected: cap }))
  )
  return FastCheck.record({
    sweep: configs,
    workers: FastCheck.integer({ min: 1, max: 8 }),
    seed: FastCheck.nat(),
    duration: durations(),
    latency: FastCheck.constantFrom(0, 200, 5_000),
    wait: FastCheck.constantFrom(0, 60_000),
    metrics: FastCheck.boolean()
  }).map(({ duration, latency, metrics, seed, sweep, wait, workers }) => ({
    expected: sweep.expected,
    setting: {
      config: sweep.config,
      workers,
      seed,
      patience: "30 days",
      engine: {
        seed,
        duration,
        submitLatency: DurationModel.uniform(0, latency),
        queueWait: DurationModel.uniform(0, wait),
        ...(metrics ? { metrics: MetricModel.decay({ name: "loss", steps: 3, from: 1, to: 0 }) } : {})
      }
    }
  }))
}

function product(sizes: ReadonlyArray<number>): number {
  return sizes.reduce((a, b) => a * b, 1)
}

function perturbations(): FastCheck.Arbitrary<Perturbation.Rates> {
  const rate = FastCheck.constantFrom(0, 0.02, 0.1, 0.3)
  return FastCheck.record({
    failsBefore: rate,
    failsAfter: rate,
    repeats: rate,
    late: rate,
    delay: FastCheck.constantFrom(10, 3_000, 40_000)
  })
}

const heavy: Perturbation.Rates = { failsBefore: 0.1, failsAfter: 0.1, repeats: 0.2, late: 0.3, delay: 5_000 }
