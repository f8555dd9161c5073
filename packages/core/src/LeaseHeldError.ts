import * as Schema from "effect/Schema"

/** Another scheduler holds the sweep; `lost` when this one held it before. */
export class LeaseHeldError extends Schema.TaggedError<LeaseHeldError>("@sweepline/core/LeaseHeldError")(
  "LeaseHeldError",
  {
    sweep: Schema.String,
    /** Host and process id of the holder, as far as known. */
    holder: Schema.String,
    lost: Schema.Boolean
  }
) {
  override get message(): string {
    return this.lost
      ? `The lease on sweep ${this.sweep} was lost to ${this.holder}; its runs go on under that scheduler.`
      : `Sweep ${this.sweep} already has a scheduler (${this.holder}). Stop that one first, or wait until it ends.`
  }
}
