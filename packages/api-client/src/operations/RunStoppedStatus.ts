import * as Schema from "effect/Schema"
import * as GraphQl from "../GraphQl.js"

/** Whether somebody asked a run to stop (B.3). */
export const RunStoppedStatus = GraphQl.operation({
  document: `query RunStoppedStatus($projectName: String, $entityName: String, $runId: String!) {
  project(name: $projectName, entityName: $entityName) {
    run(name: $runId) {
      stopped
    }
  }
}`,
  variables: Schema.Struct({ projectName: Schema.String, entityName: Schema.String, runId: Schema.String }),
  answer: Schema.Struct({
    project: Schema.NullOr(
      Schema.Struct({ run: Schema.NullOr(Schema.Struct({ stopped: Schema.NullOr(Schema.Boolean) })) })
    )
  })
})
