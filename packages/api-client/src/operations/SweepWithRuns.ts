import * as Schema from "effect/Schema"
import * as GraphQl from "../GraphQl.js"

const text = Schema.optionalWith(Schema.String, { nullable: true })

/** A run as a sweep lists it; `config` and `summaryMetrics` are JSON text. */
export const SweepRun = Schema.Struct({
  name: Schema.String,
  state: Schema.NullOr(Schema.String),
  config: text,
  exitcode: Schema.optionalWith(Schema.Int, { nullable: true }),
  createdAt: text,
  stopped: Schema.optionalWith(Schema.Boolean, { nullable: true }),
  summaryMetrics: text
})
export type SweepRun = typeof SweepRun.Type

/** A sweep and its runs (B.4), without the sampled history that nobody here looks at. */
export const SweepWithRuns = GraphQl.operation({
  document: `query SweepWithRuns($entity: String, $project: String, $sweep: String!) {
  project(name: $project, entityName: $entity) {
    sweep(sweepName: $sweep) {
      id
      name
      state
      config
      createdAt
      runs {
        edges {
          node {
            name
            state
            config
            exitcode
            createdAt
            stopped
            summaryMetrics
          }
        }
      }
    }
  }
}`,
  variables: Schema.Struct({ entity: Schema.String, project: Schema.String, sweep: Schema.String }),
  answer: Schema.Struct({
    project: Schema.NullOr(
      Schema.Struct({
        sweep: Schema.NullOr(
          Schema.Struct({
            id: Schema.String,
            name: Schema.String,
            state: Schema.NullOr(Schema.String),
            config: Schema.String,
            createdAt: text,
            runs: Schema.Struct({ edges: Schema.Array(Schema.Struct({ node: SweepRun })) })
          })
        )
      })
    )
  })
})
