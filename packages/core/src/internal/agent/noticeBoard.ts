import * as Effect from "effect/Effect"
import * as LogLevel from "effect/LogLevel"
import * as PubSub from "effect/PubSub"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as LaunchNotice from "../../LaunchNotice.js"

/** What a launch agent tells whoever listens, and the log. */
export interface NoticeBoard {
  readonly tell: (notice: LaunchNotice.LaunchNotice) => Effect.Effect<void>
  /** A late listener hears the latest ones first. */
  readonly notices: Stream.Stream<LaunchNotice.LaunchNotice>
  /** What was told so far isn't told to later listeners. */
  readonly clear: Effect.Effect<void>
}

export const make: Effect.Effect<NoticeBoard, never, Scope.Scope> = Effect.gen(function* () {
  const hub = yield* Effect.acquireRelease(PubSub.unbounded<LaunchNotice.LaunchNotice>(), PubSub.shutdown)
  let latest: ReadonlyArray<LaunchNotice.LaunchNotice> = []

  const publish = (notice: LaunchNotice.LaunchNotice) =>
    Effect.suspend(() => {
      latest = [...latest, notice].slice(-replayed)
      return PubSub.publish(hub, notice)
    })

  return {
    tell: (notice) =>
      Effect.logWithLevel(logLevels[notice._tag], "Launching met a problem").pipe(
        Effect.annotateLogs({ notice: notice._tag, problem: LaunchNotice.message(notice) }),
        Effect.zipRight(publish(notice)),
        Effect.asVoid
      ),
    notices: Stream.unwrapScoped(
      Effect.map(PubSub.subscribe(hub), (heard) => Stream.concat(Stream.fromIterable(latest), Stream.fromQueue(heard)))
    ),
    clear: Effect.sync(() => {
      latest = []
    })
  }
})

// internal

/** A run that fails is a result like another. */
const logLevels = {
  RunFailed: LogLevel.Info,
  RunRefused: LogLevel.Warning,
  SlotSetAside: LogLevel.Warning,
  LaunchingStopped: LogLevel.Error,
  LineSkipped: LogLevel.Warning
} as const satisfies Record<LaunchNotice.LaunchNotice["_tag"], LogLevel.LogLevel>

/** How many notices a late listener hears. */
const replayed = 64
