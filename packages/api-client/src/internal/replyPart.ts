import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type { GraphQlError, Reply } from "../GraphQl.js"
import * as WireFailure from "../WireFailure.js"

/**
 * One part of an answer. Null, where the server says that it isn't there. Left, where an error speaks of it or of what
 * it is in, or where the answer has no place for it: that says nothing about the thing itself.
 */
export const replyPart = <A, I>(
  schema: Schema.Schema<A, I>
): ((reply: Reply, path: ReadonlyArray<string>) => Either.Either<A | null, WireFailure.WireFailure>) => {
  const decode = Schema.decodeUnknownEither(schema)
  return ({ data, errors }, path) => {
    const said = errors.find((error) => concerns(error, path))
    if (said !== undefined) {
      return Either.left(WireFailure.make({ reason: "GraphQL", detail: said.message, delivery: "Refused" }))
    }
    let value: unknown = data
    for (const name of path) {
      if (!Predicate.isRecord(value) || !Object.hasOwn(value, name)) return Either.left(undecodable)
      value = value[name]
      if (value === null) return Either.right(null)
    }
    return Either.mapLeft(decode(value), () => undecodable)
  }
}

/** One of the two paths leads to the other: the error lies in the part, or the part in what failed. */
const concerns = ({ path: where }: GraphQlError, path: ReadonlyArray<string>): boolean =>
  where.length === 0 || where.slice(0, path.length).every((name, index) => name === path[index])

const undecodable = WireFailure.make({
  reason: "Decode",
  detail: "the answer has no place for what was asked",
  delivery: "Unknown"
})
