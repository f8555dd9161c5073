import type { ManagedRun } from "../ManagedRun.js"
import type { Retrying, SchedulerModel } from "./model.js"

/**
 * The clock has moved, and nothing else: every time that something is counted from moves along. What is a date for people,
 * such as the sweep's deadline, stays.
 */
export const moved = (self: SchedulerModel, by: number): SchedulerModel => ({
  ...self,
  runs: new Map(Array.from(self.runs, ([id, run]) => [id, movedRun(run, by)] as const)),
  asking: retryingFrom(self.asking, by),
  settingState: retryingFrom(self.settingState, by),
  end: self.end === undefined ? undefined : { ...self.end, at: self.end.at + by }
})

// internal

const movedRun = (run: ManagedRun, by: number): ManagedRun => ({
  ...retryingFrom(run, by),
  stop: run.stop === undefined ? undefined : retryingFrom(run.stop, by),
  // What has ended is counted already.
  since: run.since === undefined || run.until !== undefined ? run.since : run.since + by,
  activeAt: run.activeAt === undefined ? undefined : run.activeAt + by
})

/** At 0, nothing is waited for. */
const retryingFrom = <A extends Pick<Retrying, "notBefore">>(self: A, by: number): A =>
  self.notBefore === 0 ? self : { ...self, notBefore: self.notBefore + by }
