// Drives the real W&B SDK, from PyPI, against the server: `npm run test:conformance`.
//
// The SDK lives in a virtual environment of its own, which is kept between runs (SWEEPLINE_CONFORMANCE_VENV, by default
// in the folder for temporary files). It prints a line for each scenario, and at the end how many passed and failed.
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { run as runCommand } from "./processes.mjs"
import { launchScenarios } from "./launch.mjs"
import { programScenarios } from "./program.mjs"
import { scenarios } from "./scenarios.mjs"
import { World } from "./world.mjs"

const version = process.env.SWEEPLINE_CONFORMANCE_WANDB ?? "0.30.0"
const venv = process.env.SWEEPLINE_CONFORMANCE_VENV ?? join(tmpdir(), `sweepline-wandb-${version}`)
const only = process.argv.slice(2)

if (!existsSync(join(venv, "bin", "wandb"))) {
  console.log(`installing wandb ${version} into ${venv}`)
  mkdirSync(venv, { recursive: true })
  await runCommand("python3", ["-m", "venv", venv])
  await runCommand(join(venv, "bin", "pip"), ["install", "--quiet", `wandb==${version}`])
}

const folder = mkdtempSync(join(tmpdir(), "sweepline-conformance-"))
let passed = 0
let failed = 0
const world = new World({ folder, venv })

/** Runs scenarios one after another. */
const lane = async (all) => {
  for (const [name, scenario] of Object.entries(all)) {
    if (only.length > 0 && !only.some((word) => name.includes(word))) continue
    const begun = Date.now()
    try {
      await scenario(world)
      passed += 1
      console.log(`ok   ${name} (${Math.round((Date.now() - begun) / 1000)}s)`)
    } catch (error) {
      failed += 1
      console.log(`FAIL ${name}\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
    }
  }
}

try {
  await world.start()
  // They share nothing but the folder, and mostly wait.
  const all = Object.entries(scenarios)
  const some = (holds) => Object.fromEntries(all.slice(0, -1).filter(([name]) => holds(name)))
  const isLaunch = (name) => name.includes("launch")
  await Promise.all([
    lane(some((name) => !isLaunch(name))),
    lane(programScenarios),
    lane({ ...launchScenarios, ...some(isLaunch) })
  ])
  // The last one looks back at all that was sent.
  await lane(Object.fromEntries(all.slice(-1)))
} finally {
  await world.stop()
  if (failed === 0) rmSync(folder, { recursive: true, force: true })
  else console.log(`what was written is in ${folder}`)
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
