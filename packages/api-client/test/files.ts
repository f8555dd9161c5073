/** A file system that lives in a map; `undefined` is a file that can't be read. */
import { SystemError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import { Effect, Layer } from "effect"

export interface Files {
  readonly contents: Map<string, string | undefined>
  readonly modes: Map<string, number | undefined>
  readonly layer: Layer.Layer<FileSystem.FileSystem | Path.Path>
}

export const make = (files: Readonly<Record<string, string | undefined>> = {}): Files => {
  const contents = new Map(Object.entries(files))
  const modes = new Map<string, number | undefined>()
  const failure = (reason: "NotFound" | "PermissionDenied", path: string) =>
    new SystemError({ reason, module: "FileSystem", method: "readFile", pathOrDescriptor: path })
  const layer = FileSystem.layerNoop({
    exists: (path) => Effect.succeed([...contents.keys()].some((file) => file === path || file.startsWith(`${path}/`))),
    readFileString: (path) => {
      if (!contents.has(path)) return Effect.fail(failure("NotFound", path))
      const text = contents.get(path)
      return text === undefined ? Effect.fail(failure("PermissionDenied", path)) : Effect.succeed(text)
    },
    writeFileString: (path, text, options) =>
      Effect.sync(() => {
        if (!contents.has(path)) modes.set(path, options?.mode)
        contents.set(path, text)
      })
  })
  return { contents, modes, layer: Layer.merge(layer, Path.layer) }
}
