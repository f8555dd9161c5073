import type { EventOf } from "../Event.js"
import * as ManagedRun from "../ManagedRun.js"
import { unflush } from "./applyReadings.js"
import type { SchedulerModel } from "./model.js"
import * as Model from "./model.js"

/**
 * A person has changed what the sweep keeps to. What was launched stays; suggestions of workers that are gone go to
 * those that are left. A sweep that only waits for its last runs goes on where there is something to launch again.
 */
export const edited = (self: SchedulerModel, { change, search }: EventOf<"SweepEdited">): SchedulerModel => {
  if (self.end !== undefined) return self
  const policy = { ...self.policy, ...change }
  const { workers } = policy
  const next: SchedulerModel = {
    ...self,
    policy,
    agents: Array.from({ length: workers }, (_, worker) => self.agents[worker]),
    runs: new Map(
      [...self.runs].map(([id, run]) => [id, isStranded(run, workers) ? moved(run, workers) : run] as const)
    ),
    look: true,
    ask: true
  }
  const reopens = (next.flush === "RunCap" && !Model.isAtCap(next)) || (next.flush === "Exhausted" && search)
  return reopens ? unflush(next) : next
}

// internal

const isStranded = (run: ManagedRun.ManagedRun, workers: number): boolean =>
  run.worker >= workers && !ManagedRun.isActive(run) && workers > 0

const moved = (run: ManagedRun.ManagedRun, workers: number): ManagedRun.ManagedRun => ({
  ...run,
  worker: run.worker % workers
})
