import * as Cause from "effect/Cause"
import * as Console from "effect/Console"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import { Output } from "./Output.js"
import * as Recurrence from "./Recurrence.js"
import * as Text from "./Text.js"

const text = (message: unknown): string =>
  typeof message === "string" ? message : message instanceof Error ? message.message : JSON.stringify(message)

/** What a log says, without its annotations. */
const words = (message: unknown): string => (Array.isArray(message) ? message : [message]).map(text).join(": ")

/** Annotations that say where a log comes from, which a person doesn't ask for. */
const whereabouts: ReadonlySet<string> = new Set(["fiber", "module", "package"])

/**
 * One line a log: time, level, message, annotations; the cause follows on lines of its own. A problem that is
 * a sentence for a person stands for itself.
 */
const format = ({ annotations, cause, date, logLevel, message }: Logger.Logger.Options<unknown>): string => {
  const problem = Option.getOrUndefined(HashMap.get(annotations, "problem"))
  if (typeof problem === "string") return `sweepline: ${problem}`
  const notes = [...HashMap.entries(annotations)]
    .filter(([key]) => LogLevel.lessThan(logLevel, LogLevel.Info) || !whereabouts.has(key))
    .map(([key, value]) => `${key}=${text(value)}`)
  const line = [date.toISOString().slice(11, 19), logLevel.label, words(message), ...notes].join(" ")
  return Cause.isEmpty(cause) ? line : `${line}\n${Cause.pretty(cause)}`
}

/** What a warning says, whichever run it says it of: the same trouble meets many. */
const keyOf = ({ annotations, message }: Logger.Logger.Options<unknown>): string => {
  const run = Option.getOrUndefined(HashMap.get(annotations, "runId"))
  const key = words(message)
  return typeof run === "string" && run !== "" ? key.replaceAll(run, "") : key
}

/** One line a log, without colour. */
export const line: Logger.Logger<unknown, string> = Logger.make(format)

/** The log level that the command line asked for; `undefined` leaves it to the command. */
export class AskedLevel extends Context.Reference<AskedLevel>()("sweepline/AskedLevel", {
  defaultValue: (): LogLevel.LogLevel | undefined => undefined
}) {}

/** For a command whose log is what a person watches: what it does is told, unless the command line asks for less. */
export const talkative = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(AskedLevel, (asked) => Logger.withMinimumLogLevel(effect, asked ?? LogLevel.Info))

/** Whether the log is about the end of a sweep, which the view tells anyway. */
const isEnd = ({ annotations, logLevel }: Logger.Logger.Options<unknown>): boolean =>
  HashMap.has(annotations, "because") && LogLevel.greaterThan(logLevel, LogLevel.Info)

/** Logs go to standard error, above the live view; warnings and worse, unless --log-level says otherwise. */
export const layer: Layer.Layer<never, never, Output> = Layer.unwrapEffect(
  Effect.map(Output, (output) => {
    const recurrence = Recurrence.make()
    const logger = Logger.make<unknown, void>((options) => {
      if (isEnd(options)) return
      // What is tried again each second would otherwise bury everything else.
      const { before, told } =
        options.logLevel === LogLevel.Warning
          ? recurrence(keyOf(options), options.date.getTime())
          : { told: true, before: 0 }
      if (told) Effect.runSync(output.warn(format(options) + (before > 0 ? ` (and ${before} more like it)` : "")))
    })
    // The command line's library prints help through the console, always in colour.
    const dressed = (line: unknown) =>
      Text.trimBlank(output.colors.isColorSupported ? String(line) : Text.plain(String(line)))
    const console: Console.Console = {
      ...Effect.runSync(Effect.console),
      log: (...lines) => output.print(...lines.map(dressed)),
      error: (...lines) => output.warn(...lines.map((line) => `sweepline: ${Text.plain(String(line)).trim()}`))
    }
    return Layer.mergeAll(
      Logger.replace(Logger.defaultLogger, logger),
      Logger.minimumLogLevel(LogLevel.Warning),
      Console.setConsole(console)
    )
  })
)
