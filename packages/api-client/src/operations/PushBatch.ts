/** Several pushes in one request: the mutation of `pushToRunQueueByName` once for each. */
import { type Aliased, aliased } from "../internal/aliased.js"

/** One of them, with the texts that it carries. */
export interface BatchedPush {
  readonly entityName: string
  readonly projectName: string
  readonly queueName: string
  readonly runSpec: string
  readonly priority: number
}

/** The request for some pushes. */
export const make: (pushes: ReadonlyArray<BatchedPush>) => Aliased = aliased({
  name: "pushToRunQueueByName",
  mutation: "pushToRunQueueByName",
  alias: "p",
  fields: [
    ["entityName", "String!"],
    ["projectName", "String!"],
    ["queueName", "String!"],
    ["runSpec", "JSONString!"],
    ["priority", "Int"]
  ],
  selection: "runQueueItemId runSpec"
})
