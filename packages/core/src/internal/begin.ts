import * as HashMap from "effect/HashMap"
import type { EventOf, UnknownRun } from "../Event.js"
import * as ManagedRun from "../ManagedRun.js"
import * as RunKey from "../RunKey.js"
import { takeOver } from "./applyAnswers.js"
import { end, flush } from "./applyReadings.js"
import { resume, setRun } from "./endRun.js"
import type { SchedulerModel } from "./model.js"
import * as Model from "./model.js"

/** A scheduler begins: runs, past and counts of the ones before it stay; the rest is forgotten. */
export const started = (self: SchedulerModel, event: EventOf<"SchedulerStarted">): SchedulerModel => {
  const { policy } = event
  const ended = new Map((event.ended ?? []).map(({ at, attempt, run }) => [RunKey.make(run, attempt), at]))
  const runs = new Map(
    [...self.runs].map(([id, run]) => [id, readopted(run, event, ended.get(RunKey.make(id, run.attempt)))] as const)
  )
  const next: SchedulerModel = {
    ...Model.reborn(self),
    state: "STARTING",
    policy,
    sweep: event.sweep ?? undefined,
    agents: Array.from({ length: policy.workers }, () => undefined),
    runs
  }
  const adopted = event.runs.reduce((model, run) => adopt(model, run, event.at), next)
  switch (event.sweep) {
    case "CANCELED":
      return end(adopted, adopted.runs.size === 0 ? "AlreadyCancelled" : "SweepCancelled", event.at)
    case "FINISHED":
      return adopted.runs.size === 0
        ? end(adopted, "AlreadyFinished", event.at)
        : { ...flush(adopted, "Finished"), look: true }
    default:
      return adopted
  }
}

/** A push that was in flight may have happened. A stop is asked for again, unless only the old scheduler's end asked for it. */
const readopted = (
  run: ManagedRun.ManagedRun,
  { at, policy: { workers } }: EventOf<"SchedulerStarted">,
  ended: number | undefined
): ManagedRun.ManagedRun => ({
  ...run,
  until: ended,
  // Nobody listened to it meanwhile.
  activeAt: run.activeAt === undefined ? undefined : at,
  worker: run.phase === "Suggested" && workers > 0 ? run.worker % workers : run.worker,
  phase: run.phase === "Launching" ? "Recovering" : run.phase,
  state: run.phase === "Managed" ? "running" : run.state,
  stop:
    run.stop === undefined || run.stop.reason === "Interrupted"
      ? undefined
      : { ...run.stop, asked: false, failures: 0, notBefore: 0 }
})

/**
 * A run that only the backend knows: a lost suggestion is launched, any other counts (B12). A scheduler whose journal
 * is gone may have pushed it, so the queue is asked first.
 */
const adopt = (self: SchedulerModel, run: UnknownRun, at: number): SchedulerModel => {
  const managed = self.runs.get(run.id)
  if (managed !== undefined) return run.state === "pending" ? takeOver(self, managed, run.attempt, at) : self
  const past = HashMap.get(self.past, run.id)
  if (past._tag === "Some") {
    const { attempts, retried, state } = past.value
    if (run.state !== "pending" || state !== "preempted" || run.attempt <= attempts || self.policy.workers === 0)
      return self
    return resume(
      self,
      run.id,
      ManagedRun.make({ id: run.id, attempt: run.attempt, retried, worker: leastBusy(self), trial: run.trial })
    )
  }
  const counted = run.excluded ? self : { ...self, launched: self.launched + 1 }
  if (run.state === "pending" && self.policy.adoptsPending && self.policy.workers > 0) {
    const attempt = Math.max(1, run.attempt)
    const lost = ManagedRun.make({
      id: run.id,
      attempt,
      retried: attempt - 1,
      worker: leastBusy(self),
      trial: run.trial
    })
    return setRun(counted, { ...lost, phase: "Recovering" })
  }
  const attempts = Math.max(1, run.attempt)
  // Why it was tried again, nobody knows any more.
  const known = { attempts, retried: attempts - 1, state: run.state }
  return {
    ...counted,
    past: HashMap.set(self.past, run.id, known),
    counts: { ...self.counts, [run.state]: self.counts[run.state] + 1 }
  }
}

const leastBusy = (self: SchedulerModel): number => {
  const load = Array.from({ length: self.policy.workers }, () => 0)
  for (const run of self.runs.values()) {
    const before = load[run.worker]
    if (before !== undefined) load[run.worker] = before + 1
  }
  return load.indexOf(Math.min(...load))
}
