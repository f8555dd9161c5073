/**
 * What the keys of a state folder's servers follow from. A folder may be read by others, as far as its owner's umask lets
 * them; whoever has a key can have the owner's agents run any command. So this lies in a file of its own that nobody else
 * may read.
 */
import type { PlatformError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as ApiKey from "@sweepline/server/ApiKey"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as FileProblem from "./FileProblem.js"
import { UsageError } from "./UsageError.js"

/** The secret of this user in a state folder, which is there; a new one the first time. */
export const obtain = Effect.fnUntraced(function* (
  dir: string
): Effect.fn.Return<Redacted.Redacted, UsageError, FileSystem.FileSystem> {
  const fs = yield* FileSystem.FileSystem
  // Where several share a folder, each has his own. In a container the user may have a number only, and no name.
  const file = `${dir}/server-${process.getuid?.() ?? -1}.key`
  const make = Effect.flatMap(ApiKey.secret, (fresh) =>
    fs.writeFileString(file, `${Redacted.value(fresh)}\n`, { flag: "wx", mode: 0o600 })
  )
  yield* Effect.catchIf(make, isThere, () => Effect.void).pipe(
    Effect.mapError((error) => unusable(file, `can't be written: ${FileProblem.ofWriting(error)}.`))
  )
  return yield* fs.readFileString(file).pipe(
    Effect.mapError((error) => unusable(file, `can't be read: ${FileProblem.ofReading(error)}. ${renew}`)),
    Effect.filterOrFail(isWhole, () => unusable(file, `holds no key. ${renew}`)),
    Effect.map((text) => Redacted.make(text.trim())),
    // Another process may be writing it just now.
    Effect.retry(Schedule.spaced("20 millis").pipe(Schedule.intersect(Schedule.recurs(50))))
  )
})

// internal

const isThere = (error: PlatformError): boolean => error._tag === "SystemError" && error.reason === "AlreadyExists"

const isWhole = (text: string): boolean => /^[0-9a-f]{64}\n$/.test(text)

const renew = "Delete the file, and there will be new keys."

const unusable = (file: string, why: string): UsageError =>
  new UsageError({ message: `The keys of this folder's servers follow from ${file}, which ${why}` })
