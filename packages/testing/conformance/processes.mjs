// Programs that a scenario runs.
import { spawn } from "node:child_process"

/** Starts a program; `output` grows while it runs. */
export const start = (command, args, options = {}) => {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], ...options })
  const program = { child, output: "", stdout: "" }
  child.stdout.on("data", (chunk) => {
    program.stdout += chunk
    program.output += chunk
  })
  child.stderr.on("data", (chunk) => (program.output += chunk))
  program.ended = new Promise((resolve, reject) => {
    child.once("error", reject)
    child.once("close", (code, signal) => resolve(code ?? signal))
  })
  return program
}

/** Runs a program to its end; fails unless it ends with this code. */
export const run = async (command, args, { code = 0, timeout = 240_000, ...options } = {}) => {
  const program = start(command, args, { timeout, killSignal: "SIGKILL", ...options })
  const ended = await program.ended
  if (ended !== code) {
    throw new Error(
      `${command} ${args.join(" ")} ended with ${ended} instead of ${code}:\n${program.output.slice(-4000)}`
    )
  }
  return program
}
