import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import type { AgentCommand } from "./AgentCommand.js"
import type { AgentId } from "./AgentId.js"
import * as batching from "./internal/batching.js"
import { SchedulerError } from "./SchedulerError.js"
import { NextRun, Strategy, type WorkerReport } from "./Strategy.js"
import { SweepApi } from "./SweepApi.js"
import * as SweepController from "./SweepController.js"
import type { SweepId } from "./SweepId.js"

/**
 * The classic sweep scheduler: the backend decides. Every worker's heartbeat tells which runs
 * live (RD8), and each of the backend's commands counts, not only the first (RD9, RD10).
 * A command of an unknown type is a `SchedulerError` (B53). A heartbeat that couldn't be made
 * is that worker's only: what the others were answered is not lost with it.
 */
export const make: Effect.Effect<Strategy["Type"], never, SweepApi> = Effect.map(SweepApi, (api) => {
  /**
   * The idle agents of each sweep whose heartbeat failed, and their workers: one may have been given a run, of which only
   * its next idle heartbeat will tell.
   */
  const unansweredOf = new Map<SweepId, Map<AgentId, number>>()

  const beat = (
    { agent, runs, worker }: Pick<WorkerReport, "agent" | "runs" | "worker">,
    sweep: SweepId,
    unanswered: Map<AgentId, number>
  ) =>
    // In effect 3, a `forEach` with batching never ends when two of its effects fail: failures are sorted out after it.
    Effect.map(Effect.either(api.heartbeat({ sweep, agent, runs })), (answer) => {
      if (!SweepController.isBusy(runs)) {
        if (Either.isLeft(answer)) unanswered.set(agent, worker)
        else unanswered.delete(agent)
      }
      return { answer, worker }
    })

  return {
    next: Effect.fnUntraced(function* ({ sweep, workers }) {
      const unanswered = unansweredOf.get(sweep) ?? new Map<AgentId, number>()
      unansweredOf.set(sweep, unanswered)
      const asked = new Set(workers.map(({ agent }) => agent))
      const again = Array.from(unanswered, ([agent, worker]) => ({ agent, worker, runs: none })).filter(
        ({ agent }) => !asked.has(agent)
      )
      const answers = yield* batching.forEach([...again, ...workers], (report) => beat(report, sweep, unanswered))
      if (unanswered.size === 0) unansweredOf.delete(sweep)
      const next: Array<NextRun> = []
      const last: Array<NextRun> = []
      for (const { answer, worker } of answers) {
        if (Either.isLeft(answer)) {
          if (answer.left._tag !== "CommError" || answers.every((it) => Either.isLeft(it.answer))) {
            return yield* answer.left
          }
          yield* Effect.logWarning("Could not send a heartbeat", answer.left).pipe(Effect.annotateLogs({ worker }))
        } else if (answer.right.length === 0) {
          next.push(NextRun.NotNow({ worker }))
        } else {
          for (const command of answer.right) {
            // "No more" isn't final while somebody may hold a run that we don't know of.
            const early = command._tag === "Exit" && unanswered.size > 0
            const told = early ? NextRun.NotNow({ worker }) : yield* translate(worker, command)
            // Whoever is told that nothing is left may stand before one who was given the last run.
            if (told._tag === "Exhausted") last.push(told)
            else next.push(told)
          }
        }
      }
      return [...next, ...last]
    })
  }
})

/** The strategy over a backend's heartbeats. */
export const layer: Layer.Layer<Strategy, never, SweepApi> = Layer.effect(Strategy, make)

// internal

const none: WorkerReport["runs"] = new Map()

const translate = (worker: number, command: AgentCommand): Effect.Effect<NextRun, SchedulerError> => {
  switch (command._tag) {
    case "Run":
      return Effect.succeed(NextRun.Run({ worker, run: command.run, trial: command.trial }))
    case "Resume": {
      const { attempt, run, trial } = command
      return Effect.succeed(NextRun.Run({ worker, run, trial, ...(attempt === undefined ? {} : { attempt }) }))
    }
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
