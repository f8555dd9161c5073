import * as NodeStream from "@effect/platform-node/NodeStream"
import { type PlatformError, SystemError } from "@effect/platform/Error"
import * as Effect from "effect/Effect"

const names: ReadonlySet<string> = new Set(["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"])

/** Whether a person means standard input by the name of a file. */
export const isName = (file: string): boolean => names.has(file)

/**
 * The text that comes on standard input until its end, without a byte order mark. Opened by its path, a socket couldn't
 * be read, a file would begin anew, and nothing could interrupt who waits for a terminal.
 */
export const text: Effect.Effect<string, PlatformError> = Effect.map(
  NodeStream.toUint8Array(() => process.stdin, {
    onFailure: (cause) =>
      new SystemError({
        reason: "Unknown",
        module: "Stream",
        method: "stdin",
        description: cause instanceof Error ? cause.message : String(cause),
        cause
      })
  }),
  (bytes) => new TextDecoder().decode(bytes)
)
