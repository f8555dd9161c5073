import { assert, describe, it } from "@effect/vitest"
import { sweeps } from "./CrashSweeps.js"
import * as CrashTrials from "./CrashTrials.js"

/** Part of `npm run test:crash`, not of `npm test`. */
describe("each call fails before its effect, fails after it, and happens twice", () => {
  for (const sweep of sweeps) {
    it(sweep.name, { timeout: 480_000 }, () => {
      const { failures, tried } = CrashTrials.faults(sweep)
      console.log(`${tried} faulty calls: ${sweep.name}`)
      assert.deepStrictEqual(failures, [])
    })
  }
})
