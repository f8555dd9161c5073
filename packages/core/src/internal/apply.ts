import * as HashMap from "effect/HashMap"
import * as Command from "../Command.js"
import type { Answer, Event, EventOf, UnknownRun } from "../Event.js"
import { isDurable } from "../Event.js"
import * as ManagedRun from "../ManagedRun.js"
import { applyOwn, applyRun, applySweep, end, flush, unflush } from "./applyReadings.js"
import { forget, resume, setRun } from "./endRun.js"
import type { SchedulerModel } from "./model.js"
import * as Model from "./model.js"

/** Folds a fact into the model. Answers the model itself where the fact changes nothing. */
export const apply = (self: SchedulerModel, event: Event): SchedulerModel => {
  if (event._tag === "SchedulerStarted") return settle(started(self, event), event.at)
  if (self.left) return self
  const next = step(self, event)
  return next === self ? self : settle(next, event.at)
}

const step = (self: SchedulerModel, event: Exclude<Event, EventOf<"SchedulerStarted">>): SchedulerModel => {
  switch (event._tag) {
    case "ExecutableFound":
      return { ...landed(self, "findExecutable"), executable: event.name }
    case "ExecutableMissing":
      return end(landed(self, "findExecutable"), "NoExecutable", event.at, { detail: event.detail })
    case "WorkerRegistered":
      return {
        ...landed(self, `register/${event.worker}`),
        agents: self.agents.map((agent, index) => (index === event.worker ? event.agent : agent))
      }
    case "WorkerRefused":
      return end(landed(self, `register/${event.worker}`), "RegistrationRefused", event.at, { detail: event.detail })
    case "PollDue":
      return self.look && self.heartbeat ? self : { ...self, look: true, heartbeat: true }
    case "Notified":
      return self.look ? self : { ...self, look: true }
    case "Woke":
      return self
    case "Observed":
      return observed(self, event)
    case "Answered":
      return answered(self, event)
    case "AskFailed":
      return askFailed(self, event)
    case "RunLaunched":
      return launched(self, event)
    case "LaunchFailed":
      return launchFailed(self, event)
    case "RunStopAsked":
      return stopAsked(landed(self, `stop/${event.run}`), event)
    case "RunStopFailed":
      return stopFailed(landed(self, `stop/${event.run}`), event)
    case "SweepStateSet":
      return { ...landed(self, `setSweepState/${event.state}`), stateSet: true }
    case "SweepStateFailed":
      return stateFailed(landed(self, `setSweepState/${event.state}`), event)
    case "SchedulerEnded":
      return { ...landed(self, "finish"), left: true, inFlight: new Map() }
    case "InterruptRequested":
      return end(self, "Interrupted", event.at, { signal: event.signal })
    case "SweepGivenUp":
      return end(self, event.reason, event.at, { detail: event.detail })
    case "CommandIssued":
      return issued(self, event.command)
    case "CommandDied":
      return died(self, event)
  }
}

/** A command of this id has ended. */
const landed = (self: SchedulerModel, ...ids: ReadonlyArray<string>): SchedulerModel => {
  if (!ids.some((id) => self.inFlight.has(id))) return self
  const inFlight = new Map(self.inFlight)
  for (const id of ids) inFlight.delete(id)
  return { ...self, inFlight }
}

