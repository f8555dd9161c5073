// Runs every package's tests in one vitest and closes with one plain line: N passed, N failed.
import { spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const run = (command, args, env = {}) =>
  spawnSync(command, args, { stdio: "inherit", env: { ...process.env, ...env } }).status ?? 1

const built = run("npx", ["turbo", "run", "build", "--output-logs=errors-only", "--log-order=grouped"], {
  TURBO_TELEMETRY_DISABLED: "1"
})
if (built !== 0) process.exit(built)

const folder = mkdtempSync(join(tmpdir(), "sweepline-test-"))
const report = join(folder, "report.json")
const status = run("npx", [
  "vitest",
  "run",
  "--reporter=default",
  "--reporter=json",
  `--outputFile.json=${report}`,
  ...process.argv.slice(2)
])
const text = existsSync(report) ? readFileSync(report, "utf8") : undefined
rmSync(folder, { recursive: true })
if (text === undefined) {
  console.error("test: vitest left no report of what it ran")
  process.exit(status || 1)
}
const result = JSON.parse(text)

const skipped = result.testResults
  .flatMap((file) => file.assertionResults)
  .filter(({ status }) => status === "pending" || status === "skipped")
for (const test of skipped) console.log(`skipped: ${test.fullName}`)
const brokenFiles = result.testResults.filter(
  (file) => file.status === "failed" && file.assertionResults.length === 0
).length
const failed = result.numFailedTests + brokenFiles
console.log(
  `${result.numPassedTests} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ""}`
)
process.exit(failed > 0 ? 1 : status)
