import * as RunOutput from "@sweepline/api-client/RunOutput"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { Output } from "../Output.js"
import { UsageError } from "../UsageError.js"
import * as Place from "./Place.js"
import * as SweepPath from "./SweepPath.js"
import * as WandbBackend from "./WandbBackend.js"

/** What a command line says. */
export interface Options extends Place.Given {
  readonly run: string
  readonly follow: boolean
  readonly attempt: Option.Option<number>
  readonly json: boolean
}

/** How often there is a look for more: it costs a request each time. */
const interval = Duration.seconds(2)

/** `sweepline logs --backend wandb`: what a run printed, as its client streamed it to W&B. */
export const run = Effect.fn("LogsCommand.run")(function* (options: Options) {
  if (Option.isSome(options.attempt)) {
    return yield* new UsageError({
      message: "W&B keeps the output of a run's attempts as one: leave --attempt out, or --backend wandb."
    })
  }
  const output = yield* Output
  const { name, ...place } = yield* named(options.run)
  const lines = RunOutput.lines(name, { follow: options.follow ? interval : undefined })
  yield* lines.pipe(
    Stream.runForEachChunk((chunk) =>
      Effect.forEach(
        chunk,
        ({ at, level, text }) =>
          options.json ? output.json({ run: name, line: text, level, at }) : output.quote(text),
        { discard: true }
      )
    ),
    Effect.provide(WandbBackend.project(SweepPath.overrides(place, Place.ofOptions(options))))
  )
})

// internal

/** Reads `RUN`, `PROJECT/RUN` and `ENTITY/PROJECT/RUN`, also with `runs/` before the run as in its address. */
const named = (text: string) =>
  Either.mapBoth(SweepPath.parse(text.trim().replace(/(^|\/)runs\/(?=[^/]+$)/, "$1")), {
    onLeft: () =>
      new UsageError({
        message: `"${text}" names no run on W&B. Write its id, as PROJECT/RUN, or as ENTITY/PROJECT/RUN.`
      }),
    onRight: ({ entity, project, sweep }) => ({ entity, project, name: String(sweep) })
  })
