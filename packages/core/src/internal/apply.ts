import * as Command from "../Command.js"
import type { Event, EventOf } from "../Event.js"
import { isDurable } from "../Event.js"
import { answered, askFailed } from "./applyAnswers.js"
import { launched, launchFailed } from "./applyLaunches.js"
import { applyOwn, applyRun, applySweep, end, readRun } from "./applyReadings.js"
import { edited } from "./applyEdits.js"
import { stateFailed, stopAsked, stopFailed } from "./applyStops.js"
import { started } from "./begin.js"
import { stopping } from "../ManagedRun.js"
import { setRun } from "./endRun.js"
import { moved } from "./moved.js"
import { landed } from "./landed.js"
import type { SchedulerModel } from "./model.js"
import * as Model from "./model.js"
import { settle } from "./settle.js"

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
      return self.look && self.heartbeat ? self : polled(self)
    case "Notified":
      return self.look || self.state === "STARTING" ? self : { ...self, look: true }
    case "Woke":
      return self
    case "ClockMoved":
      return moved(self, event.by)
    case "RunActive":
      return active(self, event)
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
    case "SweepEdited":
      return edited(self, event)
    case "SweepGivenUp":
      return end(
        landed(self, `end/${event.reason}`),
        event.reason,
        event.at,
        event.detail === undefined ? {} : { detail: event.detail }
      )
    case "CommandIssued":
      return issued(self, event.command)
    case "CommandDied":
      return died(self, event)
  }
}

/**
 * Busy workers are heard after the look (B22), together with those that it finds idle. A start that goes well looks at
 * nothing: only one that an outage holds up, from the second poll on, since the sweep may be ended meanwhile.
 */
const polled = (self: SchedulerModel): SchedulerModel => ({
  ...self,
  look: self.state !== "STARTING" || self.heartbeat,
  heartbeat: true,
  ask: self.ask && Model.hasIdleWorkers(self)
})

const observed = (self: SchedulerModel, event: EventOf<"Observed">): SchedulerModel => {
  let next = landed(self, "observe")
  if (event.sweep !== undefined) next = applySweep(next, event.sweep, event.at)
  if (event.own !== undefined) next = applyOwn(next, event.own, event.at)
  for (const reading of event.runs) next = applyRun(next, reading, event)
  return next.ask ? next : { ...next, ask: true }
}

const active = (self: SchedulerModel, event: EventOf<"RunActive">): SchedulerModel => {
  const run = self.runs.get(event.run)
  if (run?.attempt !== event.attempt || run.phase !== "Managed" || (run.activeAt ?? 0) >= event.at) return self
  return setRun(self, { ...run, activeAt: event.at })
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
    case "StopRun": {
      // Only the clock says so: what it was stopped for must be known when the stop has been asked for.
      const run = self.runs.get(command.run)
      return run === undefined || command.reason !== "TimedOut" ? next : setRun(next, stopping(run, "TimedOut"))
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
    const run = self.runs.get(reading.run)
    if (run === undefined) return false
    const seen = readRun(run, reading)
    return typeof seen === "string" || seen.gone !== run.gone || seen.itemGone !== run.itemGone
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
