import * as Schema from "effect/Schema"
import * as GraphQl from "../GraphQl.js"

/** The last step of a run's history; it has none where nothing was logged (B.7). */
export const RunHistoryKeys = GraphQl.operation({
  document: `query RunHistoryKeys($project: String!, $entity: String!, $name: String!) {
  project(name: $project, entityName: $entity) {
    run(name: $name) {
      historyKeys
    }
  }
}`,
  variables: Schema.Struct({ project: Schema.String, entity: Schema.String, name: Schema.String }),
  answer: Schema.Struct({
    project: Schema.NullOr(
      Schema.Struct({
        run: Schema.NullOr(
          Schema.Struct({
            historyKeys: Schema.NullOr(
              Schema.Struct({ lastStep: Schema.optionalWith(Schema.Number, { nullable: true }) })
            )
          })
        )
      })
    )
  })
})
