import type { Reply } from "../GraphQl.js"
import type { WireFailure } from "../WireFailure.js"

/**
 * Whether a server takes several questions in one request. One that answers such a request with a refusal gets single
 * ones from then on. An error for the whole of it may be a passing trouble: only a second one in a row is a refusal.
 */
export class Batching {
  /** Whether questions go one by one. */
  single = false
  private strikes = 0

  /** The server answered a request of several, and at least parts of it. */
  answered(): void {
    this.strikes = 0
  }

  /** The whole of a request of several failed: whether its questions are to be asked one by one. */
  refused(failure: WireFailure): boolean {
    if (failure.reason === "GraphQL") {
      this.strikes += 1
      this.single ||= this.strikes >= 2
      return this.single
    }
    if (failure.status === undefined || !refusals.has(failure.status)) return false
    this.single = true
    return true
  }
}

/** The statuses with which a server refuses what it can't understand, or finds too large. */
const refusals: ReadonlySet<number> = new Set([400, 404, 405, 413, 414, 415, 422, 501])

/** Whether an answer has nothing but errors. */
export const isEmpty = ({ data, errors }: Reply): boolean =>
  errors.length > 0 && (typeof data !== "object" || data === null)
