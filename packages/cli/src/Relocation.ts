import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as Effect from "effect/Effect"
import type { SweepSettings } from "./SweepSettings.js"
import { UsageError } from "./UsageError.js"

/**
 * The settings of a sweep whose state folder is `folder` now, absolute. Where it was moved, or copied, together with the
 * folder that runs work in, they work beside it from now on; one that was moved alone changes nothing.
 */
export const settings = Effect.fnUntraced(function* (self: SweepSettings, folder: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const before = self.stateFolder
  if (before === undefined) return { ...self, stateFolder: folder }
  const place = (at: string) => Effect.option(fs.realPath(at))
  const [was, now] = [yield* place(before), yield* place(folder)]
  if (was._tag === "Some" && now._tag === "Some" && was.value === now.value) return self
  const isMovedAlone = was._tag === "None" && (yield* exists(self.workingDirectory))
  const beside = path.resolve(folder, path.relative(before, self.workingDirectory))
  const workingDirectory = !isMovedAlone && (yield* exists(beside)) ? beside : self.workingDirectory
  return { ...self, workingDirectory, stateFolder: folder }
})

/** Refuses to start runs in a folder that isn't there: each would fail, until none is left. */
export const check = Effect.fnUntraced(function* ({ workingDirectory }: SweepSettings) {
  if (yield* exists(workingDirectory)) return
  return yield* new UsageError({
    message: `The runs of this sweep work in ${workingDirectory}, which isn't there any more. Put it back, then resume the sweep.`
  })
})

// internal

const exists = (at: string) =>
  Effect.flatMap(FileSystem.FileSystem, (fs) => Effect.orElseSucceed(fs.exists(at), () => false))
