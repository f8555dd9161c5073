/** What time puts an end to: stuck runs, and sweeps beyond their deadline or their budget. */
import type { Command } from "../Command.js"
import type { ManagedRun } from "../ManagedRun.js"
import type { SchedulerModel } from "./model.js"
import * as Model from "./model.js"

/** Where decisions are collected; `due` tells whether a time has come, or else looks again then. */
export interface Plan {
  readonly commands: Array<Command>
  readonly now: number
  readonly due: (time: number) => boolean
}

/** Whether the sweep is over by the clock or by what its runs took; then its end is all that is decided. */
export const exceeded = (self: SchedulerModel, plan: Plan): boolean => {
  const { deadline } = self.policy
  if (deadline !== null && plan.due(deadline)) return over(self, "DeadlineReached", plan)
  return isSpent(self, plan) && over(self, "BudgetSpent", plan)
}

/** Whether a run shows no sign of life for longer than it may. One that waits in its queue needn't show any. */
export const isStuck = (self: SchedulerModel, run: ManagedRun, plan: Plan): boolean => {
  const { runTimeout } = self.policy
  if (runTimeout === null || run.phase !== "Managed" || run.state === "pending" || run.activeAt === undefined)
    return false
  return plan.due(run.activeAt + runTimeout)
}

// internal

const over = (self: SchedulerModel, reason: "DeadlineReached" | "BudgetSpent", plan: Plan): true => {
  if (!self.inFlight.has(`end/${reason}`)) plan.commands.push({ _tag: "EndSweep", reason })
  return true
}

/** Looks again when the runs that go on will have spent the rest. */
const isSpent = (self: SchedulerModel, plan: Plan): boolean => {
  const { budget, gpusPerRun } = self.policy
  if (budget === null) return false
  let spent = self.spent
  let running = 0
  for (const run of self.runs.values()) {
    spent += Model.gpuTime(self, run, plan.now)
    if (run.since !== undefined && run.until === undefined) running += 1
  }
  if (spent >= budget) return true
  if (running > 0) plan.due(plan.now + Math.max(1, Math.ceil((budget - spent) / (running * gpusPerRun))))
  return false
}
