import * as Effect from "effect/Effect"
import * as Mailbox from "effect/Mailbox"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"

/**
 * A hot source of values that any number of listeners hear. Emitting is synchronous, and costs nothing while
 * nobody listens. The ports' `changes` are streams of signals.
 */
export interface Signal<A> {
  readonly emit: (value: A) => void
  readonly changes: Stream.Stream<A>
}

/** What a stream's listener hears of values that are emitted while it works: each, the first one, or the latest ones. */
export type Backlog = "each" | "first" | { readonly latest: number }

/**
 * A signal that nobody listens to yet.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import * as Signal from "@sweepline/core/Signal"
 *
 * const ends = Signal.make<string>("each")
 * const program = Effect.gen(function* () {
 *   yield* Effect.forkScoped(Signal.onEach(ends.changes, (key) => console.log(`${key} has ended`)))
 *   yield* Effect.yieldNow()
 *   ends.emit("k3p9x0qa#1")
 * })
 * ```
 */
export const make = <A>(backlog: Backlog): Signal<A> => {
  const listeners = new Set<(value: A) => void>()
  return {
    emit: (value) => {
      for (const listener of listeners) listener(value)
    },
    changes: listening<A>(backlog, (listener) =>
      Effect.acquireRelease(
        Effect.sync(() => listeners.add(listener)),
        () => Effect.sync(() => listeners.delete(listener))
      )
    )
  }
}

/** The signal's stream of a source that keeps its listeners itself: `listen` adds one until the scope closes. */
export const listening = <A>(backlog: Backlog, listen: Listen<A>): Stream.Stream<A> => {
  const changes = Stream.unwrapScoped(
    Effect.gen(function* () {
      const unheard = yield* Mailbox.make<A>(capacityOf(backlog))
      yield* listen((value) => void unheard.unsafeOffer(value))
      return Mailbox.toStream(unheard)
    })
  )
  return Object.assign(changes, { [listenTo]: listen })
}

/**
 * Does something at each value of a stream, until it ends. A stream's machinery costs ten times what most signals
 * set off: a signal's own stream is heard without it, in the very step that emits.
 */
export const onEach = <A>(changes: Stream.Stream<A>, react: (value: A) => void): Effect.Effect<void> =>
  isAudible(changes)
    ? Effect.scoped(
        Effect.zipRight(
          changes[listenTo]((value) => react(value)),
          Effect.never
        )
      )
    : Stream.runForEach(changes, (value) => Effect.sync(() => react(value)))

// internal

type Listen<A> = (listener: (value: A) => void) => Effect.Effect<unknown, never, Scope.Scope>

const capacityOf = (backlog: Backlog): Parameters<typeof Mailbox.make>[0] =>
  backlog === "each"
    ? undefined
    : backlog === "first"
      ? { capacity: 1, strategy: "dropping" }
      : { capacity: backlog.latest, strategy: "sliding" }

const listenTo: unique symbol = Symbol.for("@sweepline/core/Signal/listenTo")

/** A signal's own stream, which also can be listened to directly. */
interface Audible<A> extends Stream.Stream<A> {
  readonly [listenTo]: Listen<A>
}

const isAudible = <A>(changes: Stream.Stream<A>): changes is Audible<A> => listenTo in changes
