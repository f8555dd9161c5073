import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { ExecutorError } from "@sweepline/core/ExecutorError"
import type { RunKey } from "@sweepline/core/RunKey"
import * as Claim from "./Claim.js"
import * as FileFailure from "./FileFailure.js"
import type { MachineIdentity } from "./MachineIdentity.js"
import * as RunFolder from "./RunFolder.js"
import type * as Started from "./Started.js"
import type { Timeouts } from "./Timeouts.js"
import * as Wrapper from "./Wrapper.js"

/** The claim of a key, if there is one; waits a moment for one that is being written. */
export const find = Effect.fnUntraced(function* (
  key: RunKey,
  folder: RunFolder.RunFolder
): Effect.fn.Return<Claim.Claim | undefined, ExecutorError> {
  for (let waited = 0; ; waited += pace(waited)) {
    const reading = yield* read(key, folder)
    if (reading.kind === "held") return reading.claim
    if (reading.kind === "absent") return undefined
    if (reading.kind === "damaged") return yield* Effect.fail(damaged(key, folder, reading.line))
    if (waited >= settling) return yield* Effect.fail(incomplete(key, folder))
    yield* Effect.sleep(pace(waited))
  }
})

/**
 * Waits until the key is claimed, by the wrapper that was started or by another one. When
 * none has by `timeout`, the key is given up: the claim is our own then, and nothing runs.
 * Fails when the wrapper ended and nobody has the claim: nothing ran, and the key may be submitted again.
 * `undefined`: nobody has it, and it isn't known what became of the wrapper.
 */
export const awaited = Effect.fnUntraced(function* (
  key: RunKey,
  folder: RunFolder.RunFolder,
  started: Started.Started,
  options: { readonly timeout: Duration.Duration; readonly timeouts: Timeouts; readonly here: MachineIdentity }
): Effect.fn.Return<Claim.Claim | undefined, ExecutorError> {
  const limit = Duration.toMillis(options.timeout)
  let waited = 0
  const wait = Effect.suspend(() => {
    const pause = pace(waited)
    waited += pause
    return Effect.sleep(pause)
  })
  if (started.tells) {
    yield* untilNews(started, options.timeouts)
    waited = limit
  } else yield* wait
  while (true) {
    const told = started.claim()
    if (told !== undefined) return told
    // Asked before the claim is read: an end after that is seen at the next look.
    const end = started.end()
    const claim = yield* find(key, folder)
    if (claim !== undefined) return claim
    if (end?._tag === "Unknown") return undefined
    if (end !== undefined) return yield* Effect.fail(unclaimed(key, folder, end))
    if (waited >= limit) yield* giveUp(key, folder, options.here)
    else yield* wait
  }
})

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
const untilNews = (started: Started.Started, timeouts: Timeouts): Effect.Effect<void> =>
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

const unclaimed = (key: RunKey, folder: RunFolder.RunFolder, end: Started.End): ExecutorError => {
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
