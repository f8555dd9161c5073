/** Several heartbeats in one request: the mutation of `Heartbeat` once for each agent, under an alias. */

/** One of them. */
export interface Beat {
  readonly id: string
  /** The agent's runs as JSON text. */
  readonly runState: string
}

/** The request for some heartbeats, and where in its answer each of them is. */
export const make = (beats: ReadonlyArray<Beat>) => {
  const variables: Record<string, unknown> = { metrics: "{}" }
  const declared: Array<string> = ["$metrics: JSONString"]
  const parts: Array<string> = []
  const paths = beats.map(({ id, runState }, n) => {
    variables[`id${n}`] = id
    variables[`runState${n}`] = runState
    declared.push(`$id${n}: ID!`, `$runState${n}: JSONString`)
    const input = `{id: $id${n}, metrics: $metrics, runState: $runState${n}}`
    parts.push(`  h${n}: agentHeartbeat(input: ${input}) { agent { id } commands }`)
    return [`h${n}`]
  })
  return { document: `mutation Heartbeats(${declared.join(", ")}) {\n${parts.join("\n")}\n}`, variables, paths }
}
