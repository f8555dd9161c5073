/**
 * The body of a GraphQL request as W&B's clients write it (B.1.1, B.1.3): `query`, then `variables` with their keys
 * sorted (left out where there are none), then an empty `operationName`; and what could end a script element is escaped.
 */
export const requestBody = (document: string, variables: Readonly<Record<string, unknown>>): string => {
  const names = Object.keys(variables)
    .filter((name) => variables[name] !== undefined)
    .sort()
  const sent = names.map((name) => `${JSON.stringify(name)}:${JSON.stringify(variables[name])}`)
  const middle = sent.length === 0 ? "" : `"variables":{${sent.join(",")}},`
  return escaped(`{"query":${JSON.stringify(document)},${middle}"operationName":""}`)
}

/** Any other JSON body, with the same escapes. */
export const jsonBody = (value: unknown): string => escaped(JSON.stringify(value))

const escaped = (json: string): string =>
  json.replace(/[<>&\u2028\u2029]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
