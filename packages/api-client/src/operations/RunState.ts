import * as Schema from "effect/Schema"
import * as GraphQl from "../GraphQl.js"

/** The state of a run (B.3). */
export const RunState = GraphQl.operation({
  document: `query RunState($project: String!, $entity: String!, $name: String!) {
  project(name: $project, entityName: $entity) {
    run(name: $name) {
      state
    }
  }
}`,
  variables: Schema.Struct({ project: Schema.String, entity: Schema.String, name: Schema.String }),
  answer: Schema.Struct({
    project: Schema.NullOr(
      Schema.Struct({ run: Schema.NullOr(Schema.Struct({ state: Schema.NullOr(Schema.String) })) })
    )
  })
})
