import * as Command from "@effect/cli/Command"
import * as Path from "@effect/platform/Path"
import { SweepStore } from "@sweepline/embedded/SweepStore"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Background from "../Background.js"
import * as DryRun from "../DryRun.js"
import * as Local from "../Local.js"
import * as LocalMachine from "../LocalMachine.js"
import * as LocalSweep from "../LocalSweep.js"
import * as Places from "../Places.js"
import * as bounds from "../boundOptions.js"
import * as options from "../options.js"
import * as PriorRunFiles from "../PriorRunFiles.js"
import * as SweepFile from "../SweepFile.js"
import * as SweepSettings from "../SweepSettings.js"

/** `sweepline run`: a sweep, from its file to its end. */
export const run = Command.make(
  "run",
  {
    file: options.sweepFile,
    workers: options.workers,
    gpus: options.gpus,
    runCap: bounds.runCap,
    start: options.start,
    priorRun: options.priorRunFile,
    seed: options.seed,
    retries: options.retries,
    grace: options.grace,
    runTimeout: bounds.runTimeout,
    deadline: bounds.deadline,
    budget: bounds.budget,
    name: options.name,
    project: options.project,
    wandbSdk: options.wandbSdk,
    dir: options.dir,
    detach: options.detach,
    dryRun: options.dryRun,
    json: options.json
  },
  Effect.fnUntraced(function* ({
    detach,
    dir,
    dryRun,
    file,
    json,
    name,
    priorRun,
    runCap,
    seed: givenSeed,
    start,
    ...given
  }) {
    const path = yield* Path.Path
    const asWritten = yield* SweepFile.read(file)
    const capped = yield* Option.match(runCap, {
      onNone: () => Effect.succeed(asWritten),
      onSome: (cap) => SweepFile.withRunCap(asWritten, cap)
    })
    const sweepFile = yield* SweepFile.withStart(capped, start)
    const { config } = sweepFile
    yield* SweepFile.refuseUnsearchable(file, config)
    const prior = yield* PriorRunFiles.read(config, priorRun)
    const workingDirectory = yield* SweepFile.workingDirectory(sweepFile)
    const folder = path.resolve(dir)
    const settings = SweepSettings.merge(
      { ...SweepSettings.defaults(workingDirectory), stateFolder: folder, project: config.project },
      given
    )
    const seed = yield* Option.match(givenSeed, {
      onNone: () => Random.nextIntBetween(0, 2 ** 31),
      onSome: Effect.succeed
    })
    // Whether it could run at all is known before anything is written.
    const place = LocalMachine.place(folder, settings)
    const plan = { sweepFile, seed, place, prior }
    const first = yield* DryRun.commands({ ...plan, most: 1 })
    yield* DryRun.refuseMissing(first, sweepFile, place)
    yield* DryRun.warn(first, sweepFile)
    if (dryRun) return yield* DryRun.print({ ...plan, json })
    yield* Places.slots(settings)
    yield* LocalMachine.checkEnvironment

    yield* Effect.gen(function* () {
      const store = yield* SweepStore
      const sweep = yield* store.create({
        config: sweepFile.text,
        name: Option.getOrElse(name, () => config.name ?? path.basename(path.dirname(path.resolve(file)))),
        seed,
        settings: SweepSettings.encode(settings),
        prior
      })
      yield* detach ? Background.start(folder, sweep, { json }) : LocalSweep.run(folder, sweep, { settings, json })
    }).pipe(Effect.provide(Local.layer(dir, { create: true })))
  })
).pipe(Command.withDescription("Run a sweep on this machine, to its end."))
