import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"

/** Lines that follow one another, with the number of the first. */
export interface Lines {
  readonly first: number
  readonly content: ReadonlyArray<string>
}

/** Lines that wait to be streamed to the `output.log` of the scheduler's own run. */
export class OutputLog extends Context.Tag("@sweepline/api-client/OutputLog")<
  OutputLog,
  {
    /** Adds a text, each of its lines as one. */
    readonly write: (text: string) => void
    /** The oldest lines, at most so many; they stay until they are dropped. */
    readonly peek: (max: number) => Lines
    /** Forgets the lines before this number: they were streamed. */
    readonly drop: (before: number) => void
  }
>() {}

/** How many lines wait at least: while a server is away for long, the oldest are lost. */
export const capacity = 10_000

/** A log without lines. */
export const make: Effect.Effect<OutputLog["Type"]> = Effect.sync(() => {
  let lines: Array<string> = []
  let first = 0
  const drop = (before: number) => {
    lines = lines.slice(Math.max(0, before - first))
    first = Math.max(first, before)
  }
  return {
    write: (text) => {
      for (const line of text.split("\n")) lines.push(line)
      // Now and then, since it moves all of them.
      if (lines.length > 2 * capacity) drop(first + lines.length - capacity)
    },
    peek: (max) => ({ first, content: lines.slice(0, max) }),
    drop
  }
})

/** A log without lines. */
export const layer: Layer.Layer<OutputLog> = Layer.effect(OutputLog, make)

/** Adds a logger that writes what is logged into the log, beside the loggers that there are. */
export const layerLogger = (format: Logger.Logger<unknown, string>): Layer.Layer<never, never, OutputLog> =>
  Layer.unwrapEffect(Effect.map(OutputLog, ({ write }) => Logger.add(Logger.map(format, write))))
