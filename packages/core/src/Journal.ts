import * as Chunk from "effect/Chunk"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { Event } from "./Event.js"
import { plainTags } from "./internal/plainSchema.js"
import { JournalUnavailable } from "./JournalUnavailable.js"
import type { LeaseHeldError } from "./LeaseHeldError.js"
import * as ModelSnapshot from "./ModelSnapshot.js"
import * as SchedulerModel from "./SchedulerModel.js"
import type { SweepId } from "./SweepId.js"

/** What the first events of a journal come to. */
export interface Snapshot {
  /** How many events are folded into it. */
  readonly events: number
  readonly model: SchedulerModel.SchedulerModel
}

/**
 * The journal of a sweep: the events that make its scheduler's model, oldest first. It is
 * truth for what no backend stores: intents, attempts, misses, reasons.
 *
 * A snapshot only keeps replay short: without it, folding all events gives the same model.
 */
export class Journal extends Context.Tag("@sweepline/core/Journal")<
  Journal,
  {
    /** Appends all of the events or none; they are durable when this returns. A lost lease refuses them. */
    readonly append: (
      sweep: SweepId,
      events: ReadonlyArray<Event>
    ) => Effect.Effect<void, JournalUnavailable | LeaseHeldError>
    /** The events from number `from` on; from the first where it isn't given. */
    readonly replay: (sweep: SweepId, from?: number) => Stream.Stream<Event, JournalUnavailable>
    /** The snapshot that was kept last. `None`: there is none, or this version can't read it. */
    readonly snapshot: (sweep: SweepId) => Effect.Effect<Option.Option<Snapshot>, JournalUnavailable>
    /** Keeps a snapshot in place of the one before. A lost lease refuses it. */
    readonly keep: (sweep: SweepId, snapshot: Snapshot) => Effect.Effect<void, JournalUnavailable | LeaseHeldError>
  }
>() {}

/** A snapshot as a driver stores it. */
export interface EncodedSnapshot {
  readonly events: number
  readonly text: string
}

/** A journal of texts: what a driver implements. */
export interface Encoded {
  readonly append: (
    sweep: SweepId,
    events: ReadonlyArray<string>
  ) => Effect.Effect<void, JournalUnavailable | LeaseHeldError>
  readonly replay: (sweep: SweepId, from: number) => Stream.Stream<string, JournalUnavailable>
  readonly snapshot: (sweep: SweepId) => Effect.Effect<Option.Option<EncodedSnapshot>, JournalUnavailable>
  readonly keep: (sweep: SweepId, snapshot: EncodedSnapshot) => Effect.Effect<void, JournalUnavailable | LeaseHeldError>
}

/** The version of the events' encoding; a decoder reads all up to it, and refuses newer ones. */
export const version = 1

const Versioned = Schema.parseJson(Schema.Struct({ v: Schema.Literal(version), e: Event }))
const encodeAny = Schema.encodeSync(Versioned)
const decode = Schema.decodeEither(Versioned)

/** Most events, which we make ourselves, are stored as they are: a schema would look at each for longer than that takes. */
const plain = plainTags(Event.ast)

/** An event as it is stored. */
export const encode = (e: Event): string =>
  plain.has(e._tag) ? JSON.stringify({ v: version, e }) : encodeAny({ v: version, e })

/** The journal over a driver. An event that can't be read, for example of a newer version, is a `JournalUnavailable`. */
export const makeEncoded = (driver: Encoded): Journal["Type"] => ({
  append: (sweep, events) => Effect.suspend(() => driver.append(sweep, events.map(encode))),
  snapshot: (sweep) =>
    Effect.map(
      driver.snapshot(sweep),
      Option.flatMap(({ events, text }) => Option.map(ModelSnapshot.decode(text), (model) => ({ events, model })))
    ),
  keep: (sweep, { events, model }) =>
    Effect.suspend(() => driver.keep(sweep, { events, text: ModelSnapshot.encode(model) })),
  replay: (sweep, from = 0) =>
    // Page by page: event by event, the steps between them would take longer than to read them.
    Stream.flatMap(Stream.chunks(driver.replay(sweep, from)), (page) => eventsOf(sweep, page))
})

/** The model that a sweep's journal makes: its snapshot, if there is one, and the events since. */
export const restore: (self: Journal["Type"], sweep: SweepId) => Effect.Effect<Snapshot, JournalUnavailable> =
  Effect.fnUntraced(function* (self: Journal["Type"], sweep: SweepId) {
    const kept = yield* self.snapshot(sweep)
    return yield* goOn(
      self,
      sweep,
      Option.getOrElse(kept, () => nothing)
    )
  })

/** What a sweep's journal comes to by now, for who knows what its first events come to. */
export const goOn = (
  self: Journal["Type"],
  sweep: SweepId,
  base: Snapshot
): Effect.Effect<Snapshot, JournalUnavailable> =>
  Stream.runFold(self.replay(sweep, base.events), base, ({ events, model }, event) => ({
    events: events + 1,
    model: SchedulerModel.apply(model, event)
  }))

/** Those before one that can't be read are told all the same. */
const eventsOf = (sweep: SweepId, page: Chunk.Chunk<string>): Stream.Stream<Event, JournalUnavailable> => {
  const events: Array<Event> = []
  for (const text of page) {
    const decoded = decode(text)
    if (Either.isLeft(decoded)) {
      const detail = "it holds an event that this version can't read; a newer version wrote it, or it is damaged"
      const error = new JournalUnavailable({ sweep, detail, cause: decoded.left })
      return Stream.concat(Stream.fromIterable(events), Stream.fail(error))
    }
    events.push(decoded.right.e)
  }
  return Stream.fromChunk(Chunk.unsafeFromArray(events))
}

const nothing: Snapshot = { events: 0, model: SchedulerModel.initial }

/** A journal that forgets what it is told: for a sweep that nobody will go on with. */
export const layerNoop: Layer.Layer<Journal> = Layer.succeed(Journal, {
  append: () => Effect.void,
  replay: () => Stream.empty,
  snapshot: () => Effect.succeedNone,
  keep: () => Effect.void
})
