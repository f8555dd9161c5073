import { Journal } from "@sweepline/core/Journal"
import type { RunId } from "@sweepline/core/RunId"
import type { SweepId } from "@sweepline/core/SweepId"
import * as SchedulerModel from "@sweepline/core/SchedulerModel"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as EventText from "./EventText.js"
import type { Moment } from "./ModelText.js"
import { Output } from "./Output.js"

/** Prints what a journal says, oldest first: of a sweep, or of one of its runs. */
export const print = Effect.fnUntraced(function* (
  sweep: SweepId,
  options: { readonly run: RunId | undefined; readonly json: boolean }
) {
  const output = yield* Output
  const journal = yield* Journal
  const { dim } = output.colors
  const wanted = journal.replay(sweep).pipe(
    Stream.zipWithIndex,
    Stream.filter(([event]) => options.run === undefined || EventText.runsOf(event).includes(options.run))
  )
  yield* Stream.runForEachChunk(wanted, (events) => {
    const numbered = Chunk.toReadonlyArray(events)
    return options.json
      ? Effect.forEach(numbered, ([event, index]) => output.json(EventText.json(index + 1, event)), { discard: true })
      : output.print(
          ...numbered.map(
            ([event, index]) =>
              `${dim(`${String(index + 1).padStart(5)}  ${new Date(event.at).toISOString()}`)}  ${EventText.text(event)}`
          )
        )
  })
})

/** Up to where a journal is replayed: so many events, or those up to a time. */
export type Until =
  | { readonly _tag: "All" }
  | { readonly _tag: "Events"; readonly count: number }
  | { readonly _tag: "Time"; readonly at: number }
  /** Milliseconds after the first event. */
  | { readonly _tag: "After"; readonly millis: number }

/** The model that a journal's events make, from the first on. */
export const moment = Effect.fnUntraced(function* (sweep: SweepId, until: Until) {
  const journal = yield* Journal
  let first: number | undefined
  const isWithin = (events: number, at: number): boolean => {
    first ??= at
    switch (until._tag) {
      case "All":
        return true
      case "Events":
        return events < until.count
      case "Time":
        return at <= until.at
      case "After":
        return at - first <= until.millis
    }
  }
  const start: Moment = { sweep, events: 0, at: undefined, model: SchedulerModel.initial }
  return yield* journal.replay(sweep).pipe(
    Stream.zipWithIndex,
    Stream.takeWhile(([event, index]) => isWithin(index, event.at)),
    Stream.runFold(start, ({ events, model }, [event]): Moment => ({
      sweep,
      events: events + 1,
      at: event.at,
      model: SchedulerModel.apply(model, event)
    }))
  )
})
