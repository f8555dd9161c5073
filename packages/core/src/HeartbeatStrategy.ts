import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import type { AgentCommand } from "./AgentCommand.js"
import { SchedulerError } from "./SchedulerError.js"
import { NextRun, Strategy } from "./Strategy.js"
import { SweepApi } from "./SweepApi.js"

/**
 * The classic sweep scheduler: the backend decides. Every worker's heartbeat tells which runs
 * live (RD8), and each of the backend's commands counts, not only the first (RD9, RD10).
 * A command of an unknown type is a `SchedulerError` (B53).
 */
export const make: Effect.Effect<Strategy["Type"], never, SweepApi> = Effect.map(SweepApi, (api) => ({
  next: ({ sweep, workers }) =>
    Effect.forEach(
      workers,
      // Each failure is kept until all have answered: in effect 3, a `forEach` with batching never ends when two fail.
      ({ agent, runs }) => Effect.either(api.heartbeat({ sweep, agent, runs })),
      { batching: true }
    ).pipe(
      Effect.flatMap(Either.all),
      Effect.flatMap((answers) =>
        Effect.forEach(answers, (commands, index) => {
          const worker = workers[index]?.worker ?? 0
          return commands.length === 0
            ? Effect.succeed([NextRun.NotNow({ worker })])
            : Effect.forEach(commands, (command) => translate(worker, command))
        })
      ),
      Effect.map((answers) => answers.flat())
    )
}))

/** The strategy over a backend's heartbeats. */
export const layer: Layer.Layer<Strategy, never, SweepApi> = Layer.effect(Strategy, make)

// internal

const translate = (worker: number, command: AgentCommand): Effect.Effect<NextRun, SchedulerError> => {
  switch (command._tag) {
    case "Run":
    case "Resume":
      return Effect.succeed(NextRun.Run({ worker, run: command.run, trial: command.trial }))
    case "StopRun":
      return Effect.succeed(NextRun.StopRun({ run: command.run }))
    case "Exit":
      return Effect.succeed(NextRun.Exhausted({ reason: "the backend has no more runs for this sweep" }))
    case "Unknown":
      return new SchedulerError({
        reason: "UnknownCommand",
        detail: `The backend sent a command that this version doesn't know: ${command.text}. Update sweepline.`
      })
  }
}
