/** Several registrations in one request: the mutation of `CreateAgent` once for each, under an alias. */

/** One of them. */
export interface Registration {
  readonly host: string
  readonly projectName: string
  readonly entityName: string
  readonly sweep: string
}

/** The request for some registrations, and where in its answer each of them is. */
export const make = (registrations: ReadonlyArray<Registration>) => {
  const variables: Record<string, unknown> = {}
  const declared: Array<string> = []
  const parts: Array<string> = []
  const paths = registrations.map((registration, n) => {
    const inputs = types.map(([name, type]) => {
      variables[`${name}${n}`] = registration[name]
      declared.push(`$${name}${n}: ${type}`)
      return `${name}: $${name}${n}`
    })
    parts.push(`  a${n}: createAgent(input: {${inputs.join(", ")}}) { agent { id } }`)
    return [`a${n}`]
  })
  return { document: `mutation CreateAgents(${declared.join(", ")}) {\n${parts.join("\n")}\n}`, variables, paths }
}

// internal

const types = [
  ["host", "String!"],
  ["projectName", "String"],
  ["entityName", "String"],
  ["sweep", "String!"]
] as const
