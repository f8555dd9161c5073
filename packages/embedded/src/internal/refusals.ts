import { CommError } from "@sweepline/core/CommError"
import type { LeaseHeldError } from "@sweepline/core/LeaseHeldError"
import type { SweepId } from "@sweepline/core/SweepId"
import { SweepNotFoundError } from "@sweepline/core/SweepNotFoundError"

/** A write of a scheduler that has lost its lease, where the port knows no `LeaseHeldError`: status 409. */
export const leaseLost = (operation: string, refusal: LeaseHeldError): CommError =>
  new CommError({ reason: "Status", status: 409, operation, detail: refusal.message, retryable: false })

/** A sweep that isn't there. */
export const noSweep = (id: SweepId): SweepNotFoundError => new SweepNotFoundError({ kind: "sweep", id })

/** A run that a sweep doesn't have, where the port has no other way to say so: status 404. */
export const noRun = (operation: string, ids: { readonly sweep: string; readonly run: string }): CommError =>
  new CommError({
    reason: "Status",
    status: 404,
    operation: `${operation} run ${ids.run}`,
    detail: `Sweep ${ids.sweep} has no such run`,
    retryable: false
  })
