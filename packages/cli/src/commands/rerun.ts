import * as Command from "@effect/cli/Command"
import * as Path from "@effect/platform/Path"
import * as SweepConfig from "@sweepline/core/SweepConfig"
import { SweepStore } from "@sweepline/embedded/SweepStore"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Local from "../Local.js"
import * as LocalSweep from "../LocalSweep.js"
import * as options from "../options.js"
import * as Relocation from "../Relocation.js"
import * as RerunConfig from "../RerunConfig.js"
import * as Sweeps from "../Sweeps.js"
import * as SweepSettings from "../SweepSettings.js"

/** `sweepline rerun`: the configuration of a run again, as a small sweep of its own. */
export const rerun = Command.make(
  "rerun",
  {
    run: options.run,
    times: options.times,
    workers: options.workers,
    gpus: options.gpus,
    retries: options.retries,
    grace: options.grace,
    name: options.name,
    project: options.project,
    wandbSdk: options.wandbSdk,
    dir: options.dir,
    json: options.json
  },
  Effect.fnUntraced(
    function* ({ dir, json, name, run: text, times, ...given }) {
      const path = yield* Path.Path
      const store = yield* SweepStore
      const { run, sweep } = yield* Sweeps.findRun(text)
      const folder = path.resolve(dir)
      const document = yield* SweepConfig.parseDocument({ file: `sweep ${sweep.id}`, text: sweep.config })
      const config = RerunConfig.text(document, run.trial, times)
      const stored = yield* Relocation.settings(yield* SweepSettings.of(sweep.id), sweep, folder)
      yield* Relocation.check(stored)
      const settings = SweepSettings.mergeStored(SweepSettings.unbounded(stored), {
        ...LocalSweep.nothingGiven,
        ...given
      })
      const again = yield* store.create({
        config,
        name: Option.getOrElse(name, () => `rerun of ${run.id}`),
        seed: sweep.seed,
        settings: SweepSettings.encode(settings)
      })
      yield* LocalSweep.run(folder, again, { settings, json })
    },
    (effect, { dir }) => Effect.provide(effect, Local.layer(dir))
  )
).pipe(Command.withDescription("Run the configuration of a run again, once or several times, as a sweep of its own."))
