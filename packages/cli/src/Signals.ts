import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Mailbox from "effect/Mailbox"
import type * as Scope from "effect/Scope"
import * as ExitCode from "./ExitCode.js"
import * as Output from "./Output.js"

/** A signal that asks this process to end. */
export type Signal = "SIGINT" | "SIGTERM"

/** What a person calls it. */
export const nameOf = (signal: Signal): string => (signal === "SIGINT" ? "Ctrl-C" : signal)

/** The signals of this process. Without a taker, the first one interrupts the command. */
export class Signals extends Context.Tag("sweepline/Signals")<
  Signals,
  {
    /**
     * Until the scope closes, the first signals (one, unless `polite` says more) go into the mailbox and the command
     * decides what they mean; the next one runs `force` at once, synchronously, and ends the process with
     * the first one's exit code. SIGHUP is ignored: what runs goes on without its terminal.
     */
    readonly take: (
      force: () => void,
      polite?: number
    ) => Effect.Effect<Mailbox.ReadonlyMailbox<Signal>, never, Scope.Scope>
  }
>() {}

/** Signals of the process; `interrupt` ends a command that doesn't take them. */
export const layer = (interrupt: (signal: Signal) => void): Layer.Layer<Signals> =>
  Layer.scoped(
    Signals,
    Effect.gen(function* () {
      let taker: { readonly mailbox: Mailbox.Mailbox<Signal>; readonly force: () => void; polite: number } | undefined
      let first: Signal | undefined
      const onSignal = (signal: Signal) => {
        if (taker === undefined) return interrupt(signal)
        first ??= signal
        if (taker.polite > 0) {
          taker.polite -= 1
          taker.mailbox.unsafeOffer(signal)
          return
        }
        taker.force()
        process.exit(ExitCode.ofSignal(first))
      }
      yield* Effect.acquireRelease(
        Effect.sync(() => process.on("SIGINT", onSignal).on("SIGTERM", onSignal)),
        () => Effect.sync(() => process.off("SIGINT", onSignal).off("SIGTERM", onSignal))
      )
      return Signals.of({
        take: (force, polite = 1) =>
          Effect.acquireRelease(
            Effect.gen(function* () {
              const mailbox = yield* Mailbox.make<Signal>()
              taker = { mailbox, force, polite }
              process.on("SIGHUP", onHangup)
              return mailbox
            }),
            () =>
              Effect.sync(() => {
                taker = undefined
                process.off("SIGHUP", onHangup)
              })
          )
      })
    })
  )

let hungUp = false

/** The terminal is gone, if there was one. What runs goes on without it. */
const onHangup = (): void => {
  hungUp ||= process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY
}

/**
 * Ends the process once its output is written: a reader that is slower than a pipe is long would miss the rest. Where
 * it could not be written, a success becomes a failure. After the loss of its terminal the process ends by the SIGHUP
 * that it has put off. (Node restores the terminal's settings at the end of a process, and aborts when it can't.)
 */
export const exit = (code: number): void =>
  whenWritten(process.stdout, () => {
    const last = Output.wasLost() && code === ExitCode.success ? ExitCode.failure : code
    whenWritten(process.stderr, () => {
      if (hungUp) process.kill(process.pid, "SIGHUP")
      else process.exit(last)
    })
  })

/** Also where the reader has gone. */
const whenWritten = (stream: NodeJS.WriteStream, then: () => void): void => {
  if (stream.writableLength === 0) then()
  else stream.write("", () => then())
}
