import * as Schema from "effect/Schema"
import * as GraphQl from "../GraphQl.js"

/** Changes the state of a sweep, and nothing else (B67). `id` is the one that `GetSweepState` gives. */
export const UpsertSweepState = GraphQl.operation({
  document: `mutation UpsertSweep($id: ID, $state: String, $entityName: String, $projectName: String) {
  upsertSweep(input: {id: $id, state: $state, entityName: $entityName, projectName: $projectName}) {
    sweep {
      name
    }
  }
}`,
  variables: Schema.Struct({
    id: Schema.String,
    state: Schema.String,
    entityName: Schema.String,
    projectName: Schema.String
  }),
  answer: Schema.Struct({ upsertSweep: Schema.Struct({ sweep: Schema.Struct({ name: Schema.String }) }) })
})
