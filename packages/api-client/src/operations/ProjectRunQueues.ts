import * as Schema from "effect/Schema"
import * as GraphQl from "../GraphQl.js"

/** A queue as a project lists it. */
export const RunQueue = Schema.Struct({
  id: Schema.String,
  name: Schema.String,
  createdBy: Schema.optionalWith(Schema.Union(Schema.String, Schema.Number), { nullable: true }),
  access: Schema.optionalWith(Schema.String, { nullable: true })
})
export type RunQueue = typeof RunQueue.Type

/** The launch queues of a project (B.5). */
export const ProjectRunQueues = GraphQl.operation({
  document: `query ProjectRunQueues($entity: String!, $projectName: String!) {
  project(entityName: $entity, name: $projectName) {
    runQueues {
      id
      name
      createdBy
      access
    }
  }
}`,
  variables: Schema.Struct({ entity: Schema.String, projectName: Schema.String }),
  answer: Schema.Struct({ project: Schema.NullOr(Schema.Struct({ runQueues: Schema.Array(RunQueue) })) })
})
