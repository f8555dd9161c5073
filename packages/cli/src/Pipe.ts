import { type PlatformError, SystemError } from "@effect/platform/Error"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { closeSync, constants, openSync, writeSync } from "node:fs"

/**
 * Opens a named pipe for writing until the scope closes, once someone reads it. A call of the file system would wait for
 * the reader in a thread, and keep the process from ending.
 */
export const open = (
  file: string
): Effect.Effect<(text: string) => Effect.Effect<void, PlatformError>, PlatformError, Scope.Scope> =>
  Effect.acquireRelease(
    untilReady("open", () => openSync(file, constants.O_WRONLY | constants.O_NONBLOCK)),
    (descriptor) => Effect.sync(() => closeSync(descriptor))
  ).pipe(Effect.map((descriptor) => (text: string) => writeAll(descriptor, Buffer.from(text))))

// internal

const writeAll = Effect.fnUntraced(function* (descriptor: number, bytes: Uint8Array) {
  for (let at = 0; at < bytes.length;) at += yield* untilReady("write", () => writeSync(descriptor, bytes, at))
})

/** Tries again while nobody reads the pipe, or the reader has yet to take what is in it. */
const untilReady = <A>(method: string, attempt: () => A): Effect.Effect<A, PlatformError> =>
  Effect.try({ try: attempt, catch: (cause) => problem(method, cause) }).pipe(
    Effect.retry({
      schedule: Schedule.spaced("10 millis"),
      while: ({ description = "" }) => /^(ENXIO|EAGAIN)/.test(description)
    }),
    // What is acquired is otherwise waited for without end.
    Effect.interruptible
  )

const problem = (method: string, cause: unknown): SystemError => {
  const description = cause instanceof Error ? cause.message : String(cause)
  return new SystemError({
    reason: description.startsWith("EACCES") ? "PermissionDenied" : "Unknown",
    module: "FileSystem",
    method,
    description,
    cause
  })
}
