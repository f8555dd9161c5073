import { statSync } from "node:fs"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Job } from "@sweepline/core/Executor"
import { ExecutorError } from "@sweepline/core/ExecutorError"
import type { RunKey } from "@sweepline/core/RunKey"
import * as Claim from "./Claim.js"
import * as Environment from "./Environment.js"
import * as FileFailure from "./FileFailure.js"
import type * as Launcher from "./Launcher.js"
import type { MachineIdentity } from "./MachineIdentity.js"
import type * as Program from "./Program.js"
import * as RunFolder from "./RunFolder.js"
import type { Timeouts } from "./Timeouts.js"
import * as Wrapper from "./Wrapper.js"

/**
 * Checks a job, so that all that can be known to fail fails before a process is started. Throws an `ExecutorError`,
 * or Node's error about a file.
 */
export const prepare = (
  job: Job,
  key: RunKey,
  folder: RunFolder.RunFolder,
  options: { readonly environment: Environment.Environment; readonly locate: Program.Locate }
): Omit<Launcher.Start, "claim"> => {
  const [name, ...rest] = job.argv
  const env = Environment.changes(job.env, { run: folder.run, cwd: job.cwd })
  if (statSync(job.cwd, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw refused(key, `there is no folder ${job.cwd} to run in. Start the sweep from a folder that exists`)
  }
  const program = options.locate(name, job.cwd, Environment.get(options.environment, env, "PATH"))
  if ("problem" in program) throw refused(key, program.problem)
  for (const file of job.files.keys()) {
    if (!RunFolder.isFileName(file)) throw refused(key, `"${file}" is no name of a file in the run's folder`)
  }
  // The path, not the name: the shell takes some names for its own commands, `exit` for one.
  return { folder, files: job.files, argv: [program.path, ...rest], env, cwd: job.cwd }
}

/**
 * Waits until the key is claimed, by the wrapper that was started or by another one. When
 * none has by `timeout`, the key is given up: the claim is our own then, and nothing runs.
 * Fails when the wrapper ended and nobody has the claim: nothing ran, and the key may be submitted again.
 * `undefined`: nobody has it, and it isn't known what became of the wrapper.
 */
export const awaitClaim = (
  key: RunKey,
  folder: RunFolder.RunFolder,
  started: Launcher.Started,
  options: { readonly timeout: Duration.Duration; readonly timeouts: Timeouts; readonly here: MachineIdentity }
): Effect.Effect<Claim.Claim | undefined, ExecutorError> => {
  const limit = Duration.toMillis(options.timeout)
  const wait = (waited: number): Effect.Effect<Claim.Claim | undefined, ExecutorError> =>
    started.tells && waited === 0
      ? Effect.zipRight(untilNews(started, options.timeouts), look(limit))
      : Effect.zipRight(Effect.sleep(pace(waited)), look(waited + pace(waited)))
  const look = (waited: number): Effect.Effect<Claim.Claim | undefined, ExecutorError> =>
    Effect.suspend(() => {
      const told = started.claim()
      if (told !== undefined) return Effect.succeed(told)
      // Asked before the claim is read: an end after that is seen at the next look.
      const end = started.end()
      return Effect.flatMap(readClaim(key, folder), (claim) => {
        if (claim !== undefined) return Effect.succeed(claim)
        if (end?._tag === "Unknown") return Effect.succeed(undefined)
        if (end !== undefined) return Effect.fail(unclaimed(key, folder, end))
        return waited < limit ? wait(waited) : Effect.zipRight(giveUp(key, folder, options.here), look(waited))
      })
    })
  return wait(0)
}

/** The claim of a key, if there is one; waits a moment for one that is being written. */
export const readClaim = (
  key: RunKey,
  folder: RunFolder.RunFolder
): Effect.Effect<Claim.Claim | undefined, ExecutorError> => {
  const look = (waited: number): Effect.Effect<Claim.Claim | undefined, ExecutorError> =>
    Effect.flatMap(read(key, folder), (reading) => {
      if (reading.kind === "held") return Effect.succeed(reading.claim)
      if (reading.kind === "absent") return Effect.succeed(undefined)
      if (reading.kind === "damaged") return Effect.fail(damaged(key, folder, reading.line))
      if (waited >= settling) return Effect.fail(incomplete(key, folder))
      return Effect.zipRight(Effect.sleep(pace(waited)), look(waited + pace(waited)))
    })
  return look(0)
}

// internal

const read = (key: RunKey, folder: RunFolder.RunFolder): Effect.Effect<Claim.Reading, ExecutorError> =>
  Effect.try({
    try: () => Claim.read(RunFolder.claim(folder)),
    catch: (cause) => FileFailure.toExecutorError(key, RunFolder.claim(folder), cause)
  })

const giveUp = (
  key: RunKey,
  folder: RunFolder.RunFolder,
  here: MachineIdentity
): Effect.Effect<boolean, ExecutorError> =>
  Effect.try({
    try: () => {
      // Its wrapper may not have come so far.
      RunFolder.create(folder)
      return Claim.giveUp(RunFolder.claim(folder), here)
    },
    catch: (cause) => FileFailure.toExecutorError(key, RunFolder.claim(folder), cause)
  })

/** Waits for a wrapper's claim or end, or until it is too late. */
const untilNews = (started: Launcher.Started, timeouts: Timeouts): Effect.Effect<void> =>
  Effect.async((resume) => {
    const cancel = timeouts.add(() => resume(Effect.void))
    started.onNews(() => {
      cancel()
      resume(Effect.void)
    })
    return Effect.sync(cancel)
  })

/** How long a claim may be there without its line, in milliseconds: it is one write. */
const settling = 1_000

/** Milliseconds until the next look. A wrapper claims about one after it was started, on a machine at rest. */
const pace = (waited: number): number => (waited < 20 ? 1 : 10)

const refused = (key: RunKey, detail: string): ExecutorError =>
  new ExecutorError({ reason: "Refused", subject: key, detail })

const damaged = (key: RunKey, folder: RunFolder.RunFolder, line: string): ExecutorError =>
  refused(
    key,
    `${RunFolder.claim(folder)} says ${JSON.stringify(line.slice(0, 80))}, which is no claim of this version, so it can't be told ` +
      "whether the run is running. Make sure that it isn't, then delete that file"
  )

const incomplete = (key: RunKey, folder: RunFolder.RunFolder): ExecutorError =>
  refused(
    key,
    `${RunFolder.claim(folder)} has no whole line: what should have run this was killed before it began. ` +
      "Delete that file, then resume the sweep"
  )

const unclaimed = (key: RunKey, folder: RunFolder.RunFolder, end: Launcher.End): ExecutorError => {
  if (end._tag === "NotStarted") return notStarted(key, folder, end.cause)
  if (FileFailure.diskIsFull(folder.attempt)) return FileFailure.diskFull(key, folder.attempt)
  const how =
    end._tag !== "Exited"
      ? "was killed"
      : end.code === Wrapper.exit.noStartTime
        ? "could not read its start time"
        : `ended with exit code ${end.code}`
  return new ExecutorError({
    reason: "Unavailable",
    subject: key,
    detail:
      `nothing ran: the shell that should run it ${how} before it could claim ${folder.attempt}. ` +
      "Resume the sweep to try again"
  })
}

const notStarted = (key: RunKey, folder: RunFolder.RunFolder, cause: unknown): ExecutorError => {
  switch (FileFailure.code(cause)) {
    case "E2BIG":
      return refused(key, "its arguments and environment are longer than the system allows. Pass them in a file")
    case "EAGAIN":
    case "ENOMEM":
      return new ExecutorError({
        reason: "Unavailable",
        subject: key,
        detail:
          "the system could not start another process: its limit of processes or of memory is reached. " +
          "Run fewer workers, or raise the limit (ulimit -u), then resume the sweep",
        cause
      })
    default:
      return FileFailure.toExecutorError(key, folder.attempt, cause)
  }
}
