import { fdatasync, fdatasyncSync } from "node:fs"
import * as Effect from "effect/Effect"

/** Waits until everything that was written to a file is on the disk; fails with the system's words. */
export type Flush = (file: number) => Effect.Effect<void, string>

/** While nothing else of the program goes on. */
export const inPlace: Flush = (file) => Effect.try({ try: () => fdatasyncSync(file), catch: String })

/** While the program goes on: a disk may take milliseconds. It isn't interrupted: what was written counts, whoever waits. */
export const aside: Flush = (file) =>
  Effect.uninterruptible(
    Effect.async<void, string>((resume) =>
      fdatasync(file, (cause) => resume(cause === null ? Effect.void : Effect.fail(String(cause))))
    )
  )
