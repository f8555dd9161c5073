import type { EventOf } from "../Event.js"
import * as ManagedRun from "../ManagedRun.js"
import { end } from "./applyReadings.js"
import { triesAtEnd } from "./applyStops.js"
import { setRun } from "./endRun.js"
import { landed } from "./landed.js"
import type { SchedulerModel } from "./model.js"
import * as Model from "./model.js"

/** How long after a look that didn't tell is looked again for a push, in milliseconds. */
const lookAgain = 60_000

/** An attempt is in the queue, or may be: then it has no item. */
export const launched = (self: SchedulerModel, event: EventOf<"RunLaunched">): SchedulerModel => {
  const next = landed(self, `launch/${event.run}#${event.attempt}`, `recover/${event.run}#${event.attempt}`)
  const run = self.runs.get(event.run)
  if (run === undefined || run.attempt !== event.attempt) return next
  return setRun(
    { ...next, refusals: 0 },
    {
      ...run,
      phase: "Managed",
      state: "running",
      item: event.item,
      launchFailures: 0,
      since: run.since ?? event.at,
      activeAt: event.at,
      notBefore: event.item === undefined ? event.at + lookAgain : run.notBefore
    }
  )
}

/** How many pushes in a row the queue may refuse before the sweep is given up. */
const refusalsAllowed = 4

/** An attempt is not in the queue. */
export const launchFailed = (self: SchedulerModel, event: EventOf<"LaunchFailed">): SchedulerModel => {
  const next = landed(self, `launch/${event.run}#${event.attempt}`, `recover/${event.run}#${event.attempt}`)
  const run = self.runs.get(event.run)
  if (run === undefined || run.attempt !== event.attempt) return next
  // Somebody has begun it since it was looked for: then it was pushed, whatever the look says.
  if (run.phase === "Managed" && !ManagedRun.isUncertain(run)) return next
  const launchFailures = run.launchFailures + 1
  const notBefore = Model.backoff({ ...event, base: self.policy.backoff, failures: launchFailures })
  switch (event.outcome) {
    case "never":
      return setRun(next, { ...run, phase: "Suggested" })
    case "again":
      return setRun(next, { ...run, phase: "Suggested", launchFailures, notBefore })
    case "unknown": {
      const watched = run.phase === "Managed" || (self.end !== undefined && launchFailures >= triesAtEnd)
      return setRun(next, { ...run, phase: watched ? "Managed" : "Recovering", launchFailures, notBefore })
    }
    case "refused": {
      const refusals = self.refusals + 1
      const refused = setRun({ ...next, refusals }, ManagedRun.stopping({ ...run, phase: "Refused" }, "Killed"))
      return refusals > refusalsAllowed ? end(refused, "LaunchRefused", event.at, { detail: event.detail }) : refused
    }
  }
}
