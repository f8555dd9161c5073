import * as Either from "effect/Either"
import type { SweepConfig } from "./SweepConfig.js"

/** What a run executes: a job or an image of the backend, or the sweep's own program on this machine (B56). */
export type Executable =
  | { readonly kind: "job"; readonly name: string }
  | { readonly kind: "image"; readonly uri: string }
  | { readonly kind: "program" }

/**
 * What a sweep's runs execute: the command line's job or image before the config's (B56), resolved once
 * before the start (RD32). On the left, a sentence for the person.
 */
export const resolve = (options: {
  readonly given: Executable | undefined
  readonly config: Pick<SweepConfig, "job" | "imageUri" | "program" | "command">
  /** Whether the sweep's own program counts: true on one machine, where there are no jobs. */
  readonly localProgram: boolean
}): Either.Either<Executable, string> => {
  const { config, given } = options
  if (given !== undefined) return Either.right(given)
  if (options.localProgram) {
    return config.program === undefined && config.command === undefined
      ? Either.left("The sweep config names neither a program nor a command. Add `program: train.py`.")
      : Either.right({ kind: "program" })
  }
  if (config.job !== undefined && config.imageUri !== undefined) {
    return Either.left("The sweep config has both job and image_uri. Remove one of them.")
  }
  if (config.job !== undefined) return Either.right({ kind: "job", name: config.job })
  if (config.imageUri !== undefined) return Either.right({ kind: "image", uri: config.imageUri })
  return Either.left(
    "There is neither a job nor an image to run. Name one with --job or --image-uri, or in the sweep config."
  )
}
