import * as Either from "effect/Either"

/** A JSON object of texts, as extra headers and proxies are given; Left: what is wrong with it, without any value. */
export const textsOf = (json: string): Either.Either<ReadonlyMap<string, string>, string> =>
  Either.flatMap(Either.try({ try: (): unknown => JSON.parse(json), catch: () => "is no JSON" }), (value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return Either.left("must be a JSON object")
    const texts = new Map<string, string>()
    for (const [name, text] of Object.entries(value)) {
      if (typeof text !== "string") return Either.left(`must have a text for ${JSON.stringify(name)}`)
      texts.set(name, text)
    }
    return Either.right(texts)
  })
