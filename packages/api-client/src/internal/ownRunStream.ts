import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as FileStream from "../FileStream.js"
import type { RunPath } from "../operations/ReadBatch.js"
import type { OutputLog } from "../OutputLog.js"
import * as RetryPolicy from "../RetryPolicy.js"
import type { WandbClient } from "../WandbClient.js"
import type { WireFailure } from "../WireFailure.js"

/** The stream of an own run: it keeps the run alive, and carries the scheduler's log lines (D.4). */
export interface OwnRunStream {
  /** Whether the server said that the run is to stop. */
  readonly stopped: () => boolean
  readonly ended: () => boolean
  /** Whether the server hasn't heard of the run for longer than it should: it may take it for crashed. */
  readonly silent: (now: number) => boolean
  /** Streams until it is interrupted, or the run is ended. */
  readonly loop: Effect.Effect<void>
  /** Streams what is left, and ends the run. */
  readonly end: (exitCode: number) => Effect.Effect<void, WireFailure>
}

/** The stream of a run whose output has so many lines already. */
export const make = (
  client: WandbClient["Type"],
  output: OutputLog["Type"],
  run: RunPath,
  lineCount: number
): OwnRunStream => {
  const one = Effect.unsafeMakeSemaphore(1)
  let offset = lineCount
  let lastSent = Number.NEGATIVE_INFINITY
  let stopped = false
  let ended = false
  let failing = false

  const send = (extra: FileStream.Message, policy: RetryPolicy.RetryPolicy) =>
    Effect.suspend(() => {
      const { content, first } = output.peek(linesAtOnce)
      const files = content.length === 0 ? {} : { files: { [FileStream.outputFile]: { offset, content } } }
      return Effect.flatMap(FileStream.send(client, run, { ...files, ...extra }, policy), (reply) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          output.drop(first + content.length)
          offset += content.length
          lastSent = now
          stopped ||= reply.stopped
          return content.length
        })
      )
    })

  const tick = Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    if (ended || (output.peek(1).content.length === 0 && now - lastSent < signOfLife)) return
    yield* send({}, RetryPolicy.call)
    failing = false
  }).pipe(
    Effect.catchAll((failure) => {
      const again = failing
      failing = true
      // One warning for each time that it breaks off: while a server is away, the scheduler has others.
      return Effect.annotateLogs(
        again ? Effect.logDebug(brokenOff, failure) : Effect.logWarning(brokenOff, failure),
        annotations
      )
    }),
    one.withPermits(1)
  )

  const rest = Effect.repeat(send({}, RetryPolicy.heartbeat), { while: (sent) => sent === linesAtOnce })

  return {
    stopped: () => stopped,
    ended: () => ended,
    silent: (now) => now - lastSent > 2 * signOfLife,
    loop: Effect.repeat(tick, Schedule.spaced(tickTime).pipe(Schedule.whileOutput(() => !ended))),
    end: (exitCode) =>
      Effect.gen(function* () {
        if (output.peek(linesAtOnce).content.length === linesAtOnce) yield* rest
        yield* send({ complete: true, exitcode: exitCode }, RetryPolicy.heartbeat)
        ended = true
      }).pipe(one.withPermits(1))
  }
}

/** Lines are sent at most so often, in milliseconds (D.1.6). */
const tickTime = 15_000

/** Without lines, the run is kept alive so often. */
const signOfLife = 30_000

const linesAtOnce = 1000

const brokenOff = "Could not stream to the scheduler's own run"
const annotations = { package: "@sweepline/api-client", module: "WandbSchedulerRun" }
