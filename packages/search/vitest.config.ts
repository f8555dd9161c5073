import { defineConfig, mergeConfig } from "vitest/config"
import shared from "../../vitest.shared.js"

// Sums take as long as the machine takes for them, and nothing here waits for anything that may never come.
export default mergeConfig(shared, defineConfig({ test: { testTimeout: 120_000 } }))
