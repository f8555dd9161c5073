import * as Command from "@effect/cli/Command"
import { SweepLease } from "@sweepline/embedded/SweepLease"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Attachment from "../Attachment.js"
import * as Local from "../Local.js"
import * as LocalSweep from "../LocalSweep.js"
import * as bounds from "../boundOptions.js"
import * as options from "../options.js"
import { Output } from "../Output.js"
import * as Report from "../SweepReport.js"
import * as ConfigText from "../ConfigText.js"
import * as SweepEdit from "../SweepEdit.js"
import * as SweepFile from "../SweepFile.js"
import * as Sweeps from "../Sweeps.js"
import * as SweepSettings from "../SweepSettings.js"
import * as SweepTerms from "../SweepTerms.js"
import { UsageError } from "../UsageError.js"

/** `sweepline edit`: what a sweep keeps to, changed while it goes on. */
export const edit = Command.make(
  "edit",
  {
    sweep: options.sweep,
    runCap: bounds.runCap,
    workers: options.newWorkers,
    retries: options.newRetries,
    deadline: bounds.deadline,
    budget: bounds.budget,
    set: options.set,
    file: options.newFile,
    dir: options.dir,
    json: options.json
  },
  Effect.fnUntraced(
    function* ({ file, json, runCap, set, sweep: named, ...given }) {
      const output = yield* Output
      const lease = yield* SweepLease
      const sweep = yield* Sweeps.find(named, (candidate) => !Sweeps.hasEnded(candidate))
      const { id } = sweep
      if (Sweeps.hasEnded(sweep)) {
        return yield* new UsageError({
          message: `Sweep ${id} is ${Report.stateText(sweep)}: what has ended stays as it is. Start another one with: sweepline run`
        })
      }
      // Once: standard input has nothing more to read where the change is tried again.
      const whole = yield* Effect.transposeMapOption(file, SweepFile.read)
      yield* SweepTerms.change(
        id,
        Effect.fnUntraced(function* (now) {
          const stored = yield* SweepSettings.orDefaults(now.settings)
          const settings = SweepSettings.merge(stored, { ...LocalSweep.nothingGiven, ...given })
          const base = Option.match(whole, { onNone: () => now.config, onSome: ({ text }) => text })
          const values = yield* SweepEdit.withValues(base, set)
          const config = Option.match(runCap, {
            onNone: () => values,
            onSome: (cap) => ConfigText.withRunCap(values, cap)
          })
          if (config === now.config && SweepSettings.encode(stored) === SweepSettings.encode(settings)) {
            return yield* new UsageError({
              message: `Nothing of sweep ${id} would change. Say what should, for example: sweepline edit ${id} --run-cap 50`
            })
          }
          if (config !== now.config) yield* SweepEdit.check(id, Sweeps.configOf({ id, config: now.config }), config)
          return { config, settings }
        })
      )
      const holder = Option.getOrUndefined(Option.map(yield* lease.holder(id), Attachment.nameOf))
      if (json) return yield* output.json({ type: "SweepEdited", sweep: id, scheduler: holder ?? null })
      yield* output.print(
        holder === undefined
          ? `Sweep ${id} is changed; it goes by that when it is resumed: sweepline resume ${id}`
          : `Sweep ${id} is changed; its scheduler (${holder}) goes by that from now on.`
      )
    },
    (effect, { dir }) => Effect.provide(effect, Local.layer(dir))
  )
).pipe(Command.withDescription("Change run_cap, workers, deadline, budget or ranges of a sweep that goes on."))
