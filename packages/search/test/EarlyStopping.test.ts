import { assert, describe, it } from "@effect/vitest"
import { EarlyStopping, type RunCurve } from "@sweepline/core/EarlyStopping"
import { RunId } from "@sweepline/core/RunId"
import type { RunState } from "@sweepline/core/RunState"
import type { EarlyTerminate } from "@sweepline/core/EarlyTerminate"
import type { SweepConfig } from "@sweepline/core/SweepConfig"
import { Effect, FastCheck } from "effect"
import * as Asha from "../src/Asha.js"
import * as EarlyStoppingLive from "../src/EarlyStoppingLive.js"
import * as Hyperband from "../src/Hyperband.js"
import * as Median from "../src/Median.js"
import * as Rungs from "../src/Rungs.js"
import { configOf, loss } from "./fixtures/sweeps.js"

describe("Hyperband", () => {
  const bandsOf = (given: Partial<EarlyTerminate>) => Hyperband.bands(rule({ minIter: undefined, ...given }))

  const table: ReadonlyArray<readonly [Partial<EarlyTerminate>, ReadonlyArray<number>]> = [
    [{ minIter: 3 }, [3, 9, 27, 81]],
    [{ minIter: 30, eta: 1.5 }, [30, 45, 67, 101, 151]],
    [{ maxIter: 27, s: 2 }, [3, 9]],
    [{ maxIter: 27, s: 9 }, [1, 3, 9]],
    [{ maxIter: 81, s: 3 }, [3, 9, 27]],
    [{ maxIter: 18, s: 2 }, [2, 6]],
    [{ maxIter: 100, s: 4 }, [1, 3, 11, 33]],
    [{ maxIter: 300, s: 2 }, [33, 100]],
    [{ maxIter: 10, s: 2, eta: 1.5 }, [4, 6]],
    [{ maxIter: 3, s: 2 }, [1]],
    [{ maxIter: 2, s: 1 }, []],
    [{ minIter: 1, eta: 1.1 }, [1, 1, 1, 1]],
    // max_iter wins where both are given.
    [{ minIter: 5, maxIter: 27, s: 2 }, [3, 9]],
    [{ minIter: 5, maxIter: 27 }, [5, 15, 45, 135]],
    [{}, []]
  ]
  for (const [given, expected] of table) {
    it(`${JSON.stringify(given)} has the bands ${expected.join()}`, () => {
      const found = bandsOf(given)
      assert.deepStrictEqual(given.s === undefined ? found.slice(0, expected.length) : found, expected)
    })
  }

  it("has ten thousand bands at most, however small eta and large s are", () => {
    const found = bandsOf({ maxIter: 1e15, s: 1e9, eta: 1.0000001 })
    assert.strictEqual(found.length, 10_000)
    assert.isAbove(found[0] ?? 0, 9e14)
  })

  it("has a hundred bands from min_iter on", () => {
    assert.strictEqual(bandsOf({ minIter: 1 }).length, 100)
    assert.strictEqual(bandsOf({ minIter: 1, eta: 1e6 }).length, 52, "as far as there are numbers")
  })

  const kept: ReadonlyArray<readonly [m: number, byEta: Record<string, number>]> = [
    [1, { 2: 1, 3: 1, 4: 1, 1.5: 1 }],
    [3, { 2: 2, 3: 2, 4: 1, 1.5: 3 }],
    [4, { 2: 3, 3: 2, 4: 2, 1.5: 3 }],
    [6, { 2: 4, 3: 3, 4: 2, 1.5: 5 }],
    [9, { 2: 5, 3: 4, 4: 3, 1.5: 7 }],
    [27, { 2: 14, 3: 10, 4: 7, 1.5: 19 }],
    [49, { 49: 1 }]
  ]
  for (const [m, byEta] of kept) {
    for (const [eta, count] of Object.entries(byEta)) {
      it(`keeps ${count} of ${m} runs at eta ${eta}`, () => {
        const judge = Hyperband.make(rule({ eta: Number(eta) }), "minimize")
        assert.strictEqual(m - judge(shuffledCurves(m)).length, count)
      })
    }
  }

  it("keeps what W&B keeps, and says at which cutoff", () => {
    const judge = (eta: number, goal: "minimize" | "maximize", values: ReadonlyArray<number>) =>
      Hyperband.make(rule({ eta }), goal)(values.map((value, i) => curve(i, [value])))
    assert.deepStrictEqual(judge(3, "minimize", [1, 2, 3]), [
      { run: run(2), rung: 1, value: 3, threshold: 2, peers: [run(0), run(1)] }
    ])
    assert.deepStrictEqual(judge(2, "minimize", [1, 2, 3, 4]), [
      { run: run(3), rung: 1, value: 4, threshold: 3, peers: [run(0), run(1), run(2)] }
    ])
    assert.deepStrictEqual(judge(2, "maximize", [1, 2, 3, 4]), [
      { run: run(0), rung: 1, value: 1, threshold: 2, peers: [run(3), run(2), run(1)] }
    ])
    assert.deepStrictEqual(judge(2, "minimize", [5, 5, 5]), [])
    assert.deepStrictEqual(judge(2, "minimize", []), [])
  })

  it("takes the value at the band, or the best so far where it isn't strict", () => {
    const curves = [curve(0, [1, 1, 1]), curve(1, [2, 2, 2]), curve(2, [0.5, 3, 9])]
    const stopped = (strict: boolean) =>
      Hyperband.make(rule({ minIter: 2, strict }), "minimize")(curves).map(({ run: id, value }) => [id, value])
    assert.deepStrictEqual(stopped(true), [[run(2), 3]])
    assert.deepStrictEqual(stopped(false), [])
  })

  it("counts logged values, not steps; judges only running runs, by runs in any state", () => {
    const judge = Hyperband.make(rule({ minIter: 3, eta: 2 }), "minimize")
    assert.deepStrictEqual(judge([curve(0, [1, 1, 1]), curve(1, [2, 2], "running", [0, 100])]), [])
    const ended = (["finished", "failed", "killed", "crashed"] as const).map((state, i) => curve(i, [i, i, i], state))
    assert.deepStrictEqual(
      judge([...ended, curve(4, [9, 9, 9, 9]), curve(5, [9, 9, 9], "preempting")]).map((verdict) => verdict.run),
      [run(4)]
    )
  })

  it("judges again when the cutoff moves", () => {
    const judge = Hyperband.make(rule({}), "minimize")
    assert.deepStrictEqual(judge([curve(0, [3])]), [])
    assert.deepStrictEqual(
      judge([curve(0, [3, 0]), curve(1, [1]), curve(2, [2])]).map((verdict) => verdict.run),
      [run(0)]
    )
  })

  it("judges at each band once that small factors give twice", () => {
    const judge = Hyperband.make(rule({ minIter: 1, eta: 1.5 }), "minimize")
    assert.deepStrictEqual(
      judge([curve(0, [1, 1]), curve(1, [1, 1]), curve(2, [1, 9]), curve(3, [1, 1])]).map(({ rung, run: id }) => [
        id,
        rung
      ]),
      [[run(2), 2]]
    )
  })
})

