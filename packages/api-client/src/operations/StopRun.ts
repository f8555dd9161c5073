import * as Schema from "effect/Schema"
import * as GraphQl from "../GraphQl.js"

/** Asks a run to stop; `id` as `NodeId.ofRun` builds it (B69). */
export const StopRun = GraphQl.operation({
  document: `mutation StopRun($id: ID!) {
  stopRun(input: {id: $id}) {
    success
  }
}`,
  variables: Schema.Struct({ id: Schema.String }),
  answer: Schema.Struct({
    stopRun: Schema.NullOr(Schema.Struct({ success: Schema.optionalWith(Schema.Boolean, { nullable: true }) }))
  })
})
