import * as Schema from "effect/Schema"

/** An engine refused a job (`Refused`), could not be asked (`Unavailable`), or holds it where we can't see it (`Foreign`). */
export class ExecutorError extends Schema.TaggedError<ExecutorError>("@sweepline/core/ExecutorError")("ExecutorError", {
  reason: Schema.Literal("Refused", "Unavailable", "Foreign"),
  /** The run's key, `run#attempt`, or the engine's name where no run is concerned. */
  subject: Schema.String,
  detail: Schema.String,
  cause: Schema.optional(Schema.Defect)
}) {
  override get message(): string {
    return `${this.subject}: ${this.detail}`
  }
}
