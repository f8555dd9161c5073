import * as EndReason from "@sweepline/core/EndReason"
import { LaunchAgent } from "@sweepline/core/LaunchAgent"
import type * as LaunchNotice from "@sweepline/core/LaunchNotice"
import * as RunKey from "@sweepline/core/RunKey"
import * as Scheduler from "@sweepline/core/Scheduler"
import type { SchedulerState } from "@sweepline/core/SchedulerState"
import { SweepApi } from "@sweepline/core/SweepApi"
import * as SweepController from "@sweepline/core/SweepController"
import type { SweepId } from "@sweepline/core/SweepId"
import { SweepStore } from "@sweepline/embedded/SweepStore"
import * as KillSwitch from "@sweepline/executors/KillSwitch"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { ExitStatus } from "./ExitStatus.js"
import { Output } from "./Output.js"
import * as RunEnding from "./RunEnding.js"
import { SdkServer } from "./SdkServer.js"
import { Signals } from "./Signals.js"
import type { Signal } from "./Signals.js"
import type { End } from "./Summary.js"
import type { SweepReport } from "./SweepReport.js"
import * as Sweeps from "./Sweeps.js"
import * as SweepTotal from "./SweepTotal.js"
import * as Text from "./Text.js"
import * as View from "./View.js"

/** How a sweep is run in the foreground. */
export interface Options {
  readonly workers: number
  readonly json: boolean
}

const states = {
  PENDING: "FAILED",
  STARTING: "FAILED",
  RUNNING: "FAILED",
  FLUSH_RUNS: "PAUSED",
  COMPLETED: "COMPLETED",
  FAILED: "FAILED",
  STOPPED: "FAILED",
  CANCELLED: "CANCELLED"
} as const satisfies Record<SchedulerState, End["state"]>

const causes = {
  SIGINT: "Ctrl-C stopped its runs; they run again on resume",
  SIGTERM: "SIGTERM stopped its runs; they run again on resume"
} as const satisfies Record<Signal, string>

/** A search without an end, and a grid with points left, have nothing more to try only once the target is reached. */
const reachedTarget = ({ reason }: Scheduler.Outcome, { config, runs }: SweepReport): boolean =>
  reason === "SearchExhausted" &&
  config !== undefined &&
  SweepController.hasTarget(config) &&
  runs.length < (SweepTotal.of(config) ?? Number.POSITIVE_INFINITY)

const endOf = (outcome: Scheduler.Outcome, signal: Signal | undefined, took: number, report: SweepReport): End => {
  const interrupted = outcome.reason === "Interrupted"
  const text =
    interrupted && signal !== undefined
      ? causes[signal]
      : reachedTarget(outcome, report)
        ? "the target is reached"
        : EndReason.ending(outcome.reason).text
  return {
    state: interrupted ? "PAUSED" : states[outcome.state],
    reason: outcome.reason,
    because: outcome.detail === undefined ? text : `${text}: ${outcome.detail}`,
    took
  }
}

/** How many failed runs are told of one by one, with what they said last. */
const toldFailures = 5

/** The line for a run that failed: how, and its last words. */
const failureLine = ({ colors }: Output["Type"], { detail, exitCode, key, output, state }: RunFailed): string => {
  const words = output.trimEnd().split("\n").at(-1) ?? ""
  const how =
    exitCode === undefined ? `${state}, ${detail ?? "without a reason"}` : `${state} with exit code ${exitCode}`
  return `${colors.red("✘")} run ${RunKey.run(key)} ${how}${words === "" ? "" : `: ${Text.oneLine(words)}`}`
}

type RunFailed = Extract<LaunchNotice.LaunchNotice, { readonly _tag: "RunFailed" }>

/**
 * Ends the sweep where its script is broken: the launch agent sees what the scheduler can't. Tells a person of
 * the first runs that fail; the agent's other notices are in the log.
 */
const heed = (output: Output["Type"], running: Scheduler.RunningScheduler, json: boolean) => {
  let told = 0
  return (notice: LaunchNotice.LaunchNotice): Effect.Effect<void> => {
    switch (notice._tag) {
      case "LaunchingStopped":
        return running.giveUp("BrokenScript", `see what a run wrote with: sweepline logs ${notice.runs.at(-1)}`)
      case "RunFailed":
        return json || told++ >= toldFailures ? Effect.void : output.print(failureLine(output, notice))
      default:
        return Effect.void
    }
  }
}

/**
 * Works on a sweep in the foreground until it ends, is interrupted, or can't go on: scheduler and
 * launch agent side by side, signals, and what a person sees meanwhile. Sets the exit status.
 *
 * A first Ctrl-C or SIGTERM stops the runs and leaves the sweep PAUSED; a second one kills at once.
 */
export const run = Effect.fn("SweepRunner.run")(function* (sweep: SweepId, { json, workers }: Options) {
  const output = yield* Output
  const signals = yield* Signals
  const status = yield* ExitStatus
  const api = yield* SweepApi
  const store = yield* SweepStore
  const scheduler = yield* Scheduler.Scheduler
  const agent = yield* LaunchAgent
  const since = yield* Clock.currentTimeMillis

  let signal: Signal | undefined
  const asked = yield* signals.take(KillSwitch.killAllNow)
  const running = yield* scheduler.start(sweep)
  yield* store.setEnd(sweep, Option.none())
  // After the lease was taken: two agents of one sweep never work at once. Runs of before may be waiting for the server.
  yield* Effect.forkScoped((yield* SdkServer).variables)
  yield* Effect.forkScoped(agent.run)
  const heeding = heed(output, running, json)
  yield* agent.notices.pipe(
    Stream.runForEach((notice) => Effect.zipRight(RunEnding.keep(notice), heeding(notice))),
    Effect.forkScoped
  )
  yield* agent.activity.pipe(
    Stream.runForEach((key) => running.active(RunKey.run(key), RunKey.attempt(key))),
    Effect.forkScoped
  )
  yield* asked.take.pipe(
    Effect.flatMap((name) => {
      signal = name
      return running.interrupt(name)
    }),
    Effect.ignore,
    Effect.forkScoped
  )

  const record = yield* api.sweep(sweep)
  const config = Sweeps.configOf(record)
  const facts = { workers, since, total: config === undefined ? undefined : SweepTotal.of(config) }
  const view = json ? View.json(output, facts) : output.live ? View.live(output, facts) : View.plain(output, facts)
  const read = Effect.flatMap(api.sweep(sweep), Sweeps.report)
  const watching = yield* watch(
    read.pipe(
      Effect.flatMap((report) => view.reading(report, View.noteOf(report, signal !== undefined))),
      Effect.catchTag("CommError", (error) => Effect.logWarning("Could not read the sweep", error))
    ),
    view.interval
  ).pipe(Effect.forkScoped)

  const outcome = yield* running.outcome
  yield* Fiber.interrupt(watching)
  const report = yield* read
  const end = endOf(outcome, signal, (yield* Clock.currentTimeMillis) - since, report)
  yield* store.setEnd(sweep, Option.some(`${end.reason}: ${end.because}`))
  yield* view.end(report, end)
  yield* status.set(outcome.exitCode)
}, Effect.scoped)

/** Does something again and again, so rarely that it takes a small part of the time even of a sweep of many runs. */
const watch = <E, R>(reading: Effect.Effect<void, E, R>, interval: number) =>
  Effect.gen(function* () {
    while (true) {
      const before = yield* Clock.currentTimeMillis
      yield* Effect.uninterruptible(reading)
      const took = (yield* Clock.currentTimeMillis) - before
      yield* Effect.sleep(Math.max(interval, 20 * took))
    }
  })
