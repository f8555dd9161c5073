import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as Effect from "effect/Effect"

/**
 * The project of a sweep that names none (G.5): the git repository around the working folder, and the program's folder
 * in it; outside of one, `uncategorized`.
 */
export const guess = Effect.fnUntraced(function* (cwd: string, program: string | undefined) {
  const path = yield* Path.Path
  const root = yield* repository(cwd)
  if (root === undefined) return "uncategorized"
  const name = path.basename(root)
  if (program === undefined) return name
  const within = path.relative(root, path.dirname(path.resolve(cwd, program)))
  return within === "" || within.startsWith("..") ? name : `${name}-${within}`.replaceAll(path.sep, "_")
})

// internal

const repository = Effect.fnUntraced(function* (cwd: string) {
  const path = yield* Path.Path
  const fs = yield* FileSystem.FileSystem
  for (let folder = path.resolve(cwd); ; folder = path.dirname(folder)) {
    if (yield* Effect.orElseSucceed(fs.exists(path.join(folder, ".git")), () => false)) return folder
    if (folder === path.dirname(folder)) return undefined
  }
})
