import * as Schema from "effect/Schema"

/** The journal can't be written or read: deciding stops, runs go on. */
export class JournalUnavailable extends Schema.TaggedError<JournalUnavailable>("@sweepline/core/JournalUnavailable")(
  "JournalUnavailable",
  {
    sweep: Schema.String,
    detail: Schema.String,
    /** Whether it may be over later, as a full disk may: then a scheduler that has begun waits for that. */
    mayHeal: Schema.optionalWith(Schema.Boolean, { exact: true }),
    cause: Schema.optional(Schema.Defect)
  }
) {
  override get message(): string {
    return `The journal of sweep ${this.sweep} is unavailable: ${this.detail}`
  }
}
