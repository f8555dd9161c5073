import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Journal from "./Journal.js"
import type { SweepId } from "./SweepId.js"

/** The texts of every sweep's journal; can outlive the layer that writes it. */
export interface Store extends Map<SweepId, Array<string>> {}

/** A journal over a store in memory. Snapshots are kept beside it, and forgotten with the journal. */
export const make = (
  store: Store,
  snapshots: Map<SweepId, Journal.EncodedSnapshot> = new Map()
): Journal.Journal["Type"] =>
  Journal.makeEncoded({
    append: (sweep, events) =>
      Effect.sync(() => {
        const texts = store.get(sweep) ?? []
        for (const text of events) texts.push(text)
        store.set(sweep, texts)
      }),
    replay: (sweep, from) => Stream.suspend(() => Stream.fromIterable((store.get(sweep) ?? []).slice(from))),
    snapshot: (sweep) => Effect.sync(() => Option.fromNullable(snapshots.get(sweep))),
    keep: (sweep, snapshot) => Effect.sync(() => void snapshots.set(sweep, snapshot))
  })

/** A journal in memory. */
export const layer: Layer.Layer<Journal.Journal> = Layer.sync(Journal.Journal, () => make(new Map()))
