// Process 1 of a pid namespace: an engine submits and goes, the next one adopts. What the first one
// started is orphaned and comes to this process, which awaits none of it, so it stays a zombie.
import { spawnSync } from "node:child_process"
import { readFileSync, readlinkSync } from "node:fs"
import { Duration, Effect, Option, Schedule } from "effect"
import { Executor } from "@sweepline/core/Executor"
import type { JobHandle } from "@sweepline/core/Executor"
import { RunKey } from "@sweepline/core/RunKey"
import * as LocalExecutor from "@sweepline/executors/LocalExecutor"

const [folder = "", launcher = ""] = process.argv.slice(2)
const key = (name: string) => RunKey.make(`${name}#1`)
const layer = LocalExecutor.layer({
  runs: `${folder}/runs`,
  environment: { PATH: "/usr/bin:/bin" },
  lookInterval: "20 millis",
  launcher: launcher === "shell" ? "shell" : "auto"
})
const script = (text: string) => ({
  argv: ["/bin/sh", "-c", text] as const,
  env: new Map(),
  cwd: folder,
  files: new Map()
})
const states = () =>
  spawnSync("ps", ["-eo", "stat="], { encoding: "utf8" })
    .stdout.split("\n")
    .filter((line) => line.startsWith("Z"))

/** Waits until the wrapper of a handle is a child of this process: what started it has gone. */
const orphaned = (handle: JobHandle) =>
  Effect.sync(() => {
    const stat = readFileSync(`/proc/${handle.data.split(" ")[2]}/stat`, "utf8")
    return stat.split(") ")[1]?.split(" ")[1] === readlinkSync("/proc/self")
  }).pipe(Effect.repeat({ until: (so) => so, schedule: Schedule.spaced(10) }), Effect.timeout("30 seconds"))

const first = Effect.gen(function* () {
  const executor = yield* Executor
  yield* executor.submit(script("sleep 0.4; exit 5"), key("ends"))
  yield* executor.submit(script("exec sleep 60"), key("dies"))
  yield* executor.submit(script("exec sleep 60"), key("stops"))
  // Leaves processes behind, in its own group and out of it.
  yield* executor.submit(script("sleep 60 & (setsid sleep 0.2 &) ; exit 0"), key("leaves"))
  yield* Effect.sleep("600 millis")
}).pipe(Effect.provide(layer))

const second = Effect.gen(function* () {
  const executor = yield* Executor
  const ended: Record<string, unknown> = {}
  for (const name of ["ends", "dies", "stops", "leaves"]) {
    const handle = Option.getOrThrow(yield* executor.find(key(name)))
    if (name === "dies" || name === "stops") yield* orphaned(handle)
    if (name === "dies") process.kill(Number(handle.data.split(" ")[1]), "SIGKILL")
    if (name === "stops") yield* executor.cancel(handle, Duration.seconds(5))
    ended[name] = yield* executor.poll([handle]).pipe(
      Effect.flatMap((all) => Effect.fromNullable(all.get(handle.key))),
      Effect.filterOrFail(
        (status) => status._tag !== "Running",
        () => "still running"
      ),
      Effect.retry(Schedule.intersect(Schedule.spaced(20), Schedule.recurs(200)))
    )
  }
  return ended
}).pipe(Effect.provide(layer))

const program = Effect.gen(function* () {
  yield* first
  const ended = yield* second
  const comm = readFileSync("/proc/1/comm", "utf8").trim()
  console.log(JSON.stringify({ pid: process.pid, comm, ended, zombies: states().length }))
})
await Effect.runPromise(program)
