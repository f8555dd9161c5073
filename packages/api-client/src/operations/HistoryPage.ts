import * as Schema from "effect/Schema"
import * as GraphQl from "../GraphQl.js"

/** The rows of some steps of a run, each as JSON text; `maxStep` is the first that isn't among them (B.7). */
export const HistoryPage = GraphQl.operation({
  document: `query HistoryPage($entity: String!, $project: String!, $run: String!, $minStep: Int64!, $maxStep: Int64!, $pageSize: Int!) {
  project(name: $project, entityName: $entity) {
    run(name: $run) {
      history(minStep: $minStep, maxStep: $maxStep, samples: $pageSize)
    }
  }
}`,
  variables: Schema.Struct({
    entity: Schema.String,
    project: Schema.String,
    run: Schema.String,
    minStep: Schema.Int,
    maxStep: Schema.Int,
    pageSize: Schema.Int
  }),
  answer: Schema.Struct({
    project: Schema.NullOr(
      Schema.Struct({ run: Schema.NullOr(Schema.Struct({ history: Schema.NullOr(Schema.Array(Schema.String)) })) })
    )
  })
})
