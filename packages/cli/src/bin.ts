import * as NodeContext from "@effect/platform-node/NodeContext"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Runtime from "effect/Runtime"
import * as RuntimeFlags from "effect/RuntimeFlags"
import * as ExitCode from "./ExitCode.js"
import * as ExitStatusLayer from "./ExitStatus.js"
import * as Logging from "./Logging.js"
import * as Output from "./Output.js"
import * as Program from "./Program.js"
import * as Signals from "./Signals.js"

// The only place that provides and runs.

const program = Program.run(process.argv.slice(2))

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
  Signals.exit(
    Exit.match(exit, {
      onSuccess: (code) => code,
      onFailure: () => (signalled === undefined ? ExitCode.failure : ExitCode.ofSignal(signalled))
    })
  )
})
