import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Effect from "effect/Effect"
import * as Tracer from "effect/Tracer"

/** Spans around what is done for each run. */
export interface Spans {
  /** Whether somebody reads them. */
  readonly read: boolean
  /** The work, in a span of this name where somebody reads it. */
  readonly around: <A, E, R>(
    work: Effect.Effect<A, E, R>,
    name: string,
    attributes: Record<string, unknown>
  ) => Effect.Effect<A, E, R>
}

/** The tracer that every program has without asking for one: it keeps nothing. */
const unread = Context.get(DefaultServices.liveServices, Tracer.Tracer)

/** A span costs more than most of the steps that it would be put around: those that nobody reads aren't made. */
export const spans: Effect.Effect<Spans> = Effect.map(Effect.tracer, (tracer): Spans =>
  tracer === unread
    ? { read: false, around: (work) => work }
    : { read: true, around: (work, name, attributes) => Effect.withSpan(work, name, { attributes }) }
)
