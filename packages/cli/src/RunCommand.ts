import type { Job } from "@sweepline/core/Executor"
import type { RunRecord } from "@sweepline/core/SweepApi"
import * as Path from "@effect/platform/Path"
import * as Effect from "effect/Effect"
import * as LocalMachine from "./LocalMachine.js"
import * as Shell from "./Shell.js"
import type { SweepReport } from "./SweepReport.js"
import * as SweepSettings from "./SweepSettings.js"
import { UsageError } from "./UsageError.js"

/** A job as a line that can be pasted into a shell. */
const line = ({ argv, cwd, env }: Job): string => {
  const assignments = [...env].flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${Shell.quote(value)}`]
  )
  return `cd ${Shell.quote(cwd)} && ${[...assignments, Shell.join(argv)].join(" ")}`
}

/** The command that runs a run, with its folder and the environment it needs, to be pasted into a shell. */
export const text = Effect.fnUntraced(function* (dir: string, { config, sweep }: SweepReport, run: RunRecord) {
  if (config === undefined) {
    return yield* new UsageError({
      message: `The config of sweep ${sweep.id} can't be read by this version of sweepline, so there is no command. Update sweepline.`
    })
  }
  const path = yield* Path.Path
  const place = LocalMachine.place(path.resolve(dir), yield* SweepSettings.of(sweep.id))
  const { attempt, id, trial } = run
  const { job } = yield* LocalMachine.job(place, { config, request: { sweep: sweep.id, run: id, attempt, trial } })
  return line(job)
})
