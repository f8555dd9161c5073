import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { AgentCommand } from "./AgentCommand.js"
import { SchedulerError } from "./SchedulerError.js"
import type { WorkerReport } from "./Strategy.js"
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
      (worker) =>
        Effect.flatMap(api.heartbeat({ sweep, agent: worker.agent, runs: worker.runs }), (commands) =>
          Effect.forEach(commands.length === 0 ? notNow : commands, (command) => translate(worker, command))
        ),
      { batching: true }
    ).pipe(Effect.map((answers) => answers.flat()))
}))

/** The strategy over a backend's heartbeats. */
export const layer: Layer.Layer<Strategy, never, SweepApi> = Layer.effect(Strategy, make)

// internal

const notNow: ReadonlyArray<AgentCommand | { readonly _tag: "NotNow" }> = [{ _tag: "NotNow" }]

const translate = (
  { worker }: WorkerReport,
  command: AgentCommand | { readonly _tag: "NotNow" }
): Effect.Effect<NextRun, SchedulerError> => {
  switch (command._tag) {
    case "NotNow":
      return Effect.succeed(NextRun.NotNow({ worker }))
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
