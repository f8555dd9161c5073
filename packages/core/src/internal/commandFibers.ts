import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberMap from "effect/FiberMap"
import type * as Scope from "effect/Scope"
import * as Command from "../Command.js"
import type { Event } from "../Event.js"
import { commandSpan } from "./commandSpan.js"
import { type Outcome, perform } from "./perform.js"
import { spans } from "./spans.js"
import type { World } from "./world.js"

/**
 * Runs commands, each in a fiber of its own under its id, and sends the one event that each ends in, also where it dies.
 * Interrupted ones, by the end of the scope, send none. They are logged and traced as whoever makes this.
 */
export const make = Effect.fnUntraced(function* (
  world: World,
  send: (event: Event) => void
): Effect.fn.Return<(command: Command.Command) => void, never, Scope.Scope> {
  const fork = yield* FiberMap.runtime(yield* FiberMap.make<string, Outcome>())()
  const clock = yield* Effect.clock
  const { around, read: traced } = yield* spans

  const performed = (command: Command.Command) =>
    traced ? commandSpan(around, command, perform(world, command)) : perform(world, command)

  return (command) => {
    const outcome = Effect.catchAllCause(performed(command), (cause) => afterFailure(command, cause))
    // The observer runs after the map has let go of the fiber, so that the same id may be issued again at once.
    fork(Command.id(command), outcome, { onlyIfMissing: true }).addObserver((exit) => {
      if (Exit.isSuccess(exit)) send({ ...exit.value, at: clock.unsafeCurrentTimeMillis() })
    })
  }
})

// internal

/** Also where a command interrupts itself: nobody would hear of it again. Who is interrupted by the end of the scope doesn't come here. */
const afterFailure = (command: Command.Command, cause: Cause.Cause<never>): Effect.Effect<Outcome> =>
  Effect.logError("A command died: this is a bug in sweepline", cause).pipe(
    Effect.annotateLogs({ command: Command.id(command) }),
    Effect.as({ _tag: "CommandDied", command, detail: firstLine(Cause.pretty(cause)) })
  )

const firstLine = (text: string): string => text.split("\n")[0] ?? "unknown"
