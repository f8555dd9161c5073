import { fileURLToPath } from "node:url"
import type { ViteUserConfig } from "vitest/config"

const packages = fileURLToPath(new URL("./packages/", import.meta.url))

/** Tests read the packages' sources, so that a test never runs against a stale build. */
const config: ViteUserConfig = {
  resolve: {
    alias: [{ find: /^@sweepline\/([a-z-]+)\/(.+)$/, replacement: `${packages}$1/src/$2.ts` }]
  },
  test: {
    environment: "node",
    include: ["test/**/*.test.ts"],
    setupFiles: [fileURLToPath(new URL("./vitest.setup.ts", import.meta.url))],
    pool: "threads",
    isolate: false,
    // Only what hangs ends by it: a machine that is held up for seconds fails no test.
    testTimeout: 60_000,
    hookTimeout: 60_000
  }
}

export default config
