/**
 * A sweep config's `command` as launch sweeps use it (A.10): what its macros stand for, and
 * how it splits into an entry point and the arguments that override the job's own. Pure: the
 * config is never changed (RD28), the environment is a map.
 */
import * as Either from "effect/Either"
import * as PythonJson from "./PythonJson.js"
import * as PythonText from "./PythonText.js"
import type { PythonValue } from "./PythonValue.js"
import { SchedulerError } from "./SchedulerError.js"
import type { TrialConfig } from "./TrialConfig.js"

/** What a sweep config says of the command. */
export interface Config {
  /** The command line with its macros; `undefined` or empty: there is none. */
  readonly command: ReadonlyArray<PythonValue> | undefined
  /** What `${program}` stands for. */
  readonly program: string | undefined
}

/** The macros that stand for a run's parameters, in the order that decides between several (B71, B74). */
export const argsMacros = [
  "args",
  "args_no_equals",
  "args_no_hyphens",
  "args_no_boolean_flags",
  "args_json",
  "args_append_hydra",
  "args_override_hydra"
] as const
export type ArgsMacro = (typeof argsMacros)[number]

/** The words that each macro stands for. `${args_dict}` is no words, and refused (RD26). */
export const macroArgs = (trial: TrialConfig): Record<ArgsMacro, ReadonlyArray<string>> => {
  const parameters = Array.from(trial, ([name, value]) => ({ name, value, text: PythonText.str(value) }))
  return {
    args: parameters.map(({ name, text }) => `--${name}=${text}`),
    args_no_equals: parameters.flatMap(({ name, text }) => [`--${name}`, text]),
    args_no_hyphens: parameters.map(({ name, text }) => `${name}=${text}`),
    args_no_boolean_flags: parameters.flatMap(({ name, text, value }) => {
      if (typeof value !== "boolean") return [`--${name}=${text}`]
      return value ? [`--${name}`] : []
    }),
    args_json: [PythonJson.stringify(trial)],
    args_append_hydra: parameters.map(({ name, text }) => `+${name}=${text}`),
    args_override_hydra: parameters.map(({ name, text }) => `++${name}=${text}`)
  }
}

/** A command in which every `${envvar:NAME}` is replaced, and what to tell the person. */
export interface Expanded {
  readonly words: ReadonlyArray<PythonValue>
  readonly warnings: ReadonlyArray<string>
}

/**
 * Replaces `${envvar:NAME}` by the variable, or by NAME itself where it isn't set, with a
 * warning (B73, RD27). Fails for a word that isn't text but holds such a macro, and for
 * `${args_dict}` (RD26).
 */
export const expandEnvironment = (
  command: ReadonlyArray<PythonValue>,
  environment: ReadonlyMap<string, string>
): Either.Either<Expanded, SchedulerError> => {
  const warnings: Array<string> = []
  const words: Array<PythonValue> = []
  for (const word of command) {
    if (word === "${args_dict}") return Either.left(badCommand(argsDictProblem))
    if (typeof word !== "string") {
      if (envMacro().test(PythonText.str(word))) {
        return Either.left(badCommand(`The word ${PythonText.repr(word)} of the sweep's command must be text.`))
      }
      words.push(word)
      continue
    }
    words.push(
      word.replace(envMacro(), (_, name: string) => {
        const value = environment.get(name)
        if (value !== undefined) return value
        warnings.push(`The environment variable ${name} in the sweep's command isn't set: its name is used instead.`)
        return name
      })
    )
  }
  return Either.right({ words, warnings })
}

/** A command, split for a launch. */
export interface LaunchCommand {
  /** Replaces the job's or image's own entry point; `undefined` keeps that (B72, B74). */
  readonly entryPoint: ReadonlyArray<PythonValue> | undefined
  /** Replaces the job's own arguments, unless empty (B77). */
  readonly args: ReadonlyArray<string>
  /** Words of the entry point that look like macros and are passed on as they are (B78). */
  readonly unresolved: ReadonlyArray<string>
  readonly warnings: ReadonlyArray<string>
}

/**
 * Splits a sweep's command for a launch (B72–B78): environment macros are replaced; of each
 * argument macro the first is removed, and the last kind of `argsMacros` that occurs gives
 * the arguments; the first `${program}` becomes the program.
 */
export const forLaunch = (options: {
  readonly config: Config
  readonly trial: TrialConfig
  readonly environment: ReadonlyMap<string, string>
}): Either.Either<LaunchCommand, SchedulerError> =>
  Either.gen(function* () {
    const { command, program } = options.config
    if (command === undefined || command.length === 0) return nothing
    const expanded = yield* expandEnvironment(command, options.environment)
    const { args, rest } = takeArgs(expanded.words, macroArgs(options.trial))
    const words = yield* withProgram(rest, program)
    const unresolved = words.map(PythonText.str).filter((word) => word.startsWith("${"))
    const warning = `These macros of the sweep's command mean nothing to a launch and are passed on as they are: ${unresolved.join(", ")}`
    return {
      entryPoint: words.length === 0 ? undefined : words,
      args,
      unresolved,
      warnings: unresolved.length === 0 ? expanded.warnings : [...expanded.warnings, warning]
    }
  })

/** The sentence for a `${program}` without a program. */
export const programMissing = new SchedulerError({
  reason: "BadCommand",
  detail: 'The sweep\'s command says "${program}", but the config names none: add program: train.py.'
})

// internal

const nothing: LaunchCommand = { entryPoint: undefined, args: [], unresolved: [], warnings: [] }

const argsDictProblem =
  '"${args_dict}" in the sweep\'s command is an object and no words: write "${args}" or "${args_json}" instead.'

const badCommand = (detail: string): SchedulerError => new SchedulerError({ reason: "BadCommand", detail })

/** A new one each time, since a global pattern remembers where it stands. */
const envMacro = (): RegExp => /\$\{envvar:([A-Z0-9_]*)\}/g

const takeArgs = (
  words: ReadonlyArray<PythonValue>,
  macros: Record<ArgsMacro, ReadonlyArray<string>>
): { readonly args: ReadonlyArray<string>; readonly rest: ReadonlyArray<PythonValue> } => {
  const rest = [...words]
  let args: ReadonlyArray<string> = []
  for (const macro of argsMacros) {
    const index = rest.indexOf(`\${${macro}}`)
    if (index === -1) continue
    rest.splice(index, 1)
    args = macros[macro]
  }
  return { args, rest }
}

const withProgram = (
  words: ReadonlyArray<PythonValue>,
  program: string | undefined
): Either.Either<ReadonlyArray<PythonValue>, SchedulerError> => {
  const index = words.indexOf("${program}")
  if (index === -1) return Either.right(words)
  return program === undefined || program === ""
    ? Either.left(programMissing)
    : Either.right(words.with(index, program))
}
