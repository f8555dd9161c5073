import * as CliConfig from "@effect/cli/CliConfig"
import * as Command from "@effect/cli/Command"
import * as CommandDescriptor from "@effect/cli/CommandDescriptor"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as HashMap from "effect/HashMap"
import * as Logger from "effect/Logger"
import * as CommandLine from "./CommandLine.js"
import { attach } from "./commands/attach.js"
import { agent } from "./commands/agent.js"
import { best } from "./commands/best.js"
import { cancel } from "./commands/cancel.js"
import { deleteSweep } from "./commands/delete.js"
import { doctor } from "./commands/doctor.js"
import { edit } from "./commands/edit.js"
import { exportRuns } from "./commands/export.js"
import { launchAgent } from "./commands/launchAgent.js"
import { launchSweep } from "./commands/launchSweep.js"
import { list } from "./commands/list.js"
import { logs } from "./commands/logs.js"
import { pause } from "./commands/pause.js"
import { plan } from "./commands/plan.js"
import { replay } from "./commands/replay.js"
import { rerun } from "./commands/rerun.js"
import { resume } from "./commands/resume.js"
import { run as runSweep } from "./commands/run.js"
import { scheduler } from "./commands/scheduler.js"
import { serve } from "./commands/serve.js"
import { show } from "./commands/show.js"
import { sweep } from "./commands/sweep.js"
import { stop } from "./commands/stop.js"
import { validate } from "./commands/validate.js"
import * as Completions from "./Completions.js"
import * as HelpText from "./HelpText.js"
import { AskedLevel } from "./Logging.js"
import { Output } from "./Output.js"
import { UsageError } from "./UsageError.js"
import { version } from "./Version.js"

const about = "runs hyperparameter sweeps on one machine. No account, no server, no network."

/** Every command, as the overview groups them. */
const groups: Readonly<Record<string, ReadonlyArray<string>>> = {
  "Run a sweep": ["run", "resume", "attach", "rerun", "validate", "plan"],
  "Steer one that runs": ["edit", "pause", "stop", "cancel"],
  "Look at results": ["list", "show", "logs", "best", "export", "replay"],
  "Clear up": ["delete"],
  "With a W&B server": ["sweep", "launch-sweep", "scheduler", "agent", "launch-agent", "serve", "doctor"]
}

const root = Command.make("sweepline").pipe(
  Command.withSubcommands([
    runSweep,
    resume,
    attach,
    rerun,
    validate,
    plan,
    edit,
    pause,
    stop,
    cancel,
    list,
    show,
    logs,
    best,
    exportRuns,
    replay,
    deleteSweep,
    sweep,
    launchSweep,
    scheduler,
    agent,
    launchAgent,
    serve,
    doctor
  ])
)

const parse = Command.run(root, { name: "sweepline", executable: "sweepline", version })

const descriptors = new Map(HashMap.entries(Command.getSubcommands(root)))

const commands = new Map(
  [...descriptors].map(([name, descriptor]) => [name, CommandLine.flags(CommandDescriptor.getUsage(descriptor))])
)

const config = CliConfig.make({ showBuiltIns: false, isCaseSensitive: true })

const overview = Object.entries(groups).map(([title, names]) => ({
  title,
  entries: names.flatMap((name) => {
    const descriptor = descriptors.get(name)
    return descriptor === undefined
      ? []
      : [{ name, description: HelpText.description(CommandDescriptor.getHelp(descriptor, config)) }]
  })
}))

/** Commands that mean nothing by themselves, though each of their arguments may be left out. */
const wordless: ReadonlySet<string> = new Set(["launch-sweep"])

/** Commands that launch agents start, with options of their own making. */
const bearing: ReadonlySet<string> = new Set(["scheduler"])

const completed = (): ReadonlyArray<Completions.Command> =>
  overview.flatMap(({ entries }) =>
    entries.flatMap(({ description, name }) => {
      const descriptor = descriptors.get(name)
      if (descriptor === undefined) return []
      return [Completions.command(name, description, HelpText.entries(CommandDescriptor.getHelp(descriptor, config)))]
    })
  )

const help = Effect.fnUntraced(function* (name: string) {
  const { colors, columns, print } = yield* Output
  const look = { colors, columns: yield* columns }
  const descriptor = descriptors.get(name)
  yield* print(
    ...(descriptor === undefined
      ? HelpText.overview(about, overview, look)
      : HelpText.command(
          name,
          CommandDescriptor.getHelp(descriptor, config),
          CommandDescriptor.getUsage(descriptor),
          look
        ))
  )
})

const usage = (message: string) => new UsageError({ message })

/** Runs a command line: what follows the program's name. */
export const run = Effect.fnUntraced(
  function* (line: ReadonlyArray<string>) {
    const { args: given, level } = yield* Either.mapLeft(CommandLine.takeLogLevel(line), usage)
    const args = given[0] === "help" ? [...given.slice(1, 2), "--help"] : given
    const {
      args: arranged,
      unknown,
      words
    } = yield* Either.mapLeft(CommandLine.arrange(args, commands, bearing), usage)
    const options = arranged.slice(0, arranged.includes("--") ? arranged.indexOf("--") : undefined)
    if (args.length === 0 || wordless.has(args.join(" ")) || options.includes("--help") || options.includes("-h"))
      return yield* help(arranged[0] ?? "")
    const [name = ""] = arranged
    if (name.startsWith("--completions")) {
      const shell = name.includes("=") ? name.slice(name.indexOf("=") + 1) : (arranged[1] ?? "")
      const { write } = yield* Output
      return yield* write(yield* Either.mapLeft(Completions.script(shell, completed()), usage))
    }
    const descriptor = options.length < arranged.length ? undefined : descriptors.get(name)
    const problem =
      descriptor === undefined
        ? undefined
        : CommandLine.miscount(name, words, CommandLine.arity(CommandDescriptor.getUsage(descriptor)))
    if (problem !== undefined) return yield* usage(problem)
    const program = parse(["node", "sweepline", ...arranged]).pipe(
      Effect.provideService(CommandLine.UnknownOptions, unknown)
    )
    yield* level === undefined
      ? program
      : program.pipe(Logger.withMinimumLogLevel(level), Effect.provideService(AskedLevel, level))
  },
  Effect.provideService(CliConfig.CliConfig, config)
)
