import * as Schema from "effect/Schema"

/** A launch that can't be made (`InvalidSpec`), that the queue refused, or whose outcome isn't known. */
export class LaunchError extends Schema.TaggedError<LaunchError>("@sweepline/core/LaunchError")("LaunchError", {
  reason: Schema.Literal("InvalidSpec", "QueueNotFound", "Refused", "LaunchUncertain"),
  run: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `Run ${this.run} could not be launched: ${this.detail}`
  }
}
