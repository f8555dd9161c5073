import * as Schema from "effect/Schema"

/** One thing that is wrong with a sweep config, and where. */
export class Violation extends Schema.Class<Violation>("@sweepline/core/Violation")({
  /** Dotted path in the config, for example `parameters.lr.min`; empty for the document itself. */
  path: Schema.String,
  /** 1-based, in the source text. */
  line: Schema.Int,
  column: Schema.Int,
  /** What is wrong and what to write instead: one clear sentence. */
  problem: Schema.String
}) {}

/** A sweep config that can't be used: every violation at once, in source order. */
export class SweepConfigError extends Schema.TaggedError<SweepConfigError>("@sweepline/core/SweepConfigError")(
  "SweepConfigError",
  { file: Schema.String, violations: Schema.NonEmptyArray(Violation) }
) {
  override get message(): string {
    return this.violations
      .map(
        ({ column, line, path, problem }) =>
          `${this.file}:${line}:${column}: ${path === "" ? "" : `${path}: `}${problem}`
      )
      .join("\n")
  }
}
