import * as Schema from "effect/Schema"

/**
 * Why a run was asked to stop. What follows differs: an `Interrupted` run was stopped
 * only because its scheduler was, becomes `preempted`, and runs again as the same run;
 * the others end as `killed` (a stopped run keeps its metrics and counts). `TimedOut`: it showed no sign of life;
 * `DeadlineReached`, `BudgetSpent`: the sweep ended because of that.
 */
export const StopReason = Schema.Literal(
  "Killed",
  "EarlyStopped",
  "Interrupted",
  "TimedOut",
  "DeadlineReached",
  "BudgetSpent"
)
export type StopReason = typeof StopReason.Type
