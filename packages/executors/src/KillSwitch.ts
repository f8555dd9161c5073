import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/**
 * Kills every job of every engine of this process, at once and without waiting, for a
 * second Ctrl-C: it is called in a signal handler, where no effect can run. Those engines start no more.
 */
export const killAllNow = (): void => {
  for (const kill of switches) {
    try {
      kill()
    } catch {
      // One engine's trouble must not keep another's jobs alive, and there is nobody to tell.
    }
  }
}

/** Makes an engine's jobs known to `killAllNow` for as long as the scope lasts. */
export const register = (kill: () => void): Effect.Effect<void, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => void switches.add(kill)),
    () => Effect.sync(() => void switches.delete(kill))
  )

// internal

const switches = new Set<() => void>()
