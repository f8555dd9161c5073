import { LaunchAgent } from "@sweepline/core/LaunchAgent"
import * as LaunchNotice from "@sweepline/core/LaunchNotice"
import * as RunKey from "@sweepline/core/RunKey"
import * as Scheduler from "@sweepline/core/Scheduler"
import * as Beside from "@sweepline/core/SweepRunner"
import { SweepApi } from "@sweepline/core/SweepApi"
import type { SweepId } from "@sweepline/core/SweepId"
import { SweepStore } from "@sweepline/embedded/SweepStore"
import * as KillSwitch from "@sweepline/executors/KillSwitch"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { ExitStatus } from "./ExitStatus.js"
import * as Format from "./Format.js"
import * as LiveEdit from "./LiveEdit.js"
import * as LastWords from "./LastWords.js"
import { Output } from "./Output.js"
import * as Ranking from "./Ranking.js"
import * as RunEnding from "./RunEnding.js"
import { SdkServer } from "./SdkServer.js"
import { Signals } from "./Signals.js"
import type { Signal } from "./Signals.js"
import * as Sweeps from "./Sweeps.js"
import * as SweepEnd from "./SweepEnd.js"
import type { SweepReport } from "./SweepReport.js"
import * as Text from "./Text.js"
import * as View from "./View.js"
import * as Watch from "./Watch.js"

/** How a sweep is run in the foreground. */
export interface Options {
  readonly workers: number
  readonly json: boolean
}

/** How many failed runs are told of one by one, with what they said last. */
const toldFailures = 5

/** The line for a run that failed: how, and its last words, which are why only where it ended by itself. */
const failureLine = ({ colors }: Output["Type"], { detail, exitCode, key, output, state }: RunFailed): string => {
  const words = Text.clip(Text.oneLine(LastWords.of(output)), 200)
  const told = exitCode === undefined || Format.signalOf(exitCode) !== undefined ? "; it wrote last: " : ": "
  const how =
    exitCode === undefined
      ? `${state}, ${detail ?? "without a reason"}`
      : `${state} with exit code ${Format.exitCode(exitCode)}`
  return `${colors.red("✘")} run ${RunKey.run(key)} ${how}${words === "" ? "" : `${told}${words}`}`
}

type RunFailed = Extract<LaunchNotice.LaunchNotice, { readonly _tag: "RunFailed" }>

/** Where a person finds what a broken script said. */
const brokenScript = ({ runs }: Beside.LaunchingStopped): string =>
  `see what a run wrote with: sweepline logs ${runs.at(-1)}`

/** Tells a person of the first runs that fail; the agent's other notices are in the log. */
const heed = (output: Output["Type"], json: boolean) => {
  let told = 0
  let last: RunFailed | undefined
  return {
    notice: (notice: LaunchNotice.LaunchNotice): Effect.Effect<void> => {
      if (notice._tag !== "RunFailed") return Effect.void
      last = notice
      return json || told++ >= toldFailures ? Effect.void : output.quote(failureLine(output, notice))
    },
    /** What the run said last that failed last. */
    lastWords: Effect.suspend(() =>
      last === undefined ? Effect.void : output.quoteWarn(`sweepline: ${LaunchNotice.message(last)}`)
    )
  }
}

/** Tells a person once why the metric that no run has reported may be missing, where that is known. */
const explaining = (output: Output["Type"], reason: string | undefined) => {
  let told = false
  return (report: SweepReport): Effect.Effect<void> => {
    if (told || reason === undefined || Ranking.metricTrouble(report) !== "Missing") return Effect.void
    told = true
    return output.warn(`sweepline: ${reason}`)
  }
}

/** A database answers each read at once: to collect them for one request takes longer than to ask. */
const askingAtOnce = Effect.withRequestBatching(false)

/**
 * Works on a sweep in the foreground until it ends, is interrupted, or can't go on: scheduler and
 * launch agent side by side, signals, and what a person sees meanwhile. Sets the exit status.
 *
 * A first Ctrl-C or SIGTERM stops the runs and leaves the sweep PAUSED; a second one kills at once.
 */
export const run = Effect.fn("SweepRunner.run")(
  function* (sweep: SweepId, { json, workers }: Options) {
    const output = yield* Output
    const signals = yield* Signals
    const status = yield* ExitStatus
    const api = yield* SweepApi
    const store = yield* SweepStore
    const scheduler = yield* Scheduler.Scheduler
    const agent = yield* LaunchAgent
    const since = yield* Clock.currentTimeMillis

    let signal: Signal | undefined
    const asked = yield* signals.take(() => {
      KillSwitch.killAllNow()
      Effect.runSync(output.warn(`sweepline: killed its runs. Go on with: sweepline resume ${sweep}`))
    })
    const edits = yield* LiveEdit.make(sweep)
    const started = yield* scheduler.start(sweep)
    yield* store.setEnd(sweep, Option.none())
    // After the lease was taken: two agents of one sweep never work at once. Runs of before may be waiting for the server.
    const sdk = yield* SdkServer
    yield* Effect.forkScoped(sdk.variables)
    const running = yield* Beside.withAgent(started, agent, brokenScript)
    yield* Effect.forkScoped(edits.follow(running, agent))
    const heeding = heed(output, json)
    // Apart from each other: what is told at the end doesn't wait for a database.
    yield* Effect.forkScoped(Stream.runForEach(agent.notices, heeding.notice))
    yield* Effect.forkScoped(Stream.runForEach(agent.notices, RunEnding.keep))
    yield* asked.take.pipe(
      Effect.flatMap((name) => {
        signal = name
        return running.interrupt(name)
      }),
      Effect.ignore,
      Effect.forkScoped
    )

    const view = Watch.view(output, { json, since, workers })
    const explain = explaining(output, sdk.silenced)
    const read = Effect.flatMap(api.sweep(sweep), Sweeps.report)
    // None before its first event.
    const workersNow = Effect.map(running.model, ({ policy }) => policy.workers || workers)
    const watching = yield* Watch.often(
      read.pipe(
        Effect.zip(workersNow),
        Effect.flatMap(([report, now]) =>
          Effect.zipRight(view.reading(report, View.noteOf(report, signal !== undefined), now), explain(report))
        ),
        Effect.catchTag("CommError", (error) => Effect.logWarning("Could not read the sweep", error))
      ),
      view.interval
    ).pipe(
      // The sweep goes on without being shown.
      Effect.tapDefect((cause) => Effect.logError("The sweep can't be shown any more", cause)),
      Effect.forkScoped
    )

    const outcome = yield* running.outcome
    yield* Fiber.interrupt(watching)
    const report = yield* read
    const end = SweepEnd.of(outcome, signal, (yield* Clock.currentTimeMillis) - since, report)
    yield* store.setEnd(sweep, Option.some(SweepEnd.text(end)))
    if (outcome.reason === "NoneFinished") {
      // Below the line of that run.
      yield* view.reading(report, undefined)
      yield* heeding.lastWords
    }
    yield* view.end(report, end)
    yield* explain(report)
    yield* status.set(outcome.exitCode)
  },
  Effect.scoped,
  askingAtOnce
)
