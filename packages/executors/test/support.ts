import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { it } from "@effect/vitest"
import { Effect, Layer, Schedule } from "effect"
import type { Job, JobHandle } from "@sweepline/core/Executor"
import { Executor } from "@sweepline/core/Executor"
import { JobStatus } from "@sweepline/core/Executor"
import { RunKey } from "@sweepline/core/RunKey"
import * as LocalExecutor from "@sweepline/executors/LocalExecutor"
import * as ProcessTable from "@sweepline/executors/ProcessTable"

/** A test of what only Linux has; its name says so, since elsewhere it is counted as skipped. */
export const onLinux = it.scopedLive.skipIf(process.platform !== "linux")

/** A key for a name. */
export const key = (name: string, attempt = 1): RunKey => RunKey.make(`${name}#${attempt}`)

/** A folder that is removed with the scope. */
export const temporary = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "sweepline-executors-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
)

/** A job that runs a shell script. */
export const script = (
  text: string,
  options: Partial<Omit<Job, "argv">> & { readonly args?: ReadonlyArray<string> } = {}
): Job => ({
  argv: ["/bin/sh", "-c", text, "script", ...(options.args ?? [])],
  env: options.env ?? new Map(),
  cwd: options.cwd ?? tmpdir(),
  files: options.files ?? new Map()
})

/** An engine of its own over a folder, as a process that starts would have it. */
export const engine = (folder: string, options: Partial<LocalExecutor.Options> = {}) =>
  Effect.map(
    Layer.build(LocalExecutor.layer({ ...defaults(folder), ...options })),
    (context) => context.unsafeMap.get(Executor.key) as Executor["Type"]
  )

/** An engine over a process table that was changed. */
export const engineOn = (
  folder: string,
  change: (table: ProcessTable.ProcessTable["Type"]) => Partial<ProcessTable.ProcessTable["Type"]>,
  options: Partial<LocalExecutor.Options> = {}
) =>
  Effect.gen(function* () {
    const table = yield* ProcessTable.ProcessTable
    return yield* LocalExecutor.make({ ...defaults(folder), ...options }).pipe(
      Effect.provideService(ProcessTable.ProcessTable, { ...table, ...change(table) })
    )
  }).pipe(Effect.provide(ProcessTable.layer))

/** Polls until a job has ended. */
export const ended = (executor: Executor["Type"], handle: JobHandle) => {
  const next: Effect.Effect<JobStatus, unknown> = Effect.filterOrElse(
    status(executor, handle),
    (now) => now._tag !== "Running",
    () => Effect.zipRight(Effect.sleep(10), next)
  )
  return Effect.timeout(next, "30 seconds")
}

/** What one poll says of one job, but for when it ended. */
export const status = (executor: Executor["Type"], handle: JobHandle): Effect.Effect<JobStatus, unknown> =>
  Effect.map(statusAndTime(executor, handle), (found) =>
    found._tag === "Exited" ? JobStatus.Exited({ code: found.code }) : found
  )

/** What one poll says of one job. */
export const statusAndTime = (executor: Executor["Type"], handle: JobHandle): Effect.Effect<JobStatus, unknown> =>
  Effect.flatMap(executor.poll([handle]), (all) => Effect.fromNullable(all.get(handle.key)))

/** Waits until something is so. */
export const until = (check: () => boolean) =>
  Effect.sync(check).pipe(
    Effect.repeat({ until: (so) => so, schedule: Schedule.spaced(5) }),
    Effect.timeout("30 seconds")
  )

/** The text of a file; empty where there is none. */
export const text = (path: string): string => {
  try {
    return readFileSync(path, "utf8")
  } catch {
    return ""
  }
}

/** Whether a process runs; a zombie doesn't. */
export const runs = (pid: number): boolean => {
  const stat = text(`/proc/${pid}/stat`)
  return stat !== "" && !/\) [ZX] /.test(stat)
}

const defaults = (folder: string): LocalExecutor.Options => ({
  runs: join(folder, "runs"),
  environment: { PATH: "/usr/bin:/bin", HOME: folder },
  lookInterval: "20 millis"
})
