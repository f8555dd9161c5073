import type { Command, CommandOf } from "../Command.js"
import { endings } from "../EndReason.js"
import * as ManagedRun from "../ManagedRun.js"
import * as SweepState from "../SweepState.js"
import { stopReason } from "./applyStops.js"
import * as Bounds from "./bounds.js"
import type { End, SchedulerModel } from "./model.js"
import * as Model from "./model.js"

/** What must happen next, and when to look again if nothing else happens (`Infinity`: not at all). */
export interface Decision {
  readonly commands: ReadonlyArray<Command>
  readonly wakeAt: number
}

/** Collects commands, leaving out what is in flight, and the earliest time at which waiting is over. */
class Plan {
  readonly commands: Array<Command> = []
  wakeAt = Number.POSITIVE_INFINITY
  constructor(readonly now: number) {}

  /** Whether a time has come; if not, the plan looks again then. */
  due(time: number): boolean {
    if (time <= this.now) return true
    this.wakeAt = Math.min(this.wakeAt, time)
    return false
  }

  /** The same for the wait after a failure. One that seems longer than any is over: the clock was set back meanwhile. */
  waited(time: number): boolean {
    return time > this.now + Model.longestBackoff || this.due(time)
  }
}

/** What must happen next. Nothing that is in flight is decided again. */
export const decide = (self: SchedulerModel, now: number): Decision => {
  const plan = new Plan(now)
  if (!self.left) {
    if (self.end !== undefined) leave(self, self.end, plan)
    else if (self.state !== "PENDING" && !Bounds.exceeded(self, plan)) {
      if (self.state === "STARTING") start(self, plan)
      else work(self, plan)
    }
  }
  return { commands: plan.commands, wakeAt: plan.wakeAt }
}

/** B18 and B21: first the executable, then every worker at once. What takes long doesn't keep it from looking at the sweep. */
const start = (self: SchedulerModel, plan: Plan): void => {
  observe(self, plan)
  if (self.executable === undefined) {
    if (!self.inFlight.has("findExecutable")) plan.commands.push({ _tag: "FindExecutable" })
    return
  }
  register(self, plan)
}

const register = (self: SchedulerModel, plan: Plan): void => {
  self.agents.forEach((agent, worker) => {
    if (agent === undefined && !self.inFlight.has(`register/${worker}`))
      plan.commands.push({ _tag: "RegisterWorker", worker })
  })
}

/** B22: look, then launch what was suggested, then ask for more. */
const work = (self: SchedulerModel, plan: Plan): void => {
  observe(self, plan)
  // Workers that an edit has added.
  if (self.state === "RUNNING") register(self, plan)
  for (const run of self.runs.values()) {
    if (run.phase === "Recovering" || ManagedRun.isUncertain(run)) recover(self, run, plan)
    if (run.stop !== undefined || Bounds.isStuck(self, run, plan)) stop(self, run, plan)
  }
  launch(self, plan)
  ask(self, plan)
}

const observe = (self: SchedulerModel, plan: Plan): void => {
  if (!self.look || self.inFlight.has("observe")) return
  const runs: Array<CommandOf<"Observe">["runs"][number]> = []
  for (const { attempt, id, item, phase } of self.runs.values()) {
    if (phase === "Managed") runs.push(item === undefined ? { run: id, attempt } : { run: id, attempt, item })
  }
  plan.commands.push({ _tag: "Observe", runs })
}

/** Finds out whether a push happened whose answer nobody has. */
const recover = (self: SchedulerModel, run: ManagedRun.ManagedRun, plan: Plan): void => {
  const { attempt, id } = run
  if (self.inFlight.has(`recover/${id}#${attempt}`) || !plan.waited(run.notBefore)) return
  plan.commands.push({ _tag: "Recover", run: id, attempt })
}

/** A run that is on its way to the queue is stopped once it is known to be there. */
const stop = (self: SchedulerModel, run: ManagedRun.ManagedRun, plan: Plan): void => {
  if (run.phase === "Launching" || run.phase === "Recovering") return
  if (run.stop?.asked === true || self.inFlight.has(`stop/${run.id}`) || !plan.waited(run.stop?.notBefore ?? 0)) return
  plan.commands.push({ _tag: "StopRun", run: run.id, reason: run.stop?.reason ?? reasonNow(self) })
}

/** A run that is stopped although nothing has ended shows no sign of life. */
const reasonNow = (self: SchedulerModel) => (self.end === undefined ? "TimedOut" : stopReason(self))

