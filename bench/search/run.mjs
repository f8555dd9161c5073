// Runs one of the benches beside it, which are TypeScript: node run.mjs NAME [ARGUMENTS].
import { build } from "esbuild"
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const here = fileURLToPath(new URL(".", import.meta.url))
const [name, ...rest] = process.argv.slice(2)
const outfile = join(here, "..", "..", "node_modules", ".cache", "sweepline-bench", `${name}.mjs`)

await build({
  absWorkingDir: here,
  entryPoints: [`${name}.ts`],
  outfile,
  bundle: true,
  platform: "node",
  target: "node20",
  format: "esm",
  logLevel: "warning"
})
process.exit(spawnSync(process.execPath, [outfile, here, ...rest], { stdio: "inherit" }).status ?? 1)
