import type * as Usage from "@effect/cli/Usage"
import * as NearestName from "@sweepline/core/NearestName"
import * as Context from "effect/Context"
import * as Either from "effect/Either"
import * as LogLevel from "effect/LogLevel"

/** What follows an option: nothing, a value, or one each time that it is given. */
export type Kind = "Switch" | "Value" | "Values"

/** The options of a command, by their names with dashes. */
export type Flags = ReadonlyMap<string, Kind>

const builtIn: Flags = new Map([
  ["--help", "Switch"],
  ["-h", "Switch"],
  ["--version", "Switch"],
  ["--completions", "Value"],
  ["--log-level", "Value"]
])

/** Reads the options of a command from its usage. */
export const flags = (usage: Usage.Usage): Flags => {
  const found = new Map<string, Kind>()
  const walk = (self: Usage.Usage, valued: Kind): void => {
    switch (self._tag) {
      case "Named":
        for (const name of self.names) {
          if (name.startsWith("-")) found.set(name, self.acceptedValues._tag === "Some" ? valued : "Switch")
        }
        return
      case "Optional":
        return walk(self.usage, valued)
      case "Repeated":
        return walk(self.usage, "Values")
      case "Alternation":
      case "Concat":
        walk(self.left, valued)
        return walk(self.right, valued)
      case "Empty":
      case "Mixed":
        return
    }
  }
  walk(usage, "Value")
  return found
}

/** How many arguments a command takes. */
export interface Arity {
  /** The names of those that it can't do without. */
  readonly needed: ReadonlyArray<string>
  readonly most: number
}

/** Reads the arguments of a command from its usage. */
export const arity = (usage: Usage.Usage): Arity => {
  switch (usage._tag) {
    case "Named": {
      const needed = usage.names.filter((name) => name.startsWith("<"))
      return { needed, most: needed.length }
    }
    case "Optional":
      return { needed: [], most: arity(usage.usage).most }
    case "Repeated": {
      const once = arity(usage.usage)
      return { needed: once.needed, most: once.most === 0 ? 0 : Number.POSITIVE_INFINITY }
    }
    case "Alternation":
    case "Concat": {
      const [left, right] = [arity(usage.left), arity(usage.right)]
      return { needed: [...left.needed, ...right.needed], most: left.most + right.most }
    }
    case "Empty":
    case "Mixed":
      return { needed: [], most: 0 }
  }
}

/** The sentence for too few or too many arguments; `undefined` where they fit. */
export const miscount = (name: string, words: ReadonlyArray<string>, { most, needed }: Arity): string | undefined => {
  const see = `See: sweepline ${name} --help`
  const missing = needed[words.length]
  if (missing !== undefined) return `"sweepline ${name}" needs ${missing}. ${see}`
  const surplus = words[most]
  if (surplus === undefined) return undefined
  const takes = most === 0 ? "no argument" : most === 1 ? "one argument" : `${most} arguments`
  return `"sweepline ${name}" takes ${takes}, and "${surplus}" is one too many. ${see}`
}

/** A command line that the parser can read. */
export interface Arranged {
  readonly args: ReadonlyArray<string>
  /** Those of them that are no options: what the command is about. */
  readonly words: ReadonlyArray<string>
  /** Options that the command doesn't have, left out with their values: a sentence for each. Only where it bears them. */
  readonly unknown: ReadonlyArray<string>
}

/** The options that this command line was given, and that its command doesn't have. */
export class UnknownOptions extends Context.Reference<UnknownOptions>()("sweepline/UnknownOptions", {
  defaultValue: (): ReadonlyArray<string> => []
}) {}

/**
 * Puts a command line into the order that the parser needs (options before arguments), and
 * finds what it can't know: a command or an option that doesn't exist, with the nearest one
 * that does. `Left` is the sentence for the person. What follows `--` stays as it is. Commands in `bearing` decide for
 * themselves about options that they don't have.
 */
