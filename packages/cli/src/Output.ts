import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Colors from "./Colors.js"
import * as Environment from "./Environment.js"
import type { Json } from "./Json.js"
import * as LiveBlock from "./LiveBlock.js"
import * as Text from "./Text.js"

/** What a person, or a program behind a pipe, sees: the only door to standard output. */
export class Output extends Context.Tag("sweepline/Output")<
  Output,
  {
    /** Whether someone is watching: standard output is a terminal that can move its cursor. */
    readonly live: boolean
    readonly colors: Colors.Colors
    /** Columns of the terminal; wide where there is none, so that nothing is cut in a pipe. */
    readonly columns: Effect.Effect<number>
    readonly rows: Effect.Effect<number>
    /** Lines on standard output, above the live block if there is one. */
    readonly print: (...lines: ReadonlyArray<string>) => Effect.Effect<void>
    /** The same for lines that hold somebody else's words, such as a run's: `Hints` leaves them as they are. */
    readonly quote: (...lines: ReadonlyArray<string>) => Effect.Effect<void>
    /** One JSON object on a line. */
    readonly json: (object: { readonly [key: string]: Json | undefined }) => Effect.Effect<void>
    /** Text as it is, without a line end of our own. */
    readonly write: (text: string | Uint8Array) => Effect.Effect<void>
    /** Lines on standard error. */
    readonly warn: (...lines: ReadonlyArray<string>) => Effect.Effect<void>
    /** The same for somebody else's words, as `quote` is to `print`. */
    readonly quoteWarn: (...lines: ReadonlyArray<string>) => Effect.Effect<void>
    /** Replaces the block of lines that stands at the bottom of the terminal; none removes it. */
    readonly redraw: (lines: ReadonlyArray<string>) => Effect.Effect<void>
    /** Waits until nobody reads standard output any more: then who only shows something has nothing left to do. */
    readonly readerGone: Effect.Effect<void>
  }
>() {}

/** Shows something as long as somebody reads it: `sweepline logs -f RUN | head` ends with `head`. */
export const whileRead = <A, E, R>(show: Effect.Effect<A, E, R>): Effect.Effect<A | void, E, R | Output> =>
  Effect.flatMap(Output, ({ readerGone }) => Effect.raceFirst(show, readerGone))

/** What the system says of a file that has no room; anything else is a reader, or a terminal, that went away. */
const unwritable: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "EFBIG"])

let lost = false

const tellLoss = (error: unknown): void => {
  if (lost || !(error instanceof Error) || !("code" in error)) return
  if (typeof error.code !== "string" || !unwritable.has(error.code)) return
  lost = true
  process.stderr.write(`sweepline: What is printed can't be written any more: ${error.message}.\n`)
}

/** Whether some of what this process printed could not be written; tells so if it wasn't yet. */
export const wasLost = (): boolean => {
  // The event may still be to come.
  tellLoss(process.stdout.errored)
  return lost
}

const make = Effect.gen(function* () {
  const colour = yield* Environment.colour
  // In a pipe `isTTY` is undefined, whatever its type says, and undefined would let picocolors decide.
  const live = Boolean(process.stdout.isTTY) && !(yield* Environment.dumbTerminal)
  const colors = Colors.make(colour.always || (live && !colour.never))

  // A reader that went away (`sweepline list | head -1`) is no error: what nobody reads isn't written. A disk that is
  // full is one: who reads the file would miss the rest and not know.
  let closed = false
  const gone = yield* Deferred.make<void>()
  process.stdout.on("error", (error) => {
    closed = true
    tellLoss(error)
    Deferred.unsafeDone(gone, Effect.void)
  })
  process.stderr.on("error", () => {})
  const send = (text: string | Uint8Array) => {
    if (!closed) process.stdout.write(text)
  }
  const columns = () => process.stdout.columns || 80
  const rows = () => process.stdout.rows || 24
  const block = LiveBlock.make({ columns, rows, write: send })
  const warn = (lines: ReadonlyArray<string>) => {
    const text = `${lines.join("\n")}\n`
    block.aside(() => process.stderr.write(process.stderr.isTTY ? text : Text.plain(text)))
  }
  process.on("exit", block.leave)
  // What the system does at Ctrl-Z and Ctrl-\ it does then, too; where it doesn't, as without a shell, we are back at once.
  const handOver = (signal: NodeJS.Signals) =>
    block.apart(() => {
      process.off(signal, handOver)
      process.kill(process.pid, signal)
      process.on(signal, handOver)
    })
  if (live) process.on("SIGTSTP", handOver).on("SIGQUIT", handOver)

  return Output.of({
    live,
    colors,
    columns: Effect.sync(() => (process.stdout.isTTY ? columns() : 10_000)),
    rows: Effect.sync(() => (process.stdout.isTTY ? rows() : 10_000)),
    print: (...lines) => Effect.sync(() => block.print(lines)),
    quote: (...lines) => Effect.sync(() => block.print(lines)),
    json: (object) => Effect.sync(() => block.print([JSON.stringify(object)])),
    write: (text) => Effect.sync(() => send(text)),
    warn: (...lines) => Effect.sync(() => warn(lines)),
    quoteWarn: (...lines) => Effect.sync(() => warn(lines)),
    redraw: (lines) => Effect.sync(() => (live ? block.redraw(lines) : undefined)),
    readerGone: Deferred.await(gone)
  })
})

/** Output of this process. */
export const layer: Layer.Layer<Output> = Layer.effect(Output, make).pipe(Layer.orDie)
