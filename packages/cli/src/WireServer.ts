/** The door of a state folder for W&B's clients: what `sweepline serve` and the server of a sweep's runs share. */
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Path from "@effect/platform/Path"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as LazyHandler from "./LazyHandler.js"
import type { Local } from "./Local.js"
import type { Options as WireOptions } from "./WireHandler.js"

/** How the server behaves; `dir` is its state folder, absolute. */
export type Options = Omit<WireOptions, "files"> & { readonly dir: string }

/** Answers W&B's clients over a state folder. What it is made of is loaded with the first request, or before by `load`. */
export const handler = ({
  dir,
  ...config
}: Options): Effect.Effect<LazyHandler.LazyHandler, never, Local | FileSystem.FileSystem | Path.Path | Scope.Scope> =>
  LazyHandler.make(
    Effect.flatMap(
      Effect.promise(() => import("./WireHandler.js")),
      (module) => module.make({ ...config, files: `${dir}/files` })
    )
  )
