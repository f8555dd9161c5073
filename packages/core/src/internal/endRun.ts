import * as HashMap from "effect/HashMap"
import * as ManagedRun from "../ManagedRun.js"
import type { RunId } from "../RunId.js"
import type { RunState } from "../RunState.js"
import type { SchedulerModel } from "./model.js"
import * as Model from "./model.js"

/** The model with a managed run replaced. */
export const setRun = (self: SchedulerModel, run: ManagedRun.ManagedRun): SchedulerModel => {
  const runs = new Map(self.runs)
  runs.set(run.id, run)
  return { ...self, runs }
}

/** The model with what an attempt took counted for good. */
export const billed = (self: SchedulerModel, run: ManagedRun.ManagedRun, at: number): SchedulerModel => {
  const took = Model.gpuTime(self, run, at)
  return took === 0 ? self : { ...self, spent: self.spent + took }
}

const count = (self: SchedulerModel, state: RunState, by: 1 | -1): SchedulerModel["counts"] => ({
  ...self.counts,
  [state]: self.counts[state] + by
})

/** Lets go of a run for good (until the backend hands it out again, if it was preempted). */
export const forget = (self: SchedulerModel, run: ManagedRun.ManagedRun, state: RunState): SchedulerModel => {
  const runs = new Map(self.runs)
  runs.delete(run.id)
  return {
    ...self,
    runs,
    past: HashMap.set(self.past, run.id, { attempts: run.attempt, retried: run.retried, state }),
    counts: count(self, state, 1),
    timedOut: self.timedOut + (state === "killed" && run.stop?.reason === "TimedOut" ? 1 : 0)
  }
}

/** Takes a preempted run back among the managed ones. */
export const resume = (self: SchedulerModel, id: RunId, run: ManagedRun.ManagedRun): SchedulerModel =>
  setRun({ ...self, past: HashMap.remove(self.past, id), counts: count(self, "preempted", -1), passedOver: 0 }, run)

const retriable: Readonly<Partial<Record<RunState, true>>> = { failed: true, crashed: true }

/** An attempt has ended: the run is tried again while its retries last, else it is over (B41). */
export const endRun = (
  self: SchedulerModel,
  run: ManagedRun.ManagedRun,
  state: RunState,
  when: { readonly at: number; readonly jitter: number }
): SchedulerModel => {
  // A sweep may be stopped while it is drained for another reason already.
  const wanted = self.end === undefined && !Model.isStopped(self) && run.stop === undefined
  const paid = billed(self, run, when.at)
  if (wanted && retriable[state] === true && run.retried < self.policy.retries) {
    const notBefore = Model.backoff({ ...when, base: self.policy.backoff, failures: run.retried + 1 })
    // Its worker may be gone since an edit.
    const worker = self.policy.workers > 0 ? run.worker % self.policy.workers : run.worker
    return setRun(paid, ManagedRun.again({ ...run, worker }, notBefore))
  }
  return forget(paid, run, state)
}
