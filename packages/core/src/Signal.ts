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
export const make = <A>(
  backlog: Backlog,
  /** What each listener sets up, in its own scope, before it waits. */
  listening: Effect.Effect<unknown, never, Scope.Scope> = Effect.void
): Signal<A> => {
  const listeners = new Set<Listener<A>>()
  const listen = (listener: Listener<A>) =>
    Effect.zipRight(
      Effect.acquireRelease(
        Effect.sync(() => listeners.add(listener)),
        () => Effect.sync(() => listeners.delete(listener))
      ),
      listening
    )
  const changes = Stream.unwrapScoped(
    Effect.gen(function* () {
      const unheard = yield* Mailbox.make<A>(capacityOf(backlog))
      yield* listen((value) => void unheard.unsafeOffer(value))
      return Mailbox.toStream(unheard)
    })
  )
  return {
    emit: (value) => {
      for (const listener of listeners) listener(value)
    },
    changes: Object.assign(changes, { [listenTo]: listen })
  }
}

/**
 * Does something at each value of a stream, until it ends. A stream's machinery costs ten times what most signals
 * set off: a signal's own stream is heard without it, in the very step that emits.
 */
export const onEach = <A>(changes: Stream.Stream<A>, react: (value: A) => void): Effect.Effect<void> =>
  isAudible(changes)
    ? Effect.scoped(Effect.zipRight(changes[listenTo](react), Effect.never))
    : Stream.runForEach(changes, (value) => Effect.sync(() => react(value)))

// internal

type Listener<A> = (value: A) => void

const capacityOf = (backlog: Backlog): Parameters<typeof Mailbox.make>[0] =>
  backlog === "each"
    ? undefined
    : backlog === "first"
      ? { capacity: 1, strategy: "dropping" }
      : { capacity: backlog.latest, strategy: "sliding" }

const listenTo: unique symbol = Symbol.for("@sweepline/core/Signal/listenTo")

/** A signal's own stream, which also can be listened to directly. */
interface Audible<A> extends Stream.Stream<A> {
  readonly [listenTo]: (listener: Listener<A>) => Effect.Effect<unknown, never, Scope.Scope>
}

const isAudible = <A>(changes: Stream.Stream<A>): changes is Audible<A> => listenTo in changes
