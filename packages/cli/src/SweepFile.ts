import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as SweepConfig from "@sweepline/core/SweepConfig"
import * as Planner from "@sweepline/search/Planner"
import * as Effect from "effect/Effect"
import * as ConfigText from "./ConfigText.js"
import * as FileProblem from "./FileProblem.js"
import * as StandardInput from "./StandardInput.js"
import { UsageError } from "./UsageError.js"

/** A sweep config as it was read from a file. */
export interface SweepFile {
  readonly file: string
  readonly text: string
  readonly config: SweepConfig.SweepConfig
}

/** Reads a file, standard input for `-`; one that can't be read is a sentence with what to do. */
export const readText = Effect.fnUntraced(function* (file: string) {
  const fs = yield* FileSystem.FileSystem
  const isInput = StandardInput.isName(file)
  const info = yield* Effect.option(fs.stat(isInput ? "/dev/stdin" : file))
  if (info._tag === "Some" && info.value.type === "Directory") {
    return yield* new UsageError({
      message: `${file} is a folder. Name the sweep config in it, for example ${file}/sweep.yaml.`
    })
  }
  const text = yield* (isInput ? StandardInput.text : fs.readFileString(file)).pipe(
    Effect.mapError(
      (error) =>
        new UsageError({
          message: `Could not read ${file === "" ? '""' : file}: ${FileProblem.ofReading(error)}. Name the YAML file of a sweep.`
        })
    )
  )
  if (!text.includes("\0")) return text
  return yield* new UsageError({
    message: `${file} is not text in UTF-8. Save it as such, or name the YAML file of a sweep.`
  })
})

/** Reads and checks a sweep config. */
export const read = Effect.fnUntraced(function* (file: string) {
  const text = yield* readText(file)
  const config = yield* SweepConfig.parse({ file, text })
  return { file, text, config } satisfies SweepFile
})

/** Refuses a config by which nothing here can say what to try: on W&B it may mean something all the same. */
export const refuseUnsearchable = Effect.fnUntraced(function* (file: string, config: SweepConfig.SweepConfig) {
  const problem = Planner.problem(config)
  if (problem !== undefined) return yield* new UsageError({ message: `${file}: ${problem}` })
})

/** The same config with another run_cap or none, comments and layout kept. */
export const withRunCap = Effect.fnUntraced(function* (self: SweepFile, runCap: number | undefined) {
  const text = ConfigText.withRunCap(self.text, runCap)
  const config = yield* SweepConfig.parse({ file: self.file, text })
  return { ...self, text, config } satisfies SweepFile
})

/** The same config with further start points, each `name=value,…` or a mapping in JSON or YAML. */
export const withStart = Effect.fnUntraced(function* (self: SweepFile, points: ReadonlyArray<string>) {
  if (points.length === 0) return self
  const text = yield* Effect.reduce(points, self.text, (before, point) => {
    const refused = () =>
      new UsageError({
        message: `--start ${point} can't be read. Write it like lr=0.1,layers=2, or as JSON: {"lr": 0.1, "layers": 2}.`
      })
    const node = ConfigText.mapping(point)
    return node === undefined
      ? refused()
      : Effect.try({ try: () => ConfigText.withStart(before, node), catch: refused })
  })
  const config = yield* SweepConfig.parse({ file: `${self.file} with --start`, text })
  return { ...self, text, config } satisfies SweepFile
})

/**
 * The folder in which the runs of a config work: the current one, where `wandb agent` would look for
 * the program, or else the config's own.
 */
export const workingDirectory = Effect.fnUntraced(function* (self: SweepFile) {
  const path = yield* Path.Path
  const fs = yield* FileSystem.FileSystem
  const here = path.resolve(".")
  const { program } = self.config
  if (program === undefined || path.isAbsolute(program)) return here
  const exists = (folder: string) => Effect.orElseSucceed(fs.exists(path.join(folder, program)), () => false)
  if (yield* exists(here)) return here
  const beside = path.dirname(path.resolve(self.file))
  return (yield* exists(beside)) ? beside : here
})
