import { Console, Effect, LogLevel, Logger } from "effect"
import * as Bakery from "./Bakery.js"

const program = Effect.gen(function* () {
  const { baked, minutes, outcome, taste, temperature } = yield* Bakery.bake
  yield* Console.log(
    `${outcome.state} after ${baked} loaves: ${temperature} °C for ${minutes} minutes tastes best (${taste.toFixed(1)})`
  )
})

const main = program.pipe(
  Effect.provide(Bakery.layer({ ovens: 2, baking: "50 millis" })),
  Logger.withMinimumLogLevel(LogLevel.Warning)
)

Effect.runPromise(main).catch((error: unknown) => {
  console.error(error)
  process.exitCode = 1
})
