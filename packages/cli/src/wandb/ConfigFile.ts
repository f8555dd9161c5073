import * as Path from "@effect/platform/Path"
import type { PythonDict } from "@sweepline/core/PythonValue"
import * as SweepConfig from "@sweepline/core/SweepConfig"
import * as Effect from "effect/Effect"
import * as SweepFile from "../SweepFile.js"
import { UsageError } from "../UsageError.js"

/** A config that a person wrote for W&B: its keys as they stand, since the server knows more of them than we do. */
export interface ConfigFile {
  readonly file: string
  readonly text: string
  readonly document: PythonDict
}

const endings = [".yaml", ".yml", ".json"]

/** Reads a file; YAML and JSON alike (RD25). */
export const read = Effect.fnUntraced(function* (file: string) {
  const path = yield* Path.Path
  const text = yield* SweepFile.readText(file)
  if (!endings.includes(path.extname(file).toLowerCase())) {
    return yield* new UsageError({ message: `${file} is neither YAML nor JSON by its name: end it in .yaml or .json.` })
  }
  const document = yield* SweepConfig.parseDocument({ file, text })
  return { file, text, document } satisfies ConfigFile
})

/** What is odd about a sweep config, for a person; what keeps runs from being launched is an error. */
export const advice = Effect.fnUntraced(function* ({ file, text }: Pick<ConfigFile, "file" | "text">) {
  const { config, violations } = yield* SweepConfig.parseAccepted({ file, text })
  return [
    ...violations.map(
      ({ column, line, path, problem }) => `${file}:${line}:${column}: ${path === "" ? "" : `${path}: `}${problem}`
    ),
    ...SweepConfig.hints(config)
  ]
})