/** One run at a time for each worker, in the order of suggestion; none while the sweep is paused. */
const launch = (self: SchedulerModel, plan: Plan): void => {
  if (self.sweep === "PAUSED") return
  const taken = new Set<number>()
  for (const run of self.runs.values()) if (ManagedRun.isActive(run)) taken.add(run.worker)
  for (const run of self.runs.values()) {
    if (run.phase !== "Suggested" || run.stop !== undefined || taken.has(run.worker)) continue
    taken.add(run.worker)
    if (plan.waited(run.notBefore)) plan.commands.push({ _tag: "Launch", run: run.id, attempt: run.attempt })
  }
}

/** Idle workers up to what run_cap leaves; busy ones are heard once a poll (RD8), also while runs are flushed. */
const ask = (self: SchedulerModel, plan: Plan): void => {
  if (!self.ask || self.inFlight.has(`ask/${self.asks}`) || !plan.waited(self.asking.notBefore)) return
  const busy = Model.busyWorkers(self)
  const workers: Array<Extract<Command, { _tag: "Ask" }>["workers"][number]> = []
  let demand = self.state === "RUNNING" ? Math.min(Model.demand(self), room(self)) : 0
  self.agents.forEach((agent, worker) => {
    if (agent === undefined) return
    if (busy.has(worker)) {
      if (self.heartbeat) workers.push({ worker, agent, runs: runsOf(self, worker), idle: false })
    } else if (demand > 0) {
      demand -= 1
      workers.push({ worker, agent, runs: [], idle: true })
    }
  })
  if (workers.length > 0) plan.commands.push({ _tag: "Ask", n: self.asks + 1, workers })
}

/** How many workers may take another run: as long as runs of workers go on that an edit took away, fewer than there are. */
const room = (self: SchedulerModel): number => {
  let stranded = 0
  for (const run of self.runs.values()) if (run.worker >= self.agents.length) stranded += 1
  return stranded === 0 ? Number.POSITIVE_INFINITY : Math.max(0, self.agents.length - self.runs.size)
}

const runsOf = (
  self: SchedulerModel,
  worker: number
): ReadonlyArray<readonly [ManagedRun.ManagedRun["id"], boolean]> => {
  const runs: Array<readonly [ManagedRun.ManagedRun["id"], boolean]> = []
  for (const run of self.runs.values()) if (run.worker === worker) runs.push([run.id, true])
  return runs
}

/** B64–B70: stop the runs and await them, write the sweep's state, end the own run; each once the one before is done. */
const leave = (self: SchedulerModel, end: End, plan: Plan): void => {
  const ending = endings[end.reason]
  const pausing = end.reason === "Interrupted" && Model.pausesWhenInterrupted(self)
  if (ending.stopsRuns && !stopAll(self, end, pausing, plan)) return
  if (inTheAir(self)) return
  const target = pausing ? "PAUSED" : ending.write
  if (target !== undefined && !self.stateSet && mayWrite(self, target)) {
    if (!self.inFlight.has(`setSweepState/${target}`) && plan.waited(self.settingState.notBefore)) {
      plan.commands.push({ _tag: "SetSweepState", state: target })
    }
    return
  }
  if (!self.inFlight.has("finish")) plan.commands.push({ _tag: "Finish", exitCode: ending.exitCode })
}

/** B67: a terminal state is never left, and a state that is already there is not written. */
const mayWrite = (self: SchedulerModel, target: SweepState.SweepState): boolean =>
  self.sweep === undefined || (self.sweep !== target && !SweepState.isTerminal(self.sweep))

const inTheAir = (self: SchedulerModel): boolean => {
  for (const run of self.runs.values()) if (run.phase === "Launching") return true
  return false
}

/** Whether all runs are stopped, as far as the policy waits for it. A pausing interrupt leaves unlaunched suggestions for later. */
const stopAll = (self: SchedulerModel, end: End, pausing: boolean, plan: Plan): boolean => {
  let stopped = true
  let gone = true
  for (const run of self.runs.values()) {
    if (pausing && run.phase === "Suggested") continue
    if (run.phase === "Recovering") recover(self, run, plan)
    stop(self, run, plan)
    if (run.stop?.asked !== true) stopped = false
    gone = false
  }
  if (!stopped || gone || self.policy.awaitStops === 0) return stopped
  observe(self, plan)
  return plan.due(end.at + self.policy.awaitStops)
}
