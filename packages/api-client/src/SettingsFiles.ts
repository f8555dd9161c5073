import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { readDefaultSection } from "./internal/ini.js"

/** Where the files of a person and of a folder lie. */
export interface Places {
  readonly environment: ReadonlyMap<string, string>
  /** The person's home folder; without one there are no global settings and no netrc. */
  readonly home: string | undefined
  /** The working folder. */
  readonly cwd: string
}

/**
 * The settings of the global file, and over them those of the workspace's (C.1). A file that can't be read or
 * understood is ignored, with a warning that holds no value of it.
 */
export const read: (
  places: Places
) => Effect.Effect<ReadonlyMap<string, string>, never, FileSystem.FileSystem | Path.Path> = Effect.fn(
  "SettingsFiles.read"
)(function* (places: Places) {
  const merged = new Map<string, string>()
  for (const path of [yield* globalFile(places), yield* workspaceFile(places)]) {
    if (path === undefined) continue
    for (const [key, value] of yield* readFile(path)) merged.set(key, value)
  }
  return merged
})

/** The settings of one file; none where there is no such file. */
export const readFile = Effect.fnUntraced(function* (path: string) {
  const none: ReadonlyMap<string, string> = new Map()
  const fs = yield* FileSystem.FileSystem
  const ignored = (reason: string) =>
    Effect.logWarning("A settings file is ignored").pipe(
      Effect.annotateLogs({ package: "@sweepline/api-client", module: "SettingsFiles", path, reason }),
      Effect.as(none)
    )
  const text = yield* Effect.either(fs.readFileString(path))
  if (Either.isLeft(text)) {
    const { left } = text
    return left._tag === "SystemError" && left.reason === "NotFound" ? none : yield* ignored("it can't be read")
  }
  return yield* Either.match(readDefaultSection(text.right), {
    onLeft: ignored,
    onRight: (settings) => Effect.succeed(settings)
  })
})

/** `settings` in `WANDB_CONFIG_DIR`, or in `~/.config/wandb`. */
export const globalFile = ({
  environment,
  home
}: Pick<Places, "environment" | "home">): Effect.Effect<string | undefined, never, Path.Path> =>
  Effect.map(Path.Path, (path) => {
    const folder = environment.get("WANDB_CONFIG_DIR")
    if (folder !== undefined && folder !== "") return path.join(folder, "settings")
    return home === undefined ? undefined : path.join(home, ".config", "wandb", "settings")
  })

/** `settings` in the folder `.wandb` of the root, if that is there, or in `wandb`. */
export const workspaceFile = Effect.fnUntraced(function* ({ cwd, environment }: Places) {
  const path = yield* Path.Path
  const fs = yield* FileSystem.FileSystem
  const root = path.resolve(cwd, environment.get("WANDB_DIR") ?? "")
  const hidden = path.join(root, ".wandb")
  const there = yield* Effect.orElseSucceed(fs.exists(hidden), () => false)
  return path.join(there ? hidden : path.join(root, "wandb"), "settings")
})
