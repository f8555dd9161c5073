import { defineConfig } from "vitest/config"
import shared from "../../vitest.shared.js"

/** What only real processes show, and takes minutes: kills, stopped schedulers, copied folders: `npm run test:kill`. */
export default defineConfig({
  ...shared,
  test: {
    ...shared.test,
    // Without `mergeConfig`, which would add these to the tests of `npm test`.
    include: ["test/processes/*.ts"],
    testTimeout: 900_000,
    // Most of the time they wait.
    maxWorkers: 3,
    minWorkers: 3,
    disableConsoleIntercept: true
  }
})
