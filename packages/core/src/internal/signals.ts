import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

/**
 * A bell that any number of listeners hear, each in its own time: what rings while a listener is
 * busy is one signal to it. Ringing is synchronous and costs nothing while nobody listens.
 */
export class Bell {
  private readonly listeners = new Set<Effect.Latch>()

  ring(): void {
    for (const latch of this.listeners) latch.unsafeOpen()
  }

  readonly changes: Stream.Stream<void>

  constructor() {
    // Closed before the listener works, so that a ring during its work is heard after it.
    const heard = (latch: Effect.Latch) => Effect.map(latch.await, () => latch.unsafeClose())
    const listen = Effect.acquireRelease(
      Effect.sync(() => {
        const latch = Effect.unsafeMakeLatch(false)
        this.listeners.add(latch)
        return latch
      }),
      (latch) => Effect.sync(() => this.listeners.delete(latch))
    )
    this.changes = Stream.unwrapScoped(Effect.map(listen, (latch) => Stream.repeatEffect(heard(latch))))
    listeners.set(this.changes, (react) =>
      Effect.flatMap(listen, (latch) => Effect.forever(Effect.map(heard(latch), react))).pipe(Effect.scoped)
    )
  }
}

/** How to listen to the streams of bells without a stream. */
const listeners = new WeakMap<Stream.Stream<void>, (react: () => void) => Effect.Effect<never>>()

/**
 * Does something at each signal, for ever. A stream's machinery costs ten times what most signals set off: a bell's
 * own stream is heard without it.
 */
export const onEach = (changes: Stream.Stream<void>, react: () => void): Effect.Effect<void> =>
  listeners.get(changes)?.(react) ?? Stream.runForEach(changes, () => Effect.sync(react))

/** Bells by name, made when first asked for. */
export class Bells {
  private readonly byName = new Map<string, Bell>()

  get(name: string): Bell {
    const known = this.byName.get(name)
    if (known !== undefined) return known
    const bell = new Bell()
    this.byName.set(name, bell)
    return bell
  }

  ringAll(): void {
    for (const bell of this.byName.values()) bell.ring()
  }
}
