import type { SweepConfig } from "@sweepline/core/SweepConfig"
import { SweepId } from "@sweepline/core/SweepId"
import * as Effect from "effect/Effect"
import type { Colors } from "../Colors.js"
import * as Format from "../Format.js"
import type { Json } from "../Json.js"
import * as ToJson from "../Json.js"
import * as LocalMachine from "../LocalMachine.js"
import * as Shell from "../Shell.js"
import * as Text from "../Text.js"
import type { Attempt } from "./Sample.js"

/** An attempt with the command that it executes. */
export interface Planned {
  readonly attempt: Attempt
  readonly argv: ReadonlyArray<string>
}

/** The commands of attempts, as `run` would start them. */
export const make = (place: LocalMachine.Place, config: SweepConfig, attempts: ReadonlyArray<Attempt>) => {
  const job = LocalMachine.jobs(place, config)
  return Effect.forEach(attempts, (attempt) =>
    Effect.map(
      job({ sweep, run: attempt.run.id, attempt: attempt.attempt, trial: attempt.run.trial }),
      ({ job: { argv } }): Planned => ({ attempt, argv })
    )
  )
}

/** Commands with the time of their launch. */
export const lines = (planned: ReadonlyArray<Planned>, colors: Colors): ReadonlyArray<string> => {
  const times = planned.map(({ attempt }) => Format.clock(attempt.submittedAt))
  const width = Text.widest(times)
  return planned.map(({ argv }, index) => `  ${colors.dim((times[index] ?? "").padStart(width))}  ${Shell.join(argv)}`)
}

/** An attempt for `--json`. */
export const json = ({ argv, attempt: it }: Planned): { readonly [key: string]: Json | undefined } => ({
  type: "PlannedRun",
  run: it.run.id,
  attempt: it.attempt,
  worker: it.worker,
  submittedSeconds: it.submittedAt / 1000,
  startSeconds: it.startedAt / 1000,
  endSeconds: it.endedAt / 1000,
  outcome: it.ending,
  config: ToJson.dict(it.run.trial),
  command: argv
})

// internal

/** A planned sweep has no id yet; commands that contain one show this in its place. */
const sweep = SweepId.make("plan")