const started = (self: SchedulerModel, event: EventOf<"SchedulerStarted">): SchedulerModel => {
  const { policy } = event
  const runs = new Map([...self.runs].map(([id, run]) => [id, readopted(run, policy.workers)] as const))
  const next: SchedulerModel = {
    ...Model.reborn(self),
    state: "STARTING",
    policy,
    sweep: event.sweep ?? undefined,
    agents: Array.from({ length: policy.workers }, () => undefined),
    runs
  }
  const adopted = event.runs.reduce(adopt, next)
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
const readopted = (run: ManagedRun.ManagedRun, workers: number): ManagedRun.ManagedRun => ({
  ...run,
  worker: run.phase === "Suggested" && workers > 0 ? run.worker % workers : run.worker,
  phase: run.phase === "Launching" ? "Recovering" : run.phase,
  state: run.phase === "Managed" ? "running" : run.state,
  stop:
    run.stop === undefined || run.stop.reason === "Interrupted"
      ? undefined
      : { ...run.stop, asked: false, failures: 0, notBefore: 0 }
})

/** A run that only the backend knows: a lost suggestion is launched, any other counts (B12). */
const adopt = (self: SchedulerModel, run: UnknownRun): SchedulerModel => {
  const managed = self.runs.get(run.id)
  if (managed !== undefined) return run.state === "pending" ? takeOver(self, managed, run.attempt) : self
  const past = HashMap.get(self.past, run.id)
  if (past._tag === "Some") {
    const { attempts, state } = past.value
    if (run.state !== "pending" || state !== "preempted" || run.attempt <= attempts || self.policy.workers === 0)
      return self
    return resume(
      self,
      run.id,
      ManagedRun.make({ id: run.id, attempt: run.attempt, worker: leastBusy(self), trial: run.trial })
    )
  }
  const counted = run.excluded ? self : { ...self, launched: self.launched + 1 }
  if (run.state === "pending" && self.policy.adoptsPending && self.policy.workers > 0) {
    const attempt = Math.max(1, run.attempt)
    return setRun(counted, ManagedRun.make({ id: run.id, attempt, worker: leastBusy(self), trial: run.trial }))
  }
  return {
    ...counted,
    past: HashMap.set(self.past, run.id, { attempts: Math.max(1, run.attempt), state: run.state }),
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

const observed = (self: SchedulerModel, event: EventOf<"Observed">): SchedulerModel => {
  let next = landed(self, "observe")
  if (event.sweep !== undefined) next = applySweep(next, event.sweep, event.at)
  if (event.own !== undefined) next = applyOwn(next, event.own, event.at)
  for (const reading of event.runs) next = applyRun(next, reading, event)
  return next.ask ? next : { ...next, ask: true }
}

const answered = (self: SchedulerModel, event: EventOf<"Answered">): SchedulerModel => {
  const next: SchedulerModel = { ...landed(self, `ask/${event.n}`), asking: Model.initial.asking }
  return self.end !== undefined ? next : event.answers.reduce(answer, next)
}

/**
 * B53 with RD8–RD10: a run that is managed, or ended for good, is skipped; a preempted one goes on as the same run. A
 * backend that counts attempts may hand a run out again before its end was seen here: the later attempt takes over.
 */
const answer = (self: SchedulerModel, it: Answer): SchedulerModel => {
  switch (it._tag) {
    case "Run": {
      const past = HashMap.get(self.past, it.run)
      const run = { id: it.run, worker: it.worker, trial: it.trial }
      const managed = self.runs.get(it.run)
      if (managed !== undefined) return takeOver(self, managed, it.attempt)
      if (past._tag === "Some" && past.value.state !== "preempted") return self
      if (past._tag === "Some") {
        const attempt = Math.max(past.value.attempts + 1, it.attempt ?? 1)
        return resume(self, it.run, ManagedRun.make({ ...run, attempt }))
      }
      return Model.isAtCap(self)
        ? self
        : setRun({ ...self, launched: self.launched + 1 }, ManagedRun.make({ ...run, attempt: 1 }))
    }
    case "StopRun": {
      const run = self.runs.get(it.run)
      return run === undefined || run.stop !== undefined ? self : setRun(self, ManagedRun.stopping(run, "EarlyStopped"))
    }
    case "Exhausted":
      return self.state === "RUNNING" ? flush(self, Model.isAtCap(self) ? "RunCap" : "Exhausted") : self
  }
}

/** The backend has a later attempt of a managed run waiting: the watched one is over. */
const takeOver = (
  self: SchedulerModel,
  { attempt: known, id, phase, trial, worker }: ManagedRun.ManagedRun,
  attempt: number | undefined
): SchedulerModel =>
  attempt === undefined || attempt <= known || phase !== "Managed"
    ? self
    : setRun(self, ManagedRun.make({ id, attempt, worker, trial }))

const askFailed = (self: SchedulerModel, event: EventOf<"AskFailed">): SchedulerModel => {
  const next = landed(self, `ask/${event.n}`)
  if (event.consequence !== "again") return end(next, event.consequence, event.at, { detail: event.detail })
  const failures = self.asking.failures + 1
  const notBefore = Model.backoff({ ...event, base: self.policy.backoff, failures })
  return { ...next, asking: { failures, notBefore }, ask: true }
}

const launched = (self: SchedulerModel, event: EventOf<"RunLaunched">): SchedulerModel => {
  const next = landed(self, `launch/${event.run}#${event.attempt}`, `recover/${event.run}#${event.attempt}`)
  const run = self.runs.get(event.run)
  if (run === undefined || run.attempt !== event.attempt) return next
  return setRun(
    { ...next, refusals: 0 },
    { ...run, phase: "Managed", state: "running", item: event.item, launchFailures: 0 }
  )
}

/** How many pushes in a row the queue may refuse before the sweep is given up. */
const refusalsAllowed = 4

const launchFailed = (self: SchedulerModel, event: EventOf<"LaunchFailed">): SchedulerModel => {
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

const stopAsked = (self: SchedulerModel, event: EventOf<"RunStopAsked">): SchedulerModel => {
  const run = self.runs.get(event.run)
  if (run === undefined) return self
  const reason = run.stop?.reason ?? stopReason(self)
  if (run.phase === "Refused") return forget(self, run, "failed")
  if (run.phase === "Suggested" || (self.end !== undefined && self.policy.awaitStops === 0)) {
    return forget(self, run, reason === "Interrupted" ? "preempted" : "killed")
  }
  return setRun(self, { ...run, stop: { reason, asked: true, failures: 0, notBefore: 0 } })
}

/** Why runs are stopped at the end: an interrupt that only pauses lets them run again. */
export const stopReason = (self: SchedulerModel): "Interrupted" | "Killed" =>
  self.end?.reason === "Interrupted" && self.policy.onInterrupt === "pause" ? "Interrupted" : "Killed"

/** How often a stop, or the sweep's state, is tried at the end before the scheduler leaves without it. */
const triesAtEnd = 5

const stopFailed = (self: SchedulerModel, event: EventOf<"RunStopFailed">): SchedulerModel => {
  const run = self.runs.get(event.run)
  if (run === undefined) return self
  const before = ManagedRun.stopping(run, stopReason(self))
  const failures = (before.stop?.failures ?? 0) + 1
  const reason = before.stop?.reason ?? stopReason(self)
  const notBefore = Model.backoff({ ...event, base: self.policy.backoff, failures })
  const asked = self.end !== undefined && failures >= triesAtEnd
  return setRun(self, { ...before, stop: { reason, asked, failures, notBefore } })
}

const stateFailed = (self: SchedulerModel, event: EventOf<"SweepStateFailed">): SchedulerModel => {
  const failures = self.settingState.failures + 1
  if (failures >= triesAtEnd) return { ...self, stateSet: true }
  const notBefore = Model.backoff({ ...event, base: self.policy.backoff, failures })
  return { ...self, settingState: { failures, notBefore } }
}

const issued = (self: SchedulerModel, command: Command.Command): SchedulerModel => {
  const next = { ...self, inFlight: new Map(self.inFlight).set(Command.id(command), command) }
  switch (command._tag) {
    case "Observe":
      return { ...next, look: false }
    case "Ask":
      return { ...next, ask: false, heartbeat: false, asks: command.n }
    case "Launch": {
      const run = self.runs.get(command.run)
      return run === undefined || run.attempt !== command.attempt ? next : setRun(next, { ...run, phase: "Launching" })
    }
    default:
      return next
  }
}

/** A bug ends the sweep; what the dead command was to do counts as done, so that the end is reached. */
const died = (self: SchedulerModel, event: EventOf<"CommandDied">): SchedulerModel => {
  const { command } = event
  const next = end(landed(self, Command.id(command)), "Defect", event.at, { detail: event.detail })
  switch (command._tag) {
    case "Finish":
      return { ...next, left: true }
    case "SetSweepState":
      return { ...next, stateSet: true }
    case "StopRun":
      return stopAsked(next, { _tag: "RunStopAsked", at: event.at, run: command.run })
    case "Launch":
    case "Recover": {
      const run = self.runs.get(command.run)
      return run === undefined || run.attempt !== command.attempt ? next : setRun(next, { ...run, phase: "Managed" })
    }
    default:
      return next
  }
}

/** Follows what the model now implies: all workers registered, run_cap reached, nothing left to wait for. */
const settle = (self: SchedulerModel, at: number): SchedulerModel => {
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
  if (self.flush !== "Finished" && Model.resumable(self) > 0) return unflush(self)
  if (self.runs.size > 0) return self
  if (self.flush === "RunCap") return end(self, "RunCapReached", at)
  if (self.drained) return end(self, self.flush === "Finished" ? "SweepFinished" : "SearchExhausted", at)
  return self.drainLook ? self : { ...self, look: true, drainLook: true }
}

/**
 * The part of an event that changes what outlives this scheduler: what is journaled. `undefined` where
 * nothing does. Folding essences instead of events gives the same model, but for the states that live runs
 * were last read in and for what is due next.
 */
export const essence = (self: SchedulerModel, event: Event): Event | undefined => {
  if (!isDurable(event) || (self.left && event._tag !== "SchedulerStarted")) return undefined
  switch (event._tag) {
    case "Observed":
      return observedEssence(self, event)
    case "Answered":
      return event.answers.length === 0 ? undefined : event
    case "CommandIssued":
      return Command.isEffect(event.command) ? event : undefined
    default:
      return event
  }
}

const observedEssence = (self: SchedulerModel, event: EventOf<"Observed">): Event | undefined => {
  const sweepChanges = event.sweep !== undefined && applySweep(self, event.sweep, event.at) !== self
  const ownChanges = event.own !== undefined && applyOwn(self, event.own, event.at) !== self
  const runs = event.runs.filter((reading) => {
    const before = self.runs.get(reading.run)
    const after = applyRun(self, reading, event).runs.get(reading.run)
    return before?.attempt !== after?.attempt || before?.gone !== after?.gone || before?.itemGone !== after?.itemGone
  })
  return !sweepChanges && !ownChanges && runs.length === 0
    ? undefined
    : {
        _tag: "Observed",
        at: event.at,
        jitter: event.jitter,
        ...(sweepChanges ? { sweep: event.sweep } : {}),
        ...(ownChanges ? { own: event.own } : {}),
        runs
      }
}
