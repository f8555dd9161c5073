import { defineConfig } from "vitest/config"
import shared from "../../vitest.shared.js"

/** A whole sweep over a faulty W&B, which takes minutes: `npm run test:faults`. */
export default defineConfig({
  ...shared,
  test: { ...shared.test, include: ["test/WandbFaults.ts"], testTimeout: 600_000 }
})
