import { defineConfig } from "vitest/config"
import shared from "../../vitest.shared.js"

/** The exhaustive crash test, in two threads: `npm run test:crash`. */
export default defineConfig({
  ...shared,
  test: {
    ...shared.test,
    // Without `mergeConfig`, which would add these to the tests of `npm test`.
    include: ["test/CrashPairs.ts", "test/CrashSingles.ts", "test/CrashFaults.ts", "test/CrashSqlite.ts"],
    maxWorkers: 2,
    minWorkers: 1,
    disableConsoleIntercept: true
  }
})
