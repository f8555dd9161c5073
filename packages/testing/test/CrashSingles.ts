import { assert, describe, it } from "@effect/vitest"
import { sweeps } from "./CrashSweeps.js"
import * as CrashTrials from "./CrashTrials.js"

/** Part of `npm run test:crash`, not of `npm test`. */
describe("a crash at each call, before and after its effect", () => {
  let tried = 0
  for (const sweep of sweeps) {
    it(sweep.name, { timeout: 480_000 }, () => {
      for (const [downtime, millis] of Object.entries(CrashTrials.downtimes)) {
        const count = CrashTrials.singles(sweep, millis)
        tried += count.tried
        console.log(`${count.tried} crashes, ${downtime} downtime, ${count.worlds} worlds after: ${sweep.name}`)
        assert.deepStrictEqual(count.failures, [])
      }
    })
  }

  it("comes to thousands", () => {
    console.log(`${tried} single crashes in all`)
    assert.isAtLeast(tried, 5_000)
  })
})
