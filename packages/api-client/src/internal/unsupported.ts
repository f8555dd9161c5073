import { CommError } from "@sweepline/core/CommError"

/** A call of a port that has no meaning here; `detail` says why. Trying again can't help. */
export const unsupported =
  (detail: string) =>
  (operation: string): CommError =>
    new CommError({ reason: "Status", operation, detail, retryable: false })
