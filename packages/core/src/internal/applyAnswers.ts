import * as HashMap from "effect/HashMap"
import type { Answer, EventOf } from "../Event.js"
import * as ManagedRun from "../ManagedRun.js"
import { end, flush } from "./applyReadings.js"
import { billed, resume, setRun } from "./endRun.js"
import { landed } from "./landed.js"
import type { SchedulerModel } from "./model.js"
import * as Model from "./model.js"

/** What the strategy said. */
export const answered = (self: SchedulerModel, event: EventOf<"Answered">): SchedulerModel => {
  const next: SchedulerModel = { ...landed(self, `ask/${event.n}`), asking: Model.initial.asking }
  if (self.end !== undefined) return next
  const told = event.answers.reduce((model, it) => answer(model, it, event.at), next)
  const last = event.answers.find((it) => it._tag === "Exhausted")
  return last === undefined ? told : exhausted(told, last.reason)
}

/**
 * B53 with RD8–RD10: a run that is managed, or ended for good, is skipped; a preempted one goes on as the same run. A
 * backend that counts attempts may hand a run out again before its end was seen here: the later attempt takes over.
 */
const answer = (self: SchedulerModel, it: Answer, at: number): SchedulerModel => {
  switch (it._tag) {
    case "Run": {
      const past = HashMap.get(self.past, it.run)
      const run = { id: it.run, worker: it.worker, trial: it.trial }
      const managed = self.runs.get(it.run)
      if (managed !== undefined) return takeOver(self, managed, it.attempt, at)
      if (past._tag === "Some" && past.value.state !== "preempted") return self
      if (past._tag === "Some") {
        const attempt = Math.max(past.value.attempts + 1, it.attempt ?? 1)
        return resume(self, it.run, ManagedRun.make({ ...run, attempt, retried: past.value.retried }))
      }
      return Model.isAtCap(self)
        ? self
        : setRun({ ...self, launched: self.launched + 1 }, ManagedRun.make({ ...run, attempt: 1, retried: 0 }))
    }
    case "StopRun": {
      const run = self.runs.get(it.run)
      return run === undefined || run.stop !== undefined ? self : setRun(self, ManagedRun.stopping(run, "EarlyStopped"))
    }
    case "Exhausted":
      return self
  }
}

/**
 * There is no more. An answer may be older than a preemption, so a strategy that has one to come back to is asked once more;
 * one that passes over the same runs again leaves them behind, or the sweep would never end.
 */
const exhausted = (self: SchedulerModel, noMore: string): SchedulerModel => {
  if (self.state !== "RUNNING") return self
  const preempted = Model.resumable(self)
  return preempted > self.passedOver
    ? { ...self, passedOver: preempted, look: true }
    : flush({ ...self, noMore }, Model.isAtCap(self) ? "RunCap" : "Exhausted")
}

/** The backend has a later attempt of a managed run waiting: the watched one is over. */
export const takeOver = (
  self: SchedulerModel,
  run: ManagedRun.ManagedRun,
  attempt: number | undefined,
  at: number
): SchedulerModel =>
  attempt === undefined || attempt <= run.attempt || run.phase !== "Managed"
    ? self
    : setRun(billed(self, run, at), ManagedRun.make({ ...run, attempt }))

/** The strategy could not say: later and later it is asked again (RD33), or the sweep ends. */
export const askFailed = (self: SchedulerModel, event: EventOf<"AskFailed">): SchedulerModel => {
  const next = landed(self, `ask/${event.n}`)
  if (event.consequence !== "again") return end(next, event.consequence, event.at, { detail: event.detail })
  const failures = self.asking.failures + 1
  const notBefore = Model.backoff({ ...event, base: self.policy.backoff, failures })
  return { ...next, asking: { failures, notBefore }, ask: true }
}
