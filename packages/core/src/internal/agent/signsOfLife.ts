import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { LaunchAgentConfig } from "../../LaunchAgentConfig.js"
import { RunLog } from "../../RunLog.js"
import type { RunKey } from "../../RunKey.js"
import type { LiveRun, LiveRuns } from "./liveRun.js"

/**
 * Tells which runs have printed or logged something since the last look, as often as the config says. What a run
 * logs past its output, through a server for example, shows in the log's next step.
 */
export const make = Effect.fnUntraced(function* (live: LiveRuns, tell: (key: RunKey) => Effect.Effect<unknown>) {
  const config = yield* LaunchAgentConfig
  const log = yield* RunLog
  if (!Duration.isFinite(config.activityInterval)) return Effect.void
  let before = new Map<RunKey, string>()

  /** Differs from an earlier one when the run has done something in between. */
  const sign = ({ item: { request }, key, tail }: LiveRun) =>
    Effect.match(log.cursor({ sweep: request.sweep, key }), {
      onFailure: () => `${tail?.position() ?? 0}`,
      onSuccess: ({ nextStep }) => `${tail?.position() ?? 0}/${nextStep}`
    })

  const look = Effect.gen(function* () {
    const now = new Map<RunKey, string>()
    for (const run of live.values()) {
      if (run.tail === undefined || run.over) continue
      const seen = yield* sign(run)
      now.set(run.key, seen)
      if (before.get(run.key) !== seen) yield* tell(run.key)
    }
    before = now
  })
  return look.pipe(Effect.repeat(Schedule.spaced(config.activityInterval)), Effect.annotateLogs({ fiber: "activity" }))
})
