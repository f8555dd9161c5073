/** GraphQL as W&B speaks it: operations as values, and what an answer says went wrong. */
import * as Either from "effect/Either"
import type * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"

/** One operation: its document, what its variables are, and what its answer must look like. */
export interface Operation<Variables, Answer> {
  /** The name in the document; requests themselves carry an empty one (B.1.1). */
  readonly name: string
  readonly document: string
  readonly encode: (variables: Variables) => Either.Either<Readonly<Record<string, unknown>>, ParseResult.ParseError>
  readonly decode: (data: unknown) => Either.Either<Answer, ParseResult.ParseError>
}

/** An operation from its document and schemas. `data` is decoded as a whole. */
export const operation = <
  Variables,
  EncodedVariables extends Readonly<Record<string, unknown>>,
  Answer,
  EncodedAnswer
>(options: {
  readonly document: string
  readonly variables: Schema.Schema<Variables, EncodedVariables>
  readonly answer: Schema.Schema<Answer, EncodedAnswer>
}): Operation<Variables, Answer> => ({
  name: nameOf(options.document),
  document: options.document,
  encode: Schema.encodeEither(options.variables),
  decode: Schema.decodeUnknownEither(options.answer)
})

/** The variables of an operation, and its answer. */
export type Variables<Op> = Op extends Operation<infer V, infer _> ? V : never
export type Answer<Op> = Op extends Operation<infer _, infer A> ? A : never

/** One thing that a server says went wrong, and where in the answer. */
export interface GraphQlError {
  readonly message: string
  readonly path: ReadonlyArray<string | number>
}

/** What a server answered: data, which may have holes where the errors say so. */
export interface Reply {
  readonly data: unknown
  readonly errors: ReadonlyArray<GraphQlError>
}

/** Reads an answer with status 200. Left: what is wrong with its shape. */
export const replyOf = (text: string): Either.Either<Reply, string> =>
  Either.flatMap(Either.try({ try: (): unknown => JSON.parse(text), catch: () => "the answer is no JSON" }), (body) =>
    Either.mapBoth(decodeEnvelope(body), {
      onLeft: () => "the answer is no GraphQL answer",
      onRight: ({ data, errors }) => ({ data, errors: (errors ?? []).map(errorOf) })
    })
  )

/** The words of an answer with another status (B.2.4): its errors' messages, or what it says as it is. */
export const wordsOf = (text: string, status: number): string => {
  const body = Either.try((): unknown => JSON.parse(text))
  if (Either.isLeft(body)) return text.trim() === "" ? `returned error ${status}` : text.trim()
  const envelope = decodeErrors(body.right)
  if (Either.isLeft(envelope)) return text.trim()
  const { errors } = envelope.right
  return errors === undefined || errors.length === 0 ? `returned error ${status}: ${text.trim()}` : joined(errors)
}

/** Several messages as one text (B.2.4). */
export const joined = (errors: ReadonlyArray<{ readonly message: string }>): string => {
  const messages = errors.map(({ message }) => message)
  return messages.length === 1 ? (messages[0] ?? "") : `[${messages.join("; ")}]`
}

// internal

const nameOf = (document: string): string => /(?:query|mutation)\s+(\w+)/.exec(document)?.[1] ?? ""

const ErrorItem = Schema.Struct({
  message: Schema.String,
  path: Schema.optionalWith(Schema.Array(Schema.Union(Schema.String, Schema.Number)), { nullable: true })
})

const errorOf = ({ message, path }: typeof ErrorItem.Type): GraphQlError => ({ message, path: path ?? [] })

const decodeEnvelope = Schema.decodeUnknownEither(
  Schema.Struct({
    data: Schema.optional(Schema.Unknown),
    errors: Schema.optionalWith(Schema.Array(ErrorItem), { nullable: true })
  }).pipe(Schema.filter(({ data, errors }) => (typeof data === "object" && data !== null) || (errors?.length ?? 0) > 0))
)

const decodeErrors = Schema.decodeUnknownEither(
  Schema.Struct({ errors: Schema.optionalWith(Schema.Array(ErrorItem), { nullable: true }) })
)
