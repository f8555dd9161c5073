import * as EndReason from "@sweepline/core/EndReason"
import * as RunState from "@sweepline/core/RunState"
import type { Outcome } from "@sweepline/core/Scheduler"
import type { SchedulerState } from "@sweepline/core/SchedulerState"
import type { SweepId } from "@sweepline/core/SweepId"
import * as Effect from "effect/Effect"
import { Output } from "../Output.js"
import { nameOf, type Signal } from "../Signals.js"

/** Which sweep is shown, and how. */
export interface Options {
  readonly entity: string
  readonly project: string
  readonly sweep: SweepId
  readonly appUrl: string
  readonly json: boolean
}

/** Where a person looks at a sweep. */
export const url = ({ appUrl, entity, project, sweep }: Omit<Options, "json">): string =>
  `${appUrl}/${[entity, project, "sweeps", sweep].map(encodeURIComponent).join("/")}`

/** The word for a person: how the sweep stands once the scheduler has left (B66). */
const words = {
  PENDING: "FAILED",
  STARTING: "FAILED",
  RUNNING: "FAILED",
  FLUSH_RUNS: "PAUSED",
  COMPLETED: "COMPLETED",
  FAILED: "FAILED",
  STOPPED: "CANCELLED",
  CANCELLED: "CANCELLED"
} as const satisfies Record<SchedulerState, string>

/** How a sweep stands once its scheduler has left. */
const stateOf = ({ reason, state }: Pick<Outcome, "reason" | "state">) =>
  reason === "SweepLost" ? "FAILED" : words[state]

/** What a scheduler tells on standard output: where its sweep is, and how it ended. The rest is in the log. */
export const make = Effect.fnUntraced(function* (options: Options) {
  const { colors, json, print, warn } = yield* Output
  const { entity, project, sweep } = options
  const name = `${entity}/${project}/${sweep}`
  const address = url(options)

  return {
    begins: options.json
      ? json({ type: "SchedulerStarted", sweep, entity, project, url: address })
      : print(`Scheduling sweep ${colors.bold(name)}: ${address}`),

    interrupted: (signal: Signal) =>
      warn(
        `${nameOf(signal)}: stopping the runs and cancelling the sweep. Again: leave at once, and leave both as they are.`
      ),

    ends: (outcome: Outcome) => {
      const { detail, exitCode, launched, reason } = outcome
      const text = EndReason.ending(reason).text
      const because = detail === undefined ? text : `${text}: ${detail}`
      const counts = RunState.all.flatMap((state) =>
        outcome.counts[state] === 0 ? [] : [[state, outcome.counts[state]] as const]
      )
      const state = stateOf(outcome)
      if (options.json) {
        const runs = Object.fromEntries(counts)
        return json({ type: "SweepEnded", sweep, entity, project, state, reason, because, launched, runs, exitCode })
      }
      const runs = counts.map(([state, n]) => `${n} ${state}`).join(", ")
      const total = `${launched} ${launched === 1 ? "run" : "runs"}${runs === "" ? "" : ` (${runs})`}`
      const colored = state === "COMPLETED" ? colors.green(state) : colors.yellow(state)
      return print(`Sweep ${colors.bold(name)} is ${colored}: ${because}. ${total}.`)
    }
  }
})
