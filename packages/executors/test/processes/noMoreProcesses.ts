// An engine whose user may start no more processes.
import { spawnSync } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"
import { Effect } from "effect"
import { Executor } from "@sweepline/core/Executor"
import { RunKey } from "@sweepline/core/RunKey"
import * as LocalExecutor from "@sweepline/executors/LocalExecutor"

const [folder = "", launcher = ""] = process.argv.slice(2)

const program = Effect.gen(function* () {
  const executor = yield* Executor
  const job = { argv: ["true"] as const, env: new Map(), cwd: folder, files: new Map() }
  for (const task of readdirSync("/proc/self/task")) {
    const children = readFileSync(`/proc/self/task/${task}/children`, "utf8").trim().split(" ")
    for (const pid of children.filter((child) => child !== "")) spawnSync("prlimit", ["--pid", pid, "--nproc=1:1"])
  }
  spawnSync("prlimit", ["--pid", String(process.pid), "--nproc=1:1"])
  const error = yield* Effect.flip(executor.submit(job, RunKey.make("a#1")))
  console.log(JSON.stringify({ reason: error.reason, message: error.message }))
}).pipe(
  Effect.provide(
    LocalExecutor.layer({
      runs: `${folder}/runs`,
      environment: { PATH: "/usr/bin:/bin" },
      launcher: launcher === "shell" ? "shell" : "auto"
    })
  )
)
await Effect.runPromise(program)
