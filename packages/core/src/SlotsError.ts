import * as Data from "effect/Data"

/** Slots that can't be made from what was asked: a bad command line. */
export class SlotsError extends Data.TaggedError("SlotsError")<{
  /** One sentence, and what to write instead. */
  readonly detail: string
}> {
  override get message(): string {
    return this.detail
  }
}
