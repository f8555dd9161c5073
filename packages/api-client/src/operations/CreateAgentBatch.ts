/** Several registrations in one request: the mutation of `CreateAgent` once for each. */
import { type Aliased, aliased } from "../internal/aliased.js"

/** One of them. */
export interface Registration {
  readonly host: string
  readonly projectName: string
  readonly entityName: string
  readonly sweep: string
}

/** The request for some registrations. */
export const make: (registrations: ReadonlyArray<Registration>) => Aliased = aliased({
  name: "CreateAgents",
  mutation: "createAgent",
  alias: "a",
  fields: [
    ["host", "String!"],
    ["projectName", "String"],
    ["entityName", "String"],
    ["sweep", "String!"]
  ],
  selection: "agent { id }"
})
