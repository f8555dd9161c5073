// Placeholder entry point until src/bin.ts exists; see scripts below.
import { existsSync } from "node:fs"
if (existsSync(new URL("../src/bin.ts", import.meta.url))) {
  const { build } = await import("esbuild")
  await build({ entryPoints: ["src/bin.ts"], bundle: true, platform: "node", target: "node20", format: "esm", outfile: "dist/bundle/sweepline.mjs", external: ["libsql"] })
}
