import * as Data from "effect/Data"

/**
 * A request that is refused: the sentence that the client shows, and the status that a document with this one operation
 * is answered with. 200 stands for an ordinary GraphQL error (B.2.4).
 */
export class WireError extends Data.TaggedError("WireError")<{
  readonly status: number
  readonly detail: string
}> {
  override get message(): string {
    return this.detail
  }
}

/** What is asked for isn't there. */
export const notFound = (detail: string): WireError => new WireError({ status: 404, detail })

/** What is asked for can't be done as it was asked for. */
export const badRequest = (detail: string): WireError => new WireError({ status: 400, detail })
