import * as Schema from "effect/Schema"

/** The sweep cannot go on. Raised only for a broken config, a lost sweep, or an executable that isn't there. */
export class SchedulerError extends Schema.TaggedError<SchedulerError>("@sweepline/core/SchedulerError")(
  "SchedulerError",
  {
    reason: Schema.Literal(
      "SweepUnreadable",
      "BadWorkers",
      "BadPolicy",
      "NoExecutable",
      "ExecutableMissing",
      "RegistrationRefused",
      "UnknownCommand",
      "BadTrialConfig",
      "BadCommand",
      "SearchFailed",
      "RunFailures"
    ),
    detail: Schema.String,
    cause: Schema.optional(Schema.Defect)
  }
) {
  override get message(): string {
    return this.detail
  }
}