describe("Asha", () => {
  it("has its rungs at min_iter times the powers of eta, below max_iter", () => {
    assert.deepStrictEqual(Rungs.steps(rule({ minIter: undefined })).slice(0, 4), [1, 3, 9, 27])
    assert.deepStrictEqual(Rungs.steps(rule({ minIter: 2, maxIter: 50, eta: 4 })), [2, 8, 32])
    assert.deepStrictEqual(Rungs.steps(rule({ minIter: undefined, maxIter: 27 })), [1, 3, 9])
    assert.deepStrictEqual(Rungs.steps(rule({ minIter: undefined, maxIter: 81, s: 2 })), [9, 27])
    assert.deepStrictEqual(Rungs.steps(rule({ minIter: 1, eta: 1.5 })).slice(0, 5), [1, 2, 3, 5, 7])
  })

  it("stops a run that more than 1/eta of those who came by then are better than", () => {
    const judge = Asha.make(rule({}), "minimize")
    const together = judge(shuffledCurves(9))
    assert.strictEqual(9 - together.length, 4)
    for (const verdict of together) {
      assert.strictEqual(verdict.threshold, 3)
      assert.strictEqual(verdict.peers.length, verdict.value)
    }
  })

  it("judges by who was there when the run came: whoever comes later changes nothing", () => {
    const judge = Asha.make(rule({ eta: 2 }), "minimize")
    const first = curve(0, [5], "running", [1], [10])
    assert.deepStrictEqual(judge([first]), [])
    // Better ones came later, and the run hasn't come to another rung yet.
    const later = [curve(1, [1], "running", [1], [20]), curve(2, [2], "running", [1], [30])]
    const grown = curve(0, [5, 5], "running", [1, 1.5], [10, 40])
    assert.deepStrictEqual(judge([grown, ...later]), [])
    // At the next rung it is judged again.
    const beaten = curve(1, [1, 1], "running", [1, 2], [20, 50])
    const reached = curve(0, [5, 5, 5], "running", [1, 1.5, 2], [10, 40, 60])
    const behind = curve(2, [2, 2], "running", [1, 2], [30, 55])
    assert.deepStrictEqual(judge([reached, beaten, behind]), [
      { run: run(0), rung: 2, value: 5, threshold: 2, peers: [run(1), run(2)] }
    ])
  })

  it("goes by the step, and of several rungs that one value reaches by the highest", () => {
    const judge = Asha.make(rule({ eta: 3 }), "minimize")
    const good = [0, 1, 2].map((i) => curve(i, [9, 1, 1, 1], "running", [0, 1, 3, 9]))
    // Its only value is at step 8: it stands on rung 3, and not on 1.
    const sparse = curve(3, [4], "running", [8])
    const [verdict, ...rest] = judge([...good, sparse])
    assert.deepStrictEqual(rest, [])
    assert.deepStrictEqual([verdict?.run, verdict?.rung, verdict?.value], [run(3), 3, 4])
    // Steps that start anew after a resume reach no rung a second time.
    assert.deepStrictEqual(judge([...good, curve(3, [1, 9, 9], "running", [9, 0, 1])]), [])
  })

  it("takes the best so far where it isn't strict", () => {
    const curves = [...[0, 1, 2].map((i) => curve(i, [3, 3], "finished", [0, 1])), curve(3, [1, 9], "running", [0, 1])]
    assert.strictEqual(Asha.make(rule({}), "minimize")(curves).length, 1)
    assert.strictEqual(Asha.make(rule({ strict: false }), "minimize")(curves).length, 0)
  })

  it("judges again where somebody turns out to have come before, or at the same time", () => {
    const judge = Asha.make(rule({ eta: 2 }), "minimize")
    const first = curve(0, [5], "running", [1], [10])
    assert.deepStrictEqual(judge([first]), [])
    // Their rows were read later.
    const earlier = [curve(1, [1], "running", [1], [10]), curve(2, [2], "running", [1], [10])]
    assert.deepStrictEqual(
      judge([first, ...earlier]).map((verdict) => verdict.run),
      [run(0)]
    )
  })

  it("counts a run once at a rung, however much it logs there", () => {
    const judge = Asha.make(rule({ eta: 2 }), "minimize")
    const good = curve(0, [1, 1, 1, 1], "running", [1, 1.2, 1.4, 1.6])
    assert.deepStrictEqual(judge([good, curve(1, [5], "running", [1])]), [])
  })
})

