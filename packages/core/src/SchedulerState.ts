import * as Schema from "effect/Schema"

/** The states of a scheduler (B1), in the reference's order. */
export const SchedulerState = Schema.Literal(
  "PENDING",
  "STARTING",
  "RUNNING",
  "FLUSH_RUNS",
  "COMPLETED",
  "FAILED",
  "STOPPED",
  "CANCELLED"
)
export type SchedulerState = typeof SchedulerState.Type

const alive = {
  PENDING: true,
  STARTING: true,
  RUNNING: true,
  FLUSH_RUNS: true,
  COMPLETED: false,
  FAILED: false,
  STOPPED: false,
  CANCELLED: false
} as const satisfies Record<SchedulerState, boolean>

/** Whether the scheduler still schedules: FLUSH_RUNS, which waits for its runs to end, is alive (B1). */
export const isAlive = (self: SchedulerState): boolean => alive[self]
