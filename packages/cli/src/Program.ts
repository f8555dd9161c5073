import * as ValidationError from "@effect/cli/ValidationError"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as cli from "./cli.js"
import * as ExitCode from "./ExitCode.js"
import { ExitStatus } from "./ExitStatus.js"
import * as Hints from "./Hints.js"
import * as Output from "./Output.js"

/**
 * Runs a command line (what follows the program's name) and answers the process's exit code. An error is told on
 * standard error, in one sentence; a defect with what is needed to report it. Only an interruption is left to the caller.
 */
export const run = (line: ReadonlyArray<string>) =>
  cli.run(line).pipe(
    Effect.zipRight(Effect.flatMap(ExitStatus, (status) => status.get)),
    Effect.catchAllCause((cause) => (Cause.isInterruptedOnly(cause) ? Effect.failCause(cause) : report(cause))),
    Effect.updateService(Output.Output, Hints.named(line))
  )

// internal

const errorText = (error: ExitCode.CommandError): ReadonlyArray<string> =>
  error._tag === "SweepConfigError" ? [error.message] : [`sweepline: ${error.message}`]

const report = Effect.fnUntraced(function* (
  cause: Cause.Cause<ExitCode.CommandError | ValidationError.ValidationError>
) {
  const output = yield* Output.Output
  const failure = Option.getOrUndefined(Cause.failureOption(cause))
  if (failure === undefined) {
    yield* output.warn(
      "sweepline: this is a bug in sweepline, please report it:",
      Cause.pretty(cause, { renderErrorCause: true })
    )
    return ExitCode.failure
  }
  // The parser has already said what it could not understand.
  if (ValidationError.isValidationError(failure)) return ExitCode.usage
  yield* output.warn(...errorText(failure))
  return ExitCode.of(failure)
})
