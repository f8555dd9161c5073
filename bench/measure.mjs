// What the benchmarks share: a median, a verdict, and a folder of their own.
import { spawn, spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

/** The program as it is built here. */
export const program = fileURLToPath(new URL("../packages/cli/bin/sweepline.cjs", import.meta.url))

/** The middle of several measurements. */
export const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

/** Milliseconds that Node takes for a command line; it must end well. */
export const time = (args, options = {}) => {
  const started = performance.now()
  const { error, status, stderr } = spawnSync(process.execPath, args, {
    stdio: ["ignore", "ignore", "pipe"],
    ...options
  })
  const took = performance.now() - started
  if (status !== 0) throw error ?? new Error(`${args.join(" ")} ended with ${status}: ${stderr}`)
  return took
}

/** Milliseconds that a bare loop takes to spawn `true` so often, so many at a time. */
export const bareLoop = async (count, workers) => {
  let left = count
  const started = performance.now()
  const worker = async () => {
    while (left-- > 0) {
      await new Promise((resolve, reject) => {
        spawn("true", { stdio: "ignore" }).on("exit", resolve).on("error", reject)
      })
    }
  }
  await Promise.all(Array.from({ length: workers }, worker))
  return performance.now() - started
}

/**
 * Does something in an empty folder, which goes away with this process and not before: for minutes after files were
 * deleted, ext4 passes over what they leave when it makes new ones, and each measurement would pay for the one before.
 */
export const inFolder = (body) => {
  const folder = mkdtempSync(join(tmpdir(), "sweepline-bench-"))
  folders.push(folder)
  return body(folder)
}

const folders = []
process.once("exit", () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** Prints a ratio and its bound; the process fails where the bound is broken. */
export const verdict = (what, value, bound, unit = "times") => {
  const ok = value <= bound
  console.log(`${what}: ${value.toFixed(2)} ${unit}, at most ${bound}: ${ok ? "ok" : "TOO MUCH"}`)
  if (!ok) process.exitCode = 1
}
