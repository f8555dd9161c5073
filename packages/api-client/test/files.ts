/** A file system that lives in a map; `undefined` is a file that can't be read. */
import { SystemError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import { Effect, Layer } from "effect"

export const layer = (
  files: Readonly<Record<string, string | undefined>>
): Layer.Layer<FileSystem.FileSystem | Path.Path> => {
  const contents = new Map(Object.entries(files))
  const failure = (reason: "NotFound" | "PermissionDenied", path: string) =>
    new SystemError({ reason, module: "FileSystem", method: "readFile", pathOrDescriptor: path })
  const fileSystem = FileSystem.layerNoop({
    exists: (path) => Effect.succeed([...contents.keys()].some((file) => file === path || file.startsWith(`${path}/`))),
    readFileString: (path) => {
      if (!contents.has(path)) return Effect.fail(failure("NotFound", path))
      const text = contents.get(path)
      return text === undefined ? Effect.fail(failure("PermissionDenied", path)) : Effect.succeed(text)
    }
  })
  return Layer.merge(fileSystem, Path.layer)
}
