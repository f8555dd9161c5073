import * as FileSystem from "@effect/platform/FileSystem"
import type { PlatformError } from "@effect/platform/Error"
import * as Path from "@effect/platform/Path"
import { CommError } from "@sweepline/core/CommError"
import * as Chunk from "effect/Chunk"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Stream from "effect/Stream"
import { Buffer } from "node:buffer"
import { createHash } from "node:crypto"

/** What is known of a file that was stored. */
export interface StoredFile {
  readonly size: number
  /** Its MD5, in base64. */
  readonly md5: string
}

/**
 * The files that clients upload. A path is names joined by slashes; none of them is empty, `.` or `..`, which
 * `pathOf` sees to.
 */
export class FileStore extends Context.Tag("@sweepline/server/FileStore")<
  FileStore,
  {
    /** Replaces a file once all of its bytes are there; a stream that fails leaves the file as it was. */
    readonly put: <E, R>(
      path: string,
      bytes: Stream.Stream<Uint8Array, E, R>
    ) => Effect.Effect<StoredFile, E | CommError, R>
    /** The bytes of a file, if there is one. */
    readonly get: (path: string) => Effect.Effect<Option.Option<Stream.Stream<Uint8Array, CommError>>, CommError>
    /** Removes all files below a path. */
    readonly remove: (path: string) => Effect.Effect<void, CommError>
  }
>() {}

/**
 * A path of names that clients chose; `undefined` where one could lead elsewhere, is no text that has an encoding, or is
 * longer than object stores take it. A name may have slashes itself.
 */
export const pathOf = (...names: ReadonlyArray<string>): string | undefined => {
  const path = names.join("/")
  const leads = path.split("/").every((segment) => segment !== "" && segment !== "." && segment !== "..")
  return leads && !/[\0\p{Surrogate}]/u.test(path) && Buffer.byteLength(path) <= maxPath ? path : undefined
}

/** Files that are gone with the process. */
export const layerMemory: Layer.Layer<FileStore> = Layer.sync(FileStore, () => {
  const files = new Map<string, Uint8Array>()
  return {
    put: (path, bytes) =>
      Effect.map(Stream.runCollect(bytes), (chunks) => {
        const all = Buffer.concat(Chunk.toReadonlyArray(chunks))
        files.set(path, all)
        return { size: all.length, md5: createHash("md5").update(all).digest("base64") }
      }),
    get: (path) => Effect.sync(() => Option.map(Option.fromNullable(files.get(path)), (bytes) => Stream.make(bytes))),
    remove: (path) =>
      Effect.sync(() => {
        for (const file of files.keys()) if (file.startsWith(`${path}/`)) files.delete(file)
      })
  }
})

/** Files in a folder, which is made with the first of them. */
export const layerDirectory = (root: string): Layer.Layer<FileStore, never, FileSystem.FileSystem | Path.Path> =>
  Layer.effect(
    FileStore,
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const paths = yield* Path.Path
      const place = (path: string) => paths.join(root, ...path.split("/").map(fileName))
      return {
        put: Effect.fnUntraced(function* (path, bytes) {
          const target = place(path)
          const failed = failure(`store ${path}`)
          yield* Effect.mapError(fs.makeDirectory(paths.dirname(target), { recursive: true }), failed)
          // Beside it first: an upload that breaks off leaves no half of a file.
          const beside = `${target}.${yield* Random.nextIntBetween(0, Number.MAX_SAFE_INTEGER)}.part`
          const hash = createHash("md5")
          let size = 0
          const counted = Stream.tap(bytes, (chunk) =>
            Effect.sync(() => {
              hash.update(chunk)
              size += chunk.length
            })
          )
          const written = Effect.scoped(
            Effect.flatMap(Effect.mapError(fs.open(beside, { flag: "w" }), failed), (file) =>
              Stream.runForEach(counted, (chunk) => Effect.mapError(file.writeAll(chunk), failed))
            )
          )
          yield* Effect.zipRight(written, Effect.mapError(fs.rename(beside, target), failed)).pipe(
            Effect.onError(() => Effect.ignore(fs.remove(beside, { force: true })))
          )
          return { size, md5: hash.digest("base64") }
        }),
        get: (path) => {
          const failed = failure(`read ${path}`)
          return Effect.map(Effect.mapError(fs.exists(place(path)), failed), (found) =>
            found ? Option.some(Stream.mapError(fs.stream(place(path)), failed)) : Option.none()
          )
        },
        remove: (path) =>
          Effect.mapError(fs.remove(place(path), { recursive: true, force: true }), failure(`remove ${path}`))
      }
    })
  )

// internal

/** In bytes, as object stores have it. */
const maxPath = 1024

/** A name as every filesystem takes it. One that is too long for them has the rest in a digest. */
const fileName = (name: string): string => {
  const encoded = name.replace(/[^A-Za-z0-9._ =+@,-]/gu, encodeURIComponent)
  if (encoded.length <= maxName) return encoded
  return `${encoded.slice(0, maxName - 44)}~${createHash("sha256").update(name).digest("base64url")}`
}

/** Filesystems take 255 bytes; what is added to the name of a file that isn't whole is some 25. */
const maxName = 220

const failure =
  (operation: string) =>
  (error: PlatformError): CommError =>
    // Nothing that a repeated request could heal: the name is that of a folder, or is below that of a file.
    error._tag === "SystemError" && (error.reason === "AlreadyExists" || error.reason === "BadResource")
      ? new CommError({
          reason: "Status",
          status: 409,
          operation,
          detail: `${operation}: a file of this server can't have the name of a folder that others are in`,
          retryable: false
        })
      : new CommError({ reason: "Unreachable", operation, detail: error.message, retryable: true })
