import { assert, describe, it } from "@effect/vitest"
import { twoRuns } from "./CrashSweeps.js"
import * as CrashTrials from "./CrashTrials.js"

/** Part of `npm run test:crash`, not of `npm test`. */
describe("a crash at each call, and another at each call of the recovery from it", () => {
  it(twoRuns.name, { timeout: 480_000 }, () => {
    const { failures, tried, worlds } = CrashTrials.pairs(twoRuns)
    console.log(`${tried} pairs of crashes in all, ${worlds} worlds after them: ${twoRuns.name}`)
    assert.deepStrictEqual(failures, [])
    assert.isAtLeast(tried, 5_000)
  })
})
