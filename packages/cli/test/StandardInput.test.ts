import { assert, describe, it } from "@effect/vitest"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { binary } from "./fixtures/program.js"

/** The program with a socket as its standard input, as programs start others. */
const start = (...args: ReadonlyArray<string>) => {
  const child = spawn(process.execPath, [binary, ...args], { stdio: ["pipe", "pipe", "pipe"] })
  const printed = { stdout: "", stderr: "" }
  child.stdout.setEncoding("utf8").on("data", (text: string) => (printed.stdout += text))
  child.stderr.setEncoding("utf8").on("data", (text: string) => (printed.stderr += text))
  return { child, ended: once(child, "close").then(([code]) => ({ code, ...printed })) }
}

const config = "\ufeffprogram: train.py\nmethod: grid\nparameters:\n  size: {values: [größer, kleiner]}\n"

describe("a config on standard input", () => {
  it("is read from a socket", async () => {
    const { child, ended } = start("validate", "-")
    child.stdin.end(config)
    const { code, stderr, stdout } = await ended
    assert.strictEqual(code, 0, stderr)
    assert.include(stdout, "2 runs")
  })

  it("is not waited for after the first Ctrl-C", async () => {
    const { child, ended } = start("validate", "-")
    // More than the socket holds: once this is written, the program reads, and has said what signals mean.
    await new Promise((resolve) => child.stdin.write(`${config}#${" ".repeat(2 ** 20)}`, resolve))
    child.kill("SIGINT")
    const { code, stderr } = await ended
    assert.strictEqual(code, 130, stderr)
  })
})
