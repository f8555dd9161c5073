import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import { type PlatformError, SystemError } from "@effect/platform/Error"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { writeFile } from "node:fs"
import * as FileProblem from "./FileProblem.js"
import { Output } from "./Output.js"
import * as Pipe from "./Pipe.js"
import { UsageError } from "./UsageError.js"

/**
 * Writes a file whole: to one beside it first, so that what is interrupted leaves no half of one. A link is followed, a
 * file keeps its mode, and what is no file, such as a pipe or `/dev/null`, is written to and stays what it is; a file
 * that is open already, such as `/dev/stdout`, goes on where it is. `option` named the file.
 */
export const write = <E = never, R = never>(
  file: string,
  text: string | Stream.Stream<string, E, R>,
  option = "-o"
): Effect.Effect<void, E | UsageError, R | FileSystem.FileSystem | Path.Path | Output> => {
  const told = Effect.mapError((error: PlatformError | UsageError) =>
    error._tag === "UsageError" ? error : problem(file, option)(error)
  )
  return Effect.gen(function* () {
    const { done, put } = yield* told(opened(file, option))
    if (typeof text === "string") yield* told(put(text))
    else yield* Stream.runForEach(text, (part) => told(put(part)))
    yield* told(done)
  }).pipe(Effect.scoped)
}

// internal

/** What is written to: part by part, and at the end `done`. Where the scope closes without it, nothing is left. */
interface Place {
  readonly put: (text: string) => Effect.Effect<void, PlatformError>
  readonly done: Effect.Effect<void, PlatformError>
}

const opened = Effect.fnUntraced(function* (file: string, option: string) {
  const fs = yield* FileSystem.FileSystem
  const place = (put: Place["put"], done: Place["done"] = Effect.void): Place => ({ put, done })
  const kind = yield* fs.stat(file).pipe(
    Effect.asSome,
    Effect.catchIf(isMissing, () => Effect.succeedNone)
  )
  if (Option.exists(kind, ({ type }) => type === "Directory")) return yield* refusal(file, option, "it is a folder")
  const target = yield* followed(file)
  const descriptor = openDescriptor(target)
  if (descriptor === 1) return place((yield* Output).write)
  const type = Option.map(kind, (info) => info.type)
  const isFile = !Option.exists(type, (each) => each !== "File")
  if (descriptor !== undefined && (isFile || descriptor > 2)) return place((text) => append(descriptor, text))
  if (Option.contains(type, "FIFO")) return place(yield* Pipe.open(file))
  // A terminal has no positions to write at; what is appended needs none.
  if (!isFile) return place(yield* writing(file, { flag: "a" }))
  const mode = Option.map(kind, (info) => info.mode & 0o7777)
  const beside = `${target}${ending}`
  yield* Effect.addFinalizer(() => Effect.ignore(fs.remove(beside)))
  return place(
    yield* writing(beside, Option.match(mode, { onNone: () => ({}), onSome: (mode) => ({ mode }) })),
    // A file is made with what the umask leaves of a mode.
    Effect.zipRight(
      Effect.transposeMapOption(mode, (all) => fs.chmod(beside, all)),
      fs.rename(beside, target)
    )
  )
})

/** Of the file that is written beside the one that was named. */
const ending = `.${process.pid}.tmp`

const writing = Effect.fnUntraced(function* (path: string, options: FileSystem.OpenFileOptions) {
  const fs = yield* FileSystem.FileSystem
  const opened = yield* fs.open(path, { flag: "w", ...options })
  return (text: string) => opened.writeAll(Buffer.from(text))
})

/** Where a path leads, be there a file or not; a descriptor of this process isn't followed to its file. */
const followed = (file: string): Effect.Effect<string, PlatformError, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    if (openDescriptor(file) !== undefined) return file
    const link = yield* Effect.option(fs.readLink(file))
    if (Option.isNone(link)) return file
    return yield* followed(path.resolve(yield* fs.realPath(path.dirname(file)), link.value))
  })

/** The number of an open file of this process, by the names that systems have for it. */
const openDescriptor = (file: string): number | undefined => {
  if (file === "/dev/stdout") return 1
  if (file === "/dev/stderr") return 2
  const [, number] = /^\/(?:dev|proc\/self)\/fd\/(\d+)$/.exec(file) ?? []
  return number === undefined ? undefined : Number(number)
}

/** Writes where the descriptor stands, as the one who opened it would: opening its file again begins at its start. */
const append = (descriptor: number, text: string): Effect.Effect<void, PlatformError> =>
  Effect.async((resume) =>
    writeFile(descriptor, text, (cause) =>
      resume(
        cause === null
          ? Effect.void
          : new SystemError({
              reason: "Unknown",
              module: "FileSystem",
              method: "writeFile",
              pathOrDescriptor: descriptor,
              description: cause.message,
              cause
            })
      )
    )
  )

const isMissing = (error: PlatformError): boolean => error._tag === "SystemError" && error.reason === "NotFound"

const refusal = (file: string, option: string, what: string) =>
  new UsageError({
    message: `Could not write ${file === "" ? '""' : file}: ${what}. Name a file in a folder that you may write to with ${option}.`
  })

const problem = (file: string, option: string) => (error: PlatformError) =>
  // The file beside it is ours: nobody has named it.
  refusal(file, option, FileProblem.ofWriting(error).replaceAll(ending, ""))
