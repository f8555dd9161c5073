import * as Chunk from "effect/Chunk"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { Event } from "./Event.js"
import { JournalUnavailable } from "./JournalUnavailable.js"
import type { LeaseHeldError } from "./LeaseHeldError.js"
import type { SweepId } from "./SweepId.js"

/**
 * The journal of a sweep: the events that make its scheduler's model, oldest first. It is
 * truth for what no backend stores: intents, attempts, misses, reasons.
 */
export class Journal extends Context.Tag("@sweepline/core/Journal")<
  Journal,
  {
    /** Appends all of the events or none; they are durable when this returns. A lost lease refuses them. */
    readonly append: (
      sweep: SweepId,
      events: ReadonlyArray<Event>
    ) => Effect.Effect<void, JournalUnavailable | LeaseHeldError>
    readonly replay: (sweep: SweepId) => Stream.Stream<Event, JournalUnavailable>
  }
>() {}

/** A journal of texts: what a driver implements. */
export interface Encoded {
  readonly append: (
    sweep: SweepId,
    events: ReadonlyArray<string>
  ) => Effect.Effect<void, JournalUnavailable | LeaseHeldError>
  readonly replay: (sweep: SweepId) => Stream.Stream<string, JournalUnavailable>
}

/** The version of the events' encoding; a decoder reads all up to it, and refuses newer ones. */
export const version = 1

const Versioned = Schema.parseJson(Schema.Struct({ v: Schema.Literal(version), e: Event }))
const encode = Schema.encodeSync(Versioned)
const decode = Schema.decode(Versioned)

/** The journal over a driver. An event that can't be read, for example of a newer version, is a `JournalUnavailable`. */
export const makeEncoded = (driver: Encoded): Journal["Type"] => ({
  append: (sweep, events) =>
    Effect.suspend(() =>
      driver.append(
        sweep,
        events.map((e) => encode({ v: version, e }))
      )
    ),
  replay: (sweep) =>
    driver.replay(sweep).pipe(
      Stream.mapEffect((text) =>
        Effect.mapBoth(decode(text), {
          onFailure: (cause) =>
            new JournalUnavailable({
              sweep,
              detail: "it holds an event that this version can't read; a newer version wrote it, or it is damaged",
              cause
            }),
          onSuccess: ({ e }) => e
        })
      )
    )
})

/** The texts of every sweep's journal; can outlive the layer that writes it. */
export interface Store extends Map<SweepId, Array<string>> {}

/** A journal over a store in memory. */
export const makeMemory = (store: Store): Journal["Type"] =>
  makeEncoded({
    append: (sweep, events) =>
      Effect.sync(() => {
        const texts = store.get(sweep) ?? []
        for (const text of events) texts.push(text)
        store.set(sweep, texts)
      }),
    replay: (sweep) => Stream.suspend(() => Stream.fromChunk(Chunk.fromIterable([...(store.get(sweep) ?? [])])))
  })

/** A journal in memory. */
export const layerMemory: Layer.Layer<Journal> = Layer.sync(Journal, () => makeMemory(new Map()))
