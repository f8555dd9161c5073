import * as Effect from "effect/Effect"
import { LaunchNotice } from "../../LaunchNotice.js"
import { SweepApi } from "../../SweepApi.js"
import type { LiveRun } from "./liveRun.js"
import type { Outcome } from "./runOutcome.js"
import type { SlotDesk, Verdict } from "./slotDesk.js"

/** Tells what failed, and what that has shown about slots and script. */
export const make = Effect.fnUntraced(function* (options: {
  readonly desk: SlotDesk
  readonly tell: (notice: LaunchNotice) => Effect.Effect<void>
}) {
  const { desk, tell } = options
  const api = yield* SweepApi

  /** Whether the sweep has a run that finished, also under an earlier agent: then the script can work. */
  const hasWorked = ({ item: { request } }: LiveRun) =>
    Effect.match(api.runs(request.sweep), {
      onSuccess: (runs) => runs.some((other) => other.state === "finished"),
      onFailure: () => false
    })

  const judged = Effect.fnUntraced(function* (
    run: LiveRun,
    { setAside, stopped }: Verdict,
    exitCode: number | undefined,
    output: string
  ) {
    if (stopped !== undefined && (yield* hasWorked(run))) return desk.trust(run.item.request.sweep)
    if (setAside !== undefined) {
      yield* tell(LaunchNotice.SlotSetAside({ slot: setAside.slot.name, runs: setAside.runs }))
    }
    if (stopped === undefined) return
    yield* tell(LaunchNotice.LaunchingStopped({ ...stopped, sweep: run.item.request.sweep, exitCode, output }))
  })

  return {
    /** A run failed by itself. */
    failed: Effect.fnUntraced(function* (run: LiveRun, result: Outcome, verdict: Verdict) {
      const output = run.tail === undefined ? "" : yield* Effect.orElseSucceed(run.tail.lastLines, () => "")
      yield* tell(LaunchNotice.RunFailed({ sweep: run.item.request.sweep, key: run.key, ...result, output }))
      yield* judged(run, verdict, result.exitCode, output)
    }),
    /** A run could not be started at all. */
    refused: Effect.fnUntraced(function* (run: LiveRun, detail: string, verdict: Verdict) {
      yield* tell(LaunchNotice.RunRefused({ sweep: run.item.request.sweep, key: run.key, detail }))
      yield* judged(run, verdict, undefined, detail)
    })
  }
})
