import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { ParseError } from "effect/ParseResult"
import * as Snapshot from "./internal/memorySnapshot.js"
import { Contents } from "./internal/memoryContents.js"
import type { SweepConfigError } from "./SweepConfigError.js"
import type { SweepId } from "./SweepId.js"

/**
 * What the memory layers of the ports keep, so that it can outlive them: one store is one
 * backend, and every port over it sees the same sweeps, runs and queues.
 *
 * Ids are counted, and nothing in it is drawn or scheduled: the same calls at the same times
 * leave the same contents.
 */
export class MemoryStore extends Context.Tag("@sweepline/core/MemoryStore")<
  MemoryStore,
  {
    /** Everything it holds, as text. Leases of the sweeps are left out: who held them isn't there any more. */
    readonly encode: Effect.Effect<string>
    /** Sets what the state of a sweep's own run reads, which may be no state at all (B31, B46). */
    readonly setOwnRunState: (sweep: SweepId, text: string) => Effect.Effect<void>
    /** For the memory layers of the ports only. */
    readonly contents: Contents
  }
>() {}

const fromContents = (contents: Contents): MemoryStore["Type"] => ({
  encode: Effect.sync(() => Snapshot.encode(contents)),
  setOwnRunState: (id, text) =>
    Effect.sync(() => {
      const sweep = contents.sweeps.get(id)
      if (sweep === undefined) return
      sweep.ownRun.state = text
      sweep.bell.emit()
    }),
  contents
})

/** An empty store. */
export const make: Effect.Effect<MemoryStore["Type"]> = Effect.sync(() => fromContents(new Contents()))

/** A store with the contents of another, from their text: what a process that comes after a crash finds. */
export const fromEncoded = (text: string): Effect.Effect<MemoryStore["Type"], ParseError | SweepConfigError> =>
  Effect.map(Snapshot.decode(text), fromContents)

/** An empty store. */
export const layer: Layer.Layer<MemoryStore> = Layer.effect(MemoryStore, make)
