import * as FileSystem from "@effect/platform/FileSystem"
import type { PlatformError } from "@effect/platform/Error"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { UsageError } from "./UsageError.js"

/**
 * Writes a file whole: to one beside it first, so that what is interrupted leaves no half of one. A link is followed, and
 * what is no file, such as a pipe or `/dev/null`, is written to and stays what it is. `option` named the file.
 */
export const write = Effect.fnUntraced(
  function* (file: string, text: string, option = "-o") {
    const fs = yield* FileSystem.FileSystem
    const kind = yield* Effect.option(fs.stat(file))
    if (Option.exists(kind, ({ type }) => type === "Directory")) return yield* refusal(file, option, "it is a folder")
    if (Option.exists(kind, ({ type }) => type !== "File")) return yield* fs.writeFileString(file, text)
    const target = yield* Effect.orElseSucceed(fs.realPath(file), () => file)
    const beside = `${target}.${process.pid}.tmp`
    yield* fs.writeFileString(beside, text).pipe(
      Effect.zipRight(fs.rename(beside, target)),
      Effect.onError(() => Effect.ignore(fs.remove(beside)))
    )
  },
  (effect, file, _, option = "-o") =>
    Effect.catchTags(effect, { BadArgument: problem(file, option), SystemError: problem(file, option) })
)

// internal

const refusal = (file: string, option: string, what: string) =>
  new UsageError({
    message: `Could not write ${file === "" ? '""' : file}: ${what}. Name a file in a folder that you may write to with ${option}.`
  })

const problems: ReadonlyMap<string, string> = new Map([
  ["NotFound", "its folder doesn't exist"],
  ["PermissionDenied", "you may not write there"],
  ["BadResource", "it is a folder"]
])

const problem = (file: string, option: string) => (error: PlatformError) =>
  refusal(
    file,
    option,
    error._tag === "BadArgument"
      ? error.message
      : /^(ENOSPC|EDQUOT)/.test(error.description ?? "")
        ? "the disk is full"
        : (problems.get(error.reason) ?? error.description?.replaceAll(/\S+\.\d+\.tmp/g, file) ?? error.reason)
  )
