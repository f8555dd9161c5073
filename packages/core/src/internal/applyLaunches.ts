import type { EventOf } from "../Event.js"
import * as ManagedRun from "../ManagedRun.js"
import { end } from "./applyReadings.js"
import { triesAtEnd } from "./applyStops.js"
import { setRun } from "./endRun.js"
import { landed } from "./landed.js"
import type { SchedulerModel } from "./model.js"
import * as Model from "./model.js"

/** An attempt is in the queue. */
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
      activeAt: event.at
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
  switch (event.outcome) {
    case "never":
      return setRun(next, { ...run, phase: "Suggested" })
    case "again": {
      const launchFailures = run.launchFailures + 1
      const notBefore = Model.backoff({ ...event, base: self.policy.backoff, failures: launchFailures })
      return setRun(next, { ...run, phase: "Suggested", launchFailures, notBefore })
    }
    case "unknown": {
      const launchFailures = run.launchFailures + 1
      const notBefore = Model.backoff({ ...event, base: self.policy.backoff, failures: launchFailures })
      const phase = self.end !== undefined && launchFailures >= triesAtEnd ? "Managed" : "Recovering"
      return setRun(next, { ...run, phase, launchFailures, notBefore })
    }
    case "refused": {
      const refusals = self.refusals + 1
      const refused = setRun({ ...next, refusals }, ManagedRun.stopping({ ...run, phase: "Refused" }, "Killed"))
      return refusals > refusalsAllowed ? end(refused, "LaunchRefused", event.at, { detail: event.detail }) : refused
    }
  }
}
