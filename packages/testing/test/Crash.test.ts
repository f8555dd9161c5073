import { assert, describe, it } from "@effect/vitest"
import { sweeps, twoRuns } from "./CrashSweeps.js"
import * as CrashTrials from "./CrashTrials.js"

/** A sample of what `npm run test:crash` tries in full. */
describe("after a crash at any call, the next scheduler ends the sweep as if nothing had happened", () => {
  for (const sweep of sweeps) {
    it(sweep.name, () => {
      assertWell(CrashTrials.singles(sweep, CrashTrials.downtimes.short, { every: 109 }))
      assertWell(CrashTrials.singles(sweep, CrashTrials.downtimes.long, { every: 269 }))
    })
  }

  it("also after a second crash, during the recovery", () => {
    assertWell(CrashTrials.pairs(twoRuns, { every: 1600 }))
  })
})

describe("a call that fails or happens twice", () => {
  it("changes nothing of what a sweep comes to", () => {
    for (const sweep of sweeps) assertWell(CrashTrials.faults(sweep, { every: 449 }))
  })
})

describe("the trials themselves", () => {
  it("see runs that get lost: a scheduler that adopts no pending runs", () => {
    const careless = { ...twoRuns, scheduler: { adoptsPending: false } }
    assert.isNotEmpty(CrashTrials.singles(careless, CrashTrials.downtimes.short, { every: 4 }).failures)
  })
})

const assertWell = ({ failures, tried }: CrashTrials.Count): void => {
  assert.deepStrictEqual(failures, [])
  assert.isAbove(tried, 0)
}
