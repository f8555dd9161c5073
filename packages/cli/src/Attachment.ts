import { SweepApi } from "@sweepline/core/SweepApi"
import type { SweepRecord } from "@sweepline/core/SweepApi"
import { type Holder, SweepLease } from "@sweepline/embedded/SweepLease"
import { SweepStore } from "@sweepline/embedded/SweepStore"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { ExitStatus } from "./ExitStatus.js"
import * as Places from "./Places.js"
import { Output } from "./Output.js"
import { Signals } from "./Signals.js"
import * as SweepEnd from "./SweepEnd.js"
import type { SweepReport } from "./SweepReport.js"
import * as Sweeps from "./Sweeps.js"
import * as SweepSettings from "./SweepSettings.js"
import { UsageError } from "./UsageError.js"
import * as View from "./View.js"
import * as Watch from "./Watch.js"

/** Who schedules a sweep, for a sentence. */
export const nameOf = ({ host, pid }: Pick<Holder, "host" | "pid">): string => `process ${pid} on ${host}`

const idle = (id: string) =>
  new UsageError({
    message: `Nobody works on sweep ${id} at the moment. Go on with it: sweepline resume ${id}, or look at it: sweepline show ${id}`
  })

/** When the last run of a sweep ended, or it was created. */
const lastEnd = ({ runs, sweep }: SweepReport): number =>
  runs.reduce((last, { endedAt = last }) => Math.max(last, endedAt), sweep.createdAt)

/** How many runs at a time a sweep has by now, as it was last edited. */
const workersOf = Effect.fnUntraced(function* (sweep: SweepRecord["id"]) {
  const store = yield* SweepStore
  let settings: string | undefined
  let workers = 0
  return Effect.gen(function* () {
    const stored = Option.getOrElse(yield* store.settings(sweep), () => "")
    if (stored === settings) return workers
    settings = stored
    const places = yield* Effect.orElseSucceed(Places.slots(yield* SweepSettings.of(sweep)), () => [])
    workers = places.length
    return workers
  })
})

/**
 * Shows a sweep that another process schedules, live, until it ends. Ctrl-C ends the view only: the sweep goes on.
 * Sets the exit status to what the scheduler's own is.
 */
export const attach = Effect.fn("Attachment.attach")(function* (
  sweep: SweepRecord,
  { json }: { readonly json: boolean }
) {
  const output = yield* Output
  const signals = yield* Signals
  const status = yield* ExitStatus
  const api = yield* SweepApi
  const lease = yield* SweepLease
  const store = yield* SweepStore
  const { id } = sweep
  const since = yield* Clock.currentTimeMillis
  const first = yield* lease.holder(id)
  const workersNow = yield* workersOf(id)
  const view = Watch.view(output, { json, since, began: sweep.createdAt, workers: yield* workersNow })
  const read = Effect.flatMap(api.sweep(id), Sweeps.report)

  /** Tells how its scheduler left it; false where that one went away without a word. */
  const tellEnd = Effect.gen(function* () {
    const stored = yield* store.end(id)
    const report = yield* read
    const took = lastEnd(report) - sweep.createdAt
    const ended = Option.isNone(stored) ? undefined : SweepEnd.parse(report.sweep, stored.value.reason, took)
    if (ended === undefined) return false
    yield* view.end(report, ended.end)
    yield* status.set(ended.exitCode)
    return true
  })
  if (Option.isNone(first)) {
    if (!Sweeps.hasEnded(sweep) || !(yield* tellEnd)) return yield* idle(id)
    return
  }
  const asked = yield* signals.take(() => {})

  let holder = first.value
  const reading = Effect.gen(function* () {
    const report = yield* read
    yield* view.reading(report, View.noteOf(report, false), yield* workersNow)
  })
  const left = Effect.gen(function* () {
    const look = Watch.sparingly(reading, view.interval)
    while (true) {
      yield* look
      const now = yield* lease.holder(id)
      if (Option.isNone(now)) return
      holder = now.value
      yield* Effect.sleep(view.interval)
    }
  })
  const unwatched = Effect.raceFirst(
    Effect.as(Effect.orDie(asked.take), "Asked" as const),
    Effect.as(output.readerGone, "Unread" as const)
  )
  const why = yield* Effect.raceFirst(Effect.as(left, "Left" as const), unwatched)
  if (why === "Unread") return
  yield* output.redraw([])
  if (why === "Asked") {
    return yield* json
      ? output.json({ type: "Detached", sweep: id, scheduler: nameOf(holder) })
      : output.print(
          `Sweep ${id} goes on: its scheduler is ${nameOf(holder)}. See it again with: sweepline attach ${id}`
        )
  }
  if (yield* tellEnd) return
  return yield* new UsageError({
    message: `The scheduler of sweep ${id} (${nameOf(holder)}) went away; its runs go on. Go on with it: sweepline resume ${id}`
  })
}, Effect.scoped)
