import { defineConfig } from "vitest/config"
import shared from "./vitest.shared.js"

/**
 * All packages as one project, in two threads: each thread reads the sources and Effect once, where a project
 * for each package would read them again. The examples resolve the packages as their users do, so they stand alone.
 */
export default defineConfig({
  test: {
    // asked of the whole run, not of a project: without them each file gets a thread of its own
    pool: "threads",
    isolate: false,
    maxWorkers: 2,
    minWorkers: 1,
    projects: [
      { ...shared, test: { ...shared.test, name: "packages", include: ["packages/*/test/**/*.test.ts"] } },
      "examples/*/vitest.config.ts"
    ]
  }
})
