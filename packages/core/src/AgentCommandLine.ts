/** What `wandb agent` runs for a run of a sweep: the command line of a local child (E.1.3). */
import * as Either from "effect/Either"
import * as NearestName from "./NearestName.js"
import * as PythonText from "./PythonText.js"
import { SchedulerError } from "./SchedulerError.js"
import * as SweepCommand from "./SweepCommand.js"
import type { TrialConfig } from "./TrialConfig.js"

/** The macros that an agent knows, besides `${envvar:NAME}`. */
export const macros = ["env", "interpreter", "program", "args_json_file", ...SweepCommand.argsMacros] as const

/** What the command line is made of. */
export interface Options {
  readonly config: SweepCommand.Config
  readonly trial: TrialConfig
  readonly environment: ReadonlyMap<string, string>
  /** Where the caller will write `argsJson`, if it is there. */
  readonly argsJsonFile: string
  /** What `${interpreter}` stands for; `python` if not given. */
  readonly interpreter?: string | undefined
  /** Windows has no `/usr/bin/env`. */
  readonly windows?: boolean | undefined
  /** Whether the program is a file that the system can execute itself. */
  readonly programIsExecutable?: boolean | undefined
}

/** A command line, ready to run. */
export interface AgentCommandLine {
  readonly argv: readonly [string, ...ReadonlyArray<string>]
  /** The content of `argsJsonFile`: JSON of all values. `undefined` if the command doesn't name that file. */
  readonly argsJson: string | undefined
  readonly warnings: ReadonlyArray<string>
}

/**
 * Builds the command line from `command`, or from `${env} ${interpreter} ${program} ${args}`.
 * A word that is a macro is replaced by what it stands for, every time it occurs; a macro that
 * nobody knows is left out, with a warning.
 *
 * Without a `command`, a program named `.js`, `.mjs` or `.cjs` runs under `node`, and an
 * executable of no known kind by itself: both go beyond W&B, which knows only Python.
 *
 * Fails if there is nothing to run, if `${program}` is used without a program, if a word holds a
 * null character, and as `SweepCommand.expandEnvironment` does.
 */
export const make = (options: Options): Either.Either<AgentCommandLine, SchedulerError> =>
  Either.gen(function* () {
    const { config, trial } = options
    const program = config.program ?? ""
    const template = config.command === undefined || config.command.length === 0 ? undefined : config.command
    if (template === undefined && program === "") return yield* Either.left(nothingToRun)
    const { warnings, words } = yield* SweepCommand.expandEnvironment(
      template ?? defaultCommand(options),
      options.environment
    )
    if (program === "" && words.includes("${program}")) return yield* Either.left(SweepCommand.programMissing)
    const meanings = new Map<string, ReadonlyArray<string>>([
      ...Object.entries(SweepCommand.macroArgs(trial)),
      ["env", options.windows === true ? [] : ["/usr/bin/env"]],
      ["interpreter", [options.interpreter ?? "python"]],
      ["program", [program]],
      ["args_json_file", [options.argsJsonFile]]
    ])
    const dropped: Array<string> = []
    const argv = words.map(PythonText.str).flatMap((word) => {
      if (!word.startsWith("${") || !word.endsWith("}")) return [word]
      const meaning = meanings.get(word.slice(2, -1))
      if (meaning === undefined) dropped.push(unknownMacro(word))
      return meaning ?? []
    })
    const [first, ...rest] = argv
    if (first === undefined) return yield* Either.left(nothingLeft)
    const unsayable = argv.find((word) => word.includes("\0"))
    if (unsayable !== undefined) return yield* Either.left(holdsNull(unsayable))
    return {
      argv: [first, ...rest],
      argsJson: words.includes("${args_json_file}") ? SweepCommand.macroArgs(trial).args_json.join("") : undefined,
      warnings: [...warnings, ...dropped, ...(template === undefined ? underPython(options) : [])]
    }
  })

/** The sentence on a macro that no agent knows, `word` in full. */
export const unknownMacro = (word: string): string => {
  const near = NearestName.nearest(word.slice(2, -1), macros)
  const meant = near._tag === "Some" ? `: did you mean \${${near.value}}?` : "."
  return `The macro ${word} in the sweep's command isn't known and is left out${meant}`
}

// internal

const defaultCommand = (options: Options): ReadonlyArray<string> => {
  const program = options.config.program ?? ""
  if (/\.[cm]?js$/.test(program)) return ["${env}", "node", "${program}", "${args}"]
  const runsItself = options.programIsExecutable === true && !program.endsWith(".py")
  if (!runsItself) return ["${env}", "${interpreter}", "${program}", "${args}"]
  // Without a slash the system would look the program up in PATH.
  return [/[/\\]/.test(program) ? "${program}" : `./${program}`, "${args}"]
}

/** What runs programs of other languages than those that `defaultCommand` knows. */
const interpreters: ReadonlyMap<string, string> = new Map([
  ["sh", "sh"],
  ["bash", "bash"],
  ["zsh", "zsh"],
  ["jl", "julia"],
  ["r", "Rscript"],
  ["rb", "ruby"],
  ["pl", "perl"],
  ["lua", "lua"]
])

/** A doubt where Python is given what is no Python. */
const underPython = ({ config: { program = "" }, programIsExecutable }: Options): ReadonlyArray<string> => {
  const interpreter = interpreters.get(/\.(\w+)$/.exec(program)?.[1]?.toLowerCase() ?? "")
  if (interpreter === undefined || programIsExecutable === true) return []
  return [
    `${program} is run by Python: make it executable, or add to the config: command: [${interpreter}, "\${program}", "\${args}"].`
  ]
}

const nothingToRun = new SchedulerError({
  reason: "NoExecutable",
  detail: "The sweep config says nothing to run on this machine: add program: train.py, or a command."
})

/** The system ends a word at it. */
const holdsNull = (word: string): SchedulerError =>
  new SchedulerError({
    reason: "BadCommand",
    detail: `The word ${PythonText.repr(word)} of the command holds a null character, which no program can be given: hand such values over with "\${args_json}" or "\${args_json_file}".`
  })

const nothingLeft = new SchedulerError({
  reason: "BadCommand",
  detail: "Nothing is left of the sweep's command after its macros: name a program in it."
})
