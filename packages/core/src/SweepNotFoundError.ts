import * as Schema from "effect/Schema"

/** A sweep, run or agent that the backend does not (or no longer) know: HTTP 404 on W&B (B51, F.2). */
export class SweepNotFoundError extends Schema.TaggedError<SweepNotFoundError>("@sweepline/core/SweepNotFoundError")(
  "SweepNotFoundError",
  {
    kind: Schema.Literal("sweep", "run", "agent"),
    id: Schema.String,
    /** What the person can do about it, for example where to list sweeps. */
    hint: Schema.optional(Schema.String)
  }
) {
  override get message(): string {
    const hint = this.hint === undefined ? "" : ` ${this.hint}`
    return `There is no ${this.kind} "${this.id}".${hint}`
  }
}
