import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import type { SweepRecord } from "@sweepline/core/SweepApi"
import * as Effect from "effect/Effect"
import * as Sweeps from "./Sweeps.js"
import type { SweepSettings } from "./SweepSettings.js"
import { UsageError } from "./UsageError.js"

/**
 * The settings of a sweep whose state folder is `folder` now, absolute. Where it was moved, or copied, together with the
 * folder that runs work in, they work beside it from now on; where it came alone, they stay where they were.
 */
export const settings = Effect.fnUntraced(function* (self: SweepSettings, sweep: SweepRecord, folder: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const before = self.stateFolder
  if (before === undefined) return { ...self, stateFolder: folder }
  const place = (at: string) => Effect.option(fs.realPath(at))
  const [was, now] = [yield* place(before), yield* place(folder)]
  if (was._tag === "Some" && now._tag === "Some" && was.value === now.value) return self
  const beside = path.resolve(folder, path.relative(before, self.workingDirectory))
  // There is always something beside a state folder: while the old one is there, the new one must be its like.
  const came = (yield* exists(self.workingDirectory))
    ? was._tag === "Some" && (yield* isCopy(sweep, self.workingDirectory, beside))
    : yield* exists(beside)
  return { ...self, workingDirectory: came ? beside : self.workingDirectory, stateFolder: folder }
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

/** Whether the files of a folder that the command of a sweep's runs names, its program above all, are in another too. */
const isCopy = Effect.fnUntraced(function* (sweep: SweepRecord, from: string, to: string) {
  const path = yield* Path.Path
  const config = Sweeps.configOf(sweep)
  const words = [config?.program, ...(config?.command ?? [])].filter((word) => typeof word === "string")
  const names = words.filter((word) => word !== "" && !path.isAbsolute(word))
  const own = yield* Effect.filter(names, (name) => exists(path.join(from, name)))
  return own.length > 0 && (yield* Effect.every(own, (name) => exists(path.join(to, name))))
})
