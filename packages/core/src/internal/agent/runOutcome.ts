import type { JobStatus } from "../../Executor.js"
import type { RunState } from "../../RunState.js"
import type { StopReason } from "../../StopReason.js"

/** How a run may end. */
export type EndState = Extract<RunState, "crashed" | "failed" | "finished" | "killed" | "preempted">

/** What a run becomes that was stopped: only the interrupted one runs again (F.3, F.4). */
export const stoppedState = {
  Killed: "killed",
  EarlyStopped: "killed",
  TimedOut: "killed",
  DeadlineReached: "killed",
  BudgetSpent: "killed",
  Interrupted: "preempted"
} as const satisfies Record<StopReason, EndState>

/** What the engine says of a job that has ended. */
export type EndedStatus = Exclude<JobStatus, { readonly _tag: "Running" }>

/** How a run ended. */
export interface Outcome {
  readonly state: EndState
  readonly exitCode: number | undefined
  /** When, where the engine says. */
  readonly endedAt?: number | undefined
  /** What the engine says about an end without exit code. */
  readonly detail: string | undefined
}

/**
 * What a job's end makes of its run. A run that was asked to stop ends by the
 * reason, whatever its exit code says; except that one which exits with 0 before it was `signalled` has
 * finished by itself. (Many scripts answer SIGTERM with a checkpoint and exit code 0: they have not finished.)
 */
export const outcome = (
  status: EndedStatus,
  stop: { readonly reason: StopReason | undefined; readonly signalled: boolean }
): Outcome => {
  const stopped = stop.reason === undefined ? undefined : stoppedState[stop.reason]
  switch (status._tag) {
    case "Exited": {
      const own = status.code === 0 ? "finished" : "failed"
      const asked = status.code === 0 && !stop.signalled ? undefined : stopped
      return { state: asked ?? own, exitCode: status.code, endedAt: status.at, detail: undefined }
    }
    case "Killed":
      return { state: stopped ?? "killed", exitCode: undefined, detail: undefined }
    case "Preempted":
      return { state: stopped ?? "preempted", exitCode: undefined, detail: status.detail }
    case "Crashed":
    case "Lost":
      return { state: stopped ?? "crashed", exitCode: undefined, detail: status.detail }
  }
}
