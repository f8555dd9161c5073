import * as Command from "@effect/cli/Command"
import * as SweepConfig from "@sweepline/core/SweepConfig"
import * as Planner from "@sweepline/search/Planner"
import * as Effect from "effect/Effect"
import * as options from "../options.js"
import { Output } from "../Output.js"
import * as SweepFile from "../SweepFile.js"
import * as SweepParameters from "../SweepParameters.js"
import * as SweepTotal from "../SweepTotal.js"
import * as Text from "../Text.js"

/** `sweepline validate`: whether a config would be accepted. */
export const validate = Command.make(
  "validate",
  { file: options.sweepFile, json: options.json },
  Effect.fnUntraced(function* ({ file, json }) {
    const output = yield* Output
    const { config } = yield* SweepFile.read(file)
    const problem = Planner.problem(config)
    const hints = [
      ...SweepConfig.hints(config),
      ...(problem === undefined ? [] : [`sweepline run would refuse it. ${problem}`])
    ]
    const total = SweepTotal.of(config)
    if (json) {
      return yield* output.json({ file, valid: true, method: config.method, runs: total ?? null, hints })
    }
    yield* output.print(
      `${file} is valid: ${config.method} over ${Text.count(SweepParameters.varyingCount(config), "parameter")}, ${
        total === undefined ? "without end (set run_cap for one)" : Text.count(total, "run")
      }.`,
      ...hints.map((hint) => `${output.colors.yellow("hint:")} ${hint}`)
    )
  })
).pipe(Command.withDescription("Check a sweep config: everything that is wrong, with its line."))
