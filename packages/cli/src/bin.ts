import * as ValidationError from "@effect/cli/ValidationError"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Runtime from "effect/Runtime"
import * as RuntimeFlags from "effect/RuntimeFlags"
import * as cli from "./cli.js"
import * as ExitCode from "./ExitCode.js"
import { ExitStatus } from "./ExitStatus.js"
import * as ExitStatusLayer from "./ExitStatus.js"
import * as Logging from "./Logging.js"
import * as Output from "./Output.js"
import * as Signals from "./Signals.js"

// The only place that provides and runs.

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

const program = cli.run(process.argv.slice(2)).pipe(
  Effect.zipRight(Effect.flatMap(ExitStatus, (status) => status.get)),
  Effect.catchAllCause((cause) => (Cause.isInterruptedOnly(cause) ? Effect.failCause(cause) : report(cause)))
)

let signalled: Signals.Signal | undefined
const interrupt = (signal: Signals.Signal) => {
  signalled ??= signal
  Effect.runFork(Fiber.interrupt(fiber))
}

const services = Layer.mergeAll(
  Logging.layer.pipe(Layer.provideMerge(Output.layer)),
  ExitStatusLayer.layer,
  Signals.layer(interrupt),
  NodeContext.layer
)

// Nobody reads the metrics of fibers or the spans of this process: both cost more than many a step that they measure.
const runtime = Runtime.disableRuntimeFlag(Runtime.defaultRuntime, RuntimeFlags.RuntimeMetrics)
const fiber = Runtime.runFork(runtime)(program.pipe(Effect.withTracerEnabled(false), Effect.provide(services)))

// oxlint-disable-next-line no-restricted-globals -- a fiber that waits for nothing of Node's doesn't keep the process alive
const alive = setInterval(() => {}, 2 ** 31 - 1)
fiber.addObserver((exit) => {
  clearInterval(alive)
  process.exit(
    Exit.match(exit, {
      onSuccess: (code) => code,
      onFailure: () => (signalled === undefined ? ExitCode.failure : ExitCode.ofSignal(signalled))
    })
  )
})
