import * as Schema from "effect/Schema"
import * as GraphQl from "../GraphQl.js"

/** The state of a sweep, and the id by which it is changed (B.4). */
export const GetSweepState = GraphQl.operation({
  document: `query GetSweepState($entity: String, $project: String, $sweep: String!) {
  project(name: $project, entityName: $entity) {
    sweep(sweepName: $sweep) {
      id
      state
    }
  }
}`,
  variables: Schema.Struct({ entity: Schema.String, project: Schema.String, sweep: Schema.String }),
  answer: Schema.Struct({
    project: Schema.NullOr(
      Schema.Struct({
        sweep: Schema.NullOr(Schema.Struct({ id: Schema.String, state: Schema.NullOr(Schema.String) }))
      })
    )
  })
})
