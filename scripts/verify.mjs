// Everything that must hold before a change lands, cheapest first. Stops at the first failure.
import { spawnSync } from "node:child_process"

const steps = [
  ["generated files", "node", ["scripts/codegen.mjs", "--check"]],
  ["lint settings", "node", ["scripts/lint-config.mjs", "--check"]],
  ["lock file", "node", ["scripts/check-lock.mjs"]],
  ["format", "npx", ["oxfmt", "--check"]],
  ["lint, cycles and arrows", "npx", ["oxlint", "--deny-warnings"]],
  ["build", "npm", ["run", "--silent", "build"]],
  ["types", "npm", ["run", "--silent", "check"]],
  ["Effect diagnostics", "node", ["scripts/effect-diagnostics.mjs"]],
  ["tests", "npm", ["run", "--silent", "test"]]
]

for (const [title, command, args] of steps) {
  const started = performance.now()
  const { status } = spawnSync(command, args, {
    stdio: "inherit",
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1" }
  })
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  if (status !== 0) {
    console.error(`verify: ${title} failed after ${seconds} s`)
    process.exit(status ?? 1)
  }
  console.error(`verify: ${title} ok (${seconds} s)`)
}
