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

  readonly changes: Stream.Stream<void> = Stream.unwrapScoped(
    Effect.gen(this, function* () {
      const latch = yield* Effect.acquireRelease(
        Effect.sync(() => {
          const latch = Effect.unsafeMakeLatch(false)
          this.listeners.add(latch)
          return latch
        }),
        (latch) => Effect.sync(() => this.listeners.delete(latch))
      )
      // Closed before the listener works, so that a ring during its work is heard after it.
      return Stream.repeatEffect(Effect.map(latch.await, () => latch.unsafeClose()))
    })
  )
}

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