export const arrange = (
  args: ReadonlyArray<string>,
  commands: ReadonlyMap<string, Flags>,
  bearing: ReadonlySet<string> = new Set()
): Either.Either<Arranged, string> => {
  const [name, ...rest] = args
  if (name === undefined || name.startsWith("-")) {
    const unknown = args.find((arg) => arg.startsWith("-") && !builtIn.has(arg.split("=", 1)[0] ?? arg))
    return unknown === undefined
      ? Either.right({ args, words: [], unknown: [] })
      : Either.left(
          `Unknown option ${unknown}.${NearestName.didYouMean(unknown, builtIn.keys())} Options of a command follow its name: sweepline COMMAND ${unknown}.`
        )
  }
  const own = commands.get(name)
  if (own === undefined) {
    return Either.left(
      `There is no command "${name}".${NearestName.didYouMean(name, commands.keys())} See: sweepline --help`
    )
  }
  const options: Array<string> = []
  const words: Array<string> = []
  const unknown: Array<string> = []
  for (let index = 0; index < rest.length; index++) {
    const arg = rest[index] ?? ""
    if (arg === "--") {
      words.push(...rest.slice(index))
      break
    }
    if (!arg.startsWith("-") || arg === "-" || /^-[0-9.]/.test(arg)) {
      words.push(arg)
      continue
    }
    const written = arg.split("=", 1)[0] ?? arg
    // W&B's own programs write `--image_uri`.
    const flag = own.has(written) ? written : written.replaceAll("_", "-")
    const kind = own.get(flag) ?? builtIn.get(flag)
    if (kind === undefined) {
      const sentence = `"sweepline ${name}" has no option ${written}.${NearestName.didYouMean(written, [...own.keys(), ...builtIn.keys()])} See: sweepline ${name} --help`
      if (!bearing.has(name)) return Either.left(sentence)
      unknown.push(sentence)
      if (!arg.includes("=") && rest[index + 1]?.startsWith("-") === false) index += 1
      continue
    }
    if (kind === "Switch") {
      options.push(flag + arg.slice(written.length))
      continue
    }
    const value = arg.includes("=") ? arg.slice(written.length + 1) : rest[++index]
    // Of several values the parser loses those that are empty, as of a variable that isn't set.
    if (value === undefined || (value === "" && kind === "Values")) {
      return Either.left(`${flag} needs a value. See: sweepline ${name} --help`)
    }
    // The parser takes an empty value only as a word of its own, and one that begins with a dash surely as a part of it.
    if (arg.includes("=") && value !== "") options.push(`${flag}=${value}`)
    else options.push(flag, value)
  }
  return Either.right({ args: [name, ...options, ...words], words, unknown })
}

/** A command line without its `--log-level`, and the level that it asked for. */
export const takeLogLevel = (
  args: ReadonlyArray<string>
): Either.Either<{ readonly args: ReadonlyArray<string>; readonly level: LogLevel.LogLevel | undefined }, string> => {
  const end = args.includes("--") ? args.indexOf("--") : args.length
  const index = args.findIndex((arg, at) => at < end && /^--log-level(=|$)/.test(arg))
  const flag = args[index]
  if (flag === undefined) return Either.right({ args, level: undefined })
  const text = (flag.includes("=") ? flag.slice(flag.indexOf("=") + 1) : args[index + 1])?.toLowerCase()
  const level = levels.find(({ _tag }) => _tag.toLowerCase() === text)
  if (level === undefined) {
    const names = levels.map(({ _tag }) => _tag.toLowerCase())
    return Either.left(
      `--log-level takes one of ${names.join(", ")}, not "${text ?? ""}".${NearestName.didYouMean(text ?? "", names)}`
    )
  }
  return Either.right({ args: args.toSpliced(index, flag.includes("=") ? 1 : 2), level })
}

const levels = [
  LogLevel.Trace,
  LogLevel.Debug,
  LogLevel.Info,
  LogLevel.Warning,
  LogLevel.Error,
  LogLevel.Fatal,
  LogLevel.None
]
