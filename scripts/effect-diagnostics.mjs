// Effect's own diagnostics (floating effects, missing services and the like) over every
// package, where this platform has the compiler that knows them; elsewhere it says so.
import { spawnSync } from "node:child_process"
import { existsSync, readdirSync } from "node:fs"

const compiler = "node_modules/@effect/tsgo-linux-x64/lib/tsc"
if (!existsSync(compiler)) {
  console.error("Effect diagnostics: skipped, @effect/tsgo has no binary for this platform")
  process.exit(0)
}
let failed = false
for (const name of readdirSync("packages").sort()) {
  if (!existsSync(`packages/${name}/tsconfig.test.json`)) continue
  const { status } = spawnSync(compiler, ["-p", `packages/${name}/tsconfig.test.json`], { stdio: "inherit" })
  failed ||= status !== 0
}
process.exit(failed ? 1 : 0)