describe("Median", () => {
  const finished = [1, 2, 3, 4, 5].map((value, i) => curve(i, [value, value], "finished", [1, 3], [0, i]))

  it("stops a run whose best is worse than the median of finished runs at its rung", () => {
    const judge = Median.make(rule({ type: "median" }), "minimize")
    const late = (value: number) => curve(9, [9, value, 9], "running", [0, 1, 2], [90, 91, 92])
    assert.deepStrictEqual(judge([...finished, late(3)]), [])
    assert.deepStrictEqual(judge([...finished, late(3.5)]), [
      { run: run(9), rung: 1, value: 3.5, threshold: 3, peers: [run(0), run(1), run(2)] }
    ])
    const maximise = Median.make(rule({ type: "median" }), "maximize")
    assert.deepStrictEqual(maximise([...finished, curve(9, [2.5], "running", [1], [90])])[0]?.peers, [
      run(4),
      run(3),
      run(2)
    ])
  })

  it("waits for five finished runs, and counts none that finished after the run came", () => {
    const bad = curve(9, [99], "running", [1], [3.5])
    const judge = Median.make(rule({ type: "median" }), "minimize")
    assert.deepStrictEqual(judge([...finished.slice(1), bad]), [])
    assert.deepStrictEqual(judge([...finished, bad]), [])
    assert.strictEqual(judge([...finished, curve(9, [99], "running", [1], [4])]).length, 1)
  })

  it("takes the middle of an even number", () => {
    const judge = Median.make(rule({ type: "median" }), "minimize")
    const six = [...finished, curve(6, [100], "finished", [1], [0])]
    assert.strictEqual(judge([...six, curve(9, [3.4], "running", [1], [90])]).length, 0)
    assert.strictEqual(judge([...six, curve(9, [3.6], "running", [1], [90])])[0]?.threshold, 3.5)
  })

  it("goes by what finished runs had at the rung, and by the best that the run itself has had", () => {
    const judge = Median.make(rule({ type: "median" }), "minimize")
    const rising = Array.from({ length: 5 }, (_, i) => curve(i, [1, 9], "finished", [1, 3]))
    assert.deepStrictEqual(judge([...rising, curve(9, [5], "running", [3], [90])]), [])
    assert.strictEqual(judge([...rising, curve(9, [10], "running", [3], [90])]).length, 1)
    assert.deepStrictEqual(judge([...finished, curve(9, [2, 9], "running", [0, 1], [90, 91])]), [])
  })

  it("counts only runs that finished, those that log something after that as if they had before", () => {
    const bad = curve(9, [99, 99], "running", [1, 3], [90, 91])
    const failed = finished.map((each) => ({ ...each, state: "failed" as const }))
    assert.deepStrictEqual(Median.make(rule({ type: "median" }), "minimize")([...failed, bad]), [])
    const judge = Median.make(rule({ type: "median" }), "minimize")
    const short = Array.from({ length: 5 }, (_, i) => curve(i, [i], "finished", [1]))
    assert.deepStrictEqual(judge([...short, bad]), [])
    const grown = Array.from({ length: 5 }, (_, i) => curve(i, [i, i], "finished", [1, 3], [0, 5]))
    assert.strictEqual(judge([...grown, bad])[0]?.threshold, 2)
  })
})

