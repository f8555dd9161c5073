/** Several pushes in one request: the mutation of `pushToRunQueueByName` once for each, under an alias. */

/** One of them, with the texts that it carries. */
export interface BatchedPush {
  readonly entityName: string
  readonly projectName: string
  readonly queueName: string
  readonly runSpec: string
  readonly priority: number
}

/** The request for some pushes, and where in its answer each of them is. */
export const make = (pushes: ReadonlyArray<BatchedPush>) => {
  const variables: Record<string, unknown> = {}
  const declared: Array<string> = []
  const parts: Array<string> = []
  const paths = pushes.map((push, n) => {
    const inputs = types.map(([name, type]) => {
      variables[`${name}${n}`] = push[name]
      declared.push(`$${name}${n}: ${type}`)
      return `${name}: $${name}${n}`
    })
    parts.push(`  p${n}: pushToRunQueueByName(input: {${inputs.join(", ")}}) { runQueueItemId runSpec }`)
    return [`p${n}`]
  })
  const document = `mutation pushToRunQueueByName(${declared.join(", ")}) {\n${parts.join("\n")}\n}`
  return { document, variables, paths }
}

// internal

const types = [
  ["entityName", "String!"],
  ["projectName", "String!"],
  ["queueName", "String!"],
  ["runSpec", "JSONString!"],
  ["priority", "Int"]
] as const
