import * as Schema from "effect/Schema"

/**
 * The backend could not be asked, or gave no usable answer. What failed is that one
 * request: the scheduler logs it and asks again (architecture: the loop retries this
 * error only). `retryable` is false where asking again can't help, for example 401.
 */
export class CommError extends Schema.TaggedError<CommError>("@sweepline/core/CommError")("CommError", {
  reason: Schema.Literal("Unreachable", "Status", "GraphQL", "Decode", "Timeout"),
  /** What was being done, for example `read the state of run a1b2`. */
  operation: Schema.String,
  detail: Schema.String,
  status: Schema.optional(Schema.Int),
  retryable: Schema.Boolean
}) {
  override get message(): string {
    const status = this.status === undefined ? "" : ` (status ${this.status})`
    return `Could not ${this.operation}${status}: ${this.detail}`
  }
}
