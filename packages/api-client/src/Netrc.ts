import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { entriesOf } from "./internal/netrcText.js"
import type { Places } from "./SettingsFiles.js"

/** Where the netrc is: `$NETRC`, else `~/.netrc` if it is there, else `~/_netrc` if that is, else `~/.netrc` (C.4). */
export const file = Effect.fnUntraced(function* ({ environment, home }: Pick<Places, "environment" | "home">) {
  const given = environment.get("NETRC")
  const path = yield* Path.Path
  if (given !== undefined && given !== "") {
    return Option.some(home === undefined ? given : given.replace(/^~(?=\/|$)/, home))
  }
  if (home === undefined) return Option.none<string>()
  const fs = yield* FileSystem.FileSystem
  const usual = path.join(home, ".netrc")
  for (const candidate of [usual, path.join(home, "_netrc")]) {
    if (yield* Effect.orElseSucceed(fs.exists(candidate), () => false)) return Option.some(candidate)
  }
  return Option.some(usual)
})

/** The name of a server in the file: its host, with the port where the address has one. */
export const machineOf = (baseUrl: string): string => new URL(baseUrl).host

/**
 * The password that the file has for a machine; W&B's own server has two names. A file that can't be read or understood,
 * and an entry without a password, are ignored with a warning.
 */
export const password = Effect.fn("Netrc.password")(function* (path: string, machine: string) {
  const fs = yield* FileSystem.FileSystem
  const none = Option.none<Redacted.Redacted<string>>()
  const ignored = (reason: string) =>
    Effect.logWarning("The netrc file is ignored").pipe(
      Effect.annotateLogs({ package: "@sweepline/api-client", module: "Netrc", path, machine, reason }),
      Effect.as(none)
    )
  const text = yield* Effect.either(fs.readFileString(path))
  if (Either.isLeft(text)) {
    const { left } = text
    return left._tag === "SystemError" && left.reason === "NotFound" ? none : yield* ignored("it can't be read")
  }
  const entries = entriesOf(text.right)
  if (Either.isLeft(entries)) return yield* ignored(entries.left)
  const names = [machine, ...(wandbsOwn.includes(machine) ? wandbsOwn : [])]
  const entry = names.map((name) => entries.right.get(name)).find((found) => found !== undefined)
  if (entry === undefined) return none
  return entry.password === undefined
    ? yield* ignored("its entry for this machine has no password")
    : Option.some(Redacted.make(entry.password))
})

// internal

/** A login with `wandb` 0.31 or later is filed under the second. */
const wandbsOwn: ReadonlyArray<string> = ["api.wandb.ai", "api.forge.coreweave.com"]
