import * as Schema from "effect/Schema"
import * as GraphQl from "../GraphQl.js"

/** What is there of a run that may be resumed (D.3): it counts as begun only if `wandbConfig` is JSON text with the key `t`. */
export const RunResumeStatus = GraphQl.operation({
  document: `query RunResumeStatus($project: String, $entity: String, $name: String!) {
  model(name: $project, entityName: $entity) {
    id
    name
    entity {
      id
      name
    }
    bucket(name: $name, missingOk: true) {
      id
      name
      logLineCount
      config
      wandbConfig(keys: ["t"])
    }
  }
}`,
  variables: Schema.Struct({ project: Schema.String, entity: Schema.String, name: Schema.String }),
  answer: Schema.Struct({
    model: Schema.NullOr(
      Schema.Struct({
        bucket: Schema.NullOr(
          Schema.Struct({
            name: Schema.String,
            logLineCount: Schema.optionalWith(Schema.Int, { nullable: true }),
            config: Schema.optionalWith(Schema.String, { nullable: true }),
            wandbConfig: Schema.optionalWith(Schema.String, { nullable: true })
          })
        )
      })
    )
  })
})
