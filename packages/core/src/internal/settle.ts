import { end, flush, unflush } from "./applyReadings.js"
import type { SchedulerModel } from "./model.js"
import * as Model from "./model.js"

/** Follows what the model now implies: all workers registered, run_cap reached, nothing left to wait for. */
export const settle = (self: SchedulerModel, at: number): SchedulerModel => {
  if (self.end !== undefined) return self
  switch (self.state) {
    case "STARTING":
      return self.executable !== undefined && self.agents.every((agent) => agent !== undefined)
        ? settle({ ...self, state: "RUNNING", look: true }, at)
        : self
    case "RUNNING":
      return Model.isAtCap(self) && Model.resumable(self) === 0 ? settle(flush(self, "RunCap"), at) : self
    case "FLUSH_RUNS":
      return settleFlush(self, at)
    default:
      return self
  }
}

/** B23 and B28 with RD6 and RD36. */
const settleFlush = (self: SchedulerModel, at: number): SchedulerModel => {
  if (self.flush === "Paused") {
    return self.policy.onPaused === "exit" && !Model.hasActiveRuns(self) ? end(self, "Paused", at) : self
  }
  if (self.flush !== "Finished" && Model.resumable(self) > self.passedOver) return unflush(self)
  if (self.runs.size > 0) return self
  if (self.flush === "RunCap") return complete(self, "RunCapReached", at)
  if (self.drained) {
    // A stopped sweep answers workers with an exit before its state is read.
    return Model.isStopped(self) ? end(self, "SweepFinished", at) : complete(self, "SearchExhausted", at)
  }
  return self.drainLook ? self : { ...self, look: true, drainLook: true }
}

/** Nothing is left to try. Whoever stopped the sweep before that has seen how its runs went. */
const complete = (self: SchedulerModel, reason: "RunCapReached" | "SearchExhausted", at: number): SchedulerModel =>
  self.policy.needsFinished === true && Model.isFruitless(self)
    ? end(self, "NoneFinished", at)
    : end(self, reason, at, reason === "SearchExhausted" && self.noMore !== undefined ? { detail: self.noMore } : {})
