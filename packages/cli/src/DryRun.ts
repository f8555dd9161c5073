import * as Path from "@effect/platform/Path"
import * as FileSystem from "@effect/platform/FileSystem"
import * as EarlyStopping from "@sweepline/core/EarlyStopping"
import type { LaunchError } from "@sweepline/core/LaunchError"
import * as MemoryStore from "@sweepline/core/MemoryStore"
import { type PastRun, Search } from "@sweepline/core/Search"
import * as SweepApi from "@sweepline/core/SweepApi"
import * as MemorySweepApi from "@sweepline/core/MemorySweepApi"
import * as SweepConfig from "@sweepline/core/SweepConfig"
import type { TrialConfig } from "@sweepline/core/TrialConfig"
import * as Program from "@sweepline/executors/Program"
import * as SearchLive from "@sweepline/search/SearchLive"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as LocalMachine from "./LocalMachine.js"
import * as Json from "./Json.js"
import { Output } from "./Output.js"
import * as Shell from "./Shell.js"
import type { SweepFile } from "./SweepFile.js"
import * as SweepTotal from "./SweepTotal.js"
import { UsageError } from "./UsageError.js"

/** What a run would execute. */
export interface Planned {
  readonly trial: TrialConfig
  readonly argv: ReadonlyArray<string>
  readonly warnings: ReadonlyArray<string>
}

interface Plan {
  readonly sweepFile: SweepFile
  readonly seed: number
  readonly place: LocalMachine.Place
  readonly prior: ReadonlyArray<PastRun>
}

/** The most commands that are printed. */
const most = 100

/**
 * The first runs of a sweep, none of them run: the same sweep controller and search hand them
 * out, over a backend in memory. What searches by results suggests as if there were none yet.
 */
export const commands = (options: Plan & { readonly most: number }) =>
  Effect.gen(function* () {
    const { place, seed, sweepFile } = options
    const api = yield* SweepApi.SweepApi
    const sweep = yield* api.createSweep({ config: sweepFile.text, name: "dry run", seed })
    const planned: Array<Planned> = []
    const unfit = ({ detail }: LaunchError) => new UsageError({ message: `${sweepFile.file}: ${detail}` })
    while (planned.length < options.most) {
      const agent = yield* api.registerAgent({ sweep, host: "dry-run" })
      const [answer] = yield* api.heartbeat({ sweep, agent, runs: new Map() })
      if (answer?._tag !== "Run") break
      const { job, warnings } = yield* LocalMachine.job(place, {
        config: sweepFile.config,
        request: { sweep, run: answer.run, attempt: 1, trial: answer.trial }
      }).pipe(Effect.catchTag("LaunchError", unfit))
      planned.push({ trial: answer.trial, argv: job.argv, warnings })
    }
    return planned
  }).pipe(
    Effect.provide(
      MemorySweepApi.layer.pipe(
        Layer.provide(Layer.mergeAll(MemoryStore.layer, knowing(options.prior), EarlyStopping.layerNoop))
      )
    )
  )

/** Search that knows earlier results. */
const knowing = (prior: ReadonlyArray<PastRun>): Layer.Layer<Search> =>
  Layer.map(SearchLive.layerInline, (context) => {
    const search = Context.get(context, Search)
    return Context.make(Search, { suggest: (ask) => search.suggest({ ...ask, prior }) })
  })

/** Refuses a sweep whose program, or what should interpret it, isn't there. */
export const refuseMissing = Effect.fnUntraced(function* (
  planned: ReadonlyArray<Planned>,
  { config, file }: SweepFile,
  { environment, workingDirectory }: LocalMachine.Place
) {
  const [first] = planned
  if (first === undefined) return
  const path = yield* Path.Path
  const fs = yield* FileSystem.FileSystem
  const { program } = config
  if (program !== undefined && program !== executableOf(first.argv) && first.argv.slice(1).includes(program)) {
    const there = yield* Effect.orElseSucceed(fs.exists(path.resolve(workingDirectory, program)), () => false)
    if (!there) {
      return yield* new UsageError({
        message: `${file} names the program ${program}, which is neither in ${workingDirectory} nor beside ${file}. Correct "program", or start sweepline in the program's folder.`
      })
    }
  }
  const executable = executableOf(first.argv)
  if (executable === undefined) return
  const located = Program.locate(executable, workingDirectory, environment.get("PATH"))
  if ("problem" in located) {
    return yield* new UsageError({ message: `The runs of ${file} can't be started: ${located.problem}.` })
  }
})

/**
 * What a command starts, as far as that can be told: `env` is a stand-in for what follows its variables, but for one that
 * is given options, or another PATH.
 */
const executableOf = (argv: ReadonlyArray<string>): string | undefined => {
  const [first, ...words] = argv
  if (first !== "/usr/bin/env" && first !== "env") return first
  if (words.some((word) => word.startsWith("PATH="))) return undefined
  const word = words.find((word) => !word.includes("="))
  return word?.startsWith("-") === true ? undefined : word
}

/** Tells what a config says that is probably not meant: a macro that nobody knows, a variable that isn't set. */
export const warn = Effect.fnUntraced(function* (planned: ReadonlyArray<Planned>, { config }: SweepFile) {
  const output = yield* Output
  const doubts = new Set([...SweepConfig.hints(config), ...planned.flatMap(({ warnings }) => warnings)])
  if (doubts.size > 0) yield* output.warn(...Array.from(doubts, (doubt) => `sweepline: ${doubt}`))
})

/** Prints the commands of a sweep's runs. */
export const print = Effect.fnUntraced(function* (plan: Plan & { readonly json: boolean }) {
  const output = yield* Output
  const total = SweepTotal.of(plan.sweepFile.config)
  const planned = yield* commands({ ...plan, most })
  for (const { argv, trial } of planned) {
    yield* plan.json ? output.json({ command: argv, config: Json.dict(trial) }) : output.print(Shell.join(argv))
  }
  const { method } = plan.sweepFile.config
  if ((method === "bayes" || method === "custom") && planned.length > 1) {
    yield* output.warn(`sweepline: this is what ${method} suggests as long as no run has reported anything.`)
  }
  const left = total === undefined ? undefined : total - planned.length
  if (left === 0) return
  yield* output.warn(
    `sweepline: these are the first ${planned.length} runs${left === undefined ? "; the sweep has no end" : ` of ${total}`}. Seed: ${plan.seed}`
  )
})
