import * as Schema from "effect/Schema"
import * as GraphQl from "../GraphQl.js"

/** A sweep without its runs: what `SweepWithRuns` asks of the sweep itself. */
export const Sweep = GraphQl.operation({
  document: `query Sweep($entity: String, $project: String, $sweep: String!) {
  project(name: $project, entityName: $entity) {
    sweep(sweepName: $sweep) {
      id
      name
      displayName
      state
      config
      createdAt
      scheduler
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
            displayName: Schema.optionalWith(Schema.String, { nullable: true }),
            state: Schema.NullOr(Schema.String),
            config: Schema.String,
            createdAt: Schema.optionalWith(Schema.String, { nullable: true }),
            /** What the launch scheduler was started with, as JSON text (F.6). */
            scheduler: Schema.optionalWith(Schema.String, { nullable: true })
          })
        )
      })
    )
  })
})
