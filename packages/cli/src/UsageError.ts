import * as Data from "effect/Data"

/** The command line, or a file or folder that it names, can't be used: says what to do instead. */
export class UsageError extends Data.TaggedError("UsageError")<{ readonly message: string }> {}
