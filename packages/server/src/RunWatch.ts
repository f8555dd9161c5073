/** Declares runs crashed whose clients have fallen silent (F.4), and sweeps finished whose last run has ended. */
import { Documents } from "@sweepline/core/Documents"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { RunPath } from "./Lines.js"
import * as RunLife from "./RunLife.js"
import * as RunRemoval from "./RunRemoval.js"
import { ServerConfig } from "./ServerConfig.js"
import * as SweepFinish from "./SweepFinish.js"
import * as WireRun from "./WireRun.js"

/** How often it is looked for silent runs. */
export const lookSchedule = Schedule.spaced("30 seconds")

/**
 * Looks for silent runs while the scope is open. What was silent while nobody listened gets its time again: before the
 * server began, and while its machine was suspended, which may be that of the clients, too. So it does where the clock was
 * set back: when a client was heard of last isn't known then.
 */
export const start = Effect.gen(function* () {
  const { crashAfter } = yield* ServerConfig
  let since = yield* Clock.currentTimeMillis
  let looked = since

  const look = Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    if (Math.abs(now - looked) > away) since = now
    looked = now
    yield* SweepFinish.settleAll
    if (now - since < Duration.toMillis(crashAfter)) return
    const judged = judge(now - Duration.toMillis(crashAfter), now + away)
    // What is wrong with one keeps nobody from looking at the others.
    yield* Effect.forEach(
      yield* RunLife.live,
      (path) =>
        Effect.catchAllCause(judged(path), (cause) =>
          Effect.annotateLogs(Effect.logWarning("Could not look whether a run is silent", cause), { runId: path.name })
        ),
      { discard: true }
    )
  })

  yield* look.pipe(
    Effect.catchAllCause((cause) => Effect.logWarning("Could not look for silent runs", cause)),
    Effect.repeat(lookSchedule),
    Effect.annotateLogs({ package: "@sweepline/server", module: "RunWatch", fiber: "look" }),
    Effect.interruptible,
    Effect.forkScoped
  )
})

// internal

/** From here on, in milliseconds, a look is so late that nobody listened meanwhile, or so early that the clock was set back. */
const away = 90_000

/** A time that is `toCome` is from before the clock was set back, and says nothing. */
const judge = (silentSince: number, toCome: number) =>
  Effect.fnUntraced(function* (path: RunPath) {
    const run = yield* WireRun.find(path)
    if (run === undefined || !WireRun.isAlive(run)) {
      const documents = yield* Documents
      yield* documents.write((writer) => RunLife.leave(writer, path))
      return
    }
    const { heartbeatAt = 0 } = run.document
    if (heartbeatAt > silentSince && heartbeatAt < toCome) return
    yield* Effect.logInfo("A run has fallen silent: it is taken for crashed").pipe(
      Effect.annotateLogs({ runId: path.name })
    )
    yield* Effect.ensuring(RunLife.lost(run), Effect.ignoreLogged(RunRemoval.tidy(path)))
  })
