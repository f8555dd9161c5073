import { defineConfig } from "vitest/config"
import shared from "../../vitest.shared.js"

/** Whole sweeps over a faulty W&B, and how much they ask of it, which takes minutes: `npm run test:faults`. */
export default defineConfig({
  ...shared,
  test: {
    ...shared.test,
    include: ["test/WandbFaults.ts", "test/WandbRequests.ts", "test/WandbRestart.ts"],
    testTimeout: 600_000,
    maxWorkers: 2,
    minWorkers: 1
  }
})