describe("every stopping rule", () => {
  const makers = { hyperband: Hyperband.make, asha: Asha.make, median: Median.make } as const
  const arbitraryLog = FastCheck.record({
    run: FastCheck.nat(11),
    value: FastCheck.integer({ min: -5, max: 5 }),
    step: FastCheck.integer({ min: 1, max: 4 }),
    ends: FastCheck.nat(9)
  })

  for (const type of ["hyperband", "asha", "median"] as const) {
    it(`${type}: says of curves that grew what it says of them at once, and mirrors the goal`, () => {
      FastCheck.assert(
        FastCheck.property(
          FastCheck.array(arbitraryLog, { minLength: 20, maxLength: 120 }),
          FastCheck.boolean(),
          (logs, strict) => {
            const config = rule({ type, eta: 2, strict })
            const grown = makers[type](config, "minimize")
            const negated = makers[type](config, "maximize")
            const curves = Array.from({ length: 12 }, (_, i) => growing(i))
            for (const [time, log] of logs.entries()) {
              const at = curves[log.run]
              if (at === undefined || at.state !== "running") continue
              at.values.push(log.value)
              at.steps.push((at.steps.at(-1) ?? 0) + log.step)
              at.times.push(time)
              if (log.ends === 0) at.state = "finished"
              const verdicts = grown(curves)
              assert.deepStrictEqual(verdicts, makers[type](config, "minimize")(curves))
              const mirrored = curves.map((each) => ({ ...each, values: each.values.map((value) => 0 - value) }))
              assert.deepStrictEqual(
                negated(mirrored).map(({ peers, rung, run: id }) => [id, rung, peers]),
                verdicts.map(({ peers, rung, run: id }) => [id, rung, peers])
              )
            }
          }
        ),
        { numRuns: 20, seed: 1 }
      )
    })

    it(`${type}: judges 2,000 runs as they grow`, () => {
      const judge = makers[type](rule({ type }), "minimize")
      const curves = Array.from({ length: 2000 }, (_, i) => growing(i))
      for (const [i, each] of curves.slice(0, 9).entries()) {
        for (let step = 1; step <= 30; step++) {
          each.values.push((i * 200) / step)
          each.steps.push(step)
          each.times.push(0)
        }
        each.state = "finished"
      }
      let stopped = 0
      for (let step = 1; step <= 30; step++) {
        for (const [i, each] of curves.entries()) {
          if (each.state !== "running") continue
          each.values.push(((i * 7919) % 2000) / step)
          each.steps.push(step)
          each.times.push(step * 2000 + i)
        }
        for (const { peers, run: id } of judge(curves)) {
          assert.isAtMost(peers.length, 32)
          const at = curves.find((each) => each.id === id)
          if (at !== undefined && at.state === "running") {
            at.state = "killed"
            stopped++
          }
        }
      }
      assert.isAbove(stopped, 900)
    })
  }
})

describe("EarlyStoppingLive", () => {
  const judge = (config: SweepConfig, curves: ReadonlyArray<RunCurve>) =>
    Effect.flatMap(EarlyStopping, (stopping) => stopping.judge({ config, curves })).pipe(
      Effect.provide(EarlyStoppingLive.layer)
    )

  it.effect("judges by the config's rule and goal", () =>
    Effect.gen(function* () {
      const config = (given: Partial<SweepConfig>) => configOf("random", {}, { metric: loss, ...given })
      const curves = shuffledCurves(9)
      const hyperband = yield* judge(config({ earlyTerminate: rule({ type: "hyperband" }) }), curves)
      assert.strictEqual(hyperband.length, 5)
      const up = yield* judge(
        config({ metric: { ...loss, goal: "maximize" }, earlyTerminate: rule({ type: "asha" }) }),
        curves
      )
      assert.strictEqual(up.length, 5)
      assert.isTrue(up.every(({ value }) => value < 5))
      assert.deepStrictEqual(yield* judge(config({}), curves), [])
      assert.deepStrictEqual(yield* judge(config({ metric: undefined, earlyTerminate: rule({}) }), curves), [])
    })
  )
})

const rule = (given: Partial<EarlyTerminate>): EarlyTerminate => ({
  type: "hyperband",
  minIter: 1,
  maxIter: undefined,
  s: undefined,
  eta: 3,
  strict: true,
  ...given
})

const run = (i: number) => RunId.make(`r${i}`)

/** Steps count from 1 unless they are given; all values were logged at once. */
const curve = (
  i: number,
  values: ReadonlyArray<number>,
  state: RunState = "running",
  steps: ReadonlyArray<number> = values.map((_, n) => n + 1),
  times: ReadonlyArray<number> = values.map(() => 0)
): RunCurve => ({ id: run(i), state, steps, values, times })

/** Curves of one value each, 0 … m − 1 in no order. */
const shuffledCurves = (m: number): ReadonlyArray<RunCurve> =>
  Array.from({ length: m }, (_, i) => curve(i, [(i * 5 + 2) % m]))

const growing = (i: number) => ({
  id: run(i),
  state: "running" as RunState,
  steps: new Array<number>(),
  values: new Array<number>(),
  times: new Array<number>()
})
