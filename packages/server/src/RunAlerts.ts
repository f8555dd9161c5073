/** Alerts that scripts send of their runs. There is nobody here to be mailed, so the server's log has them. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { mutation, node, optional, type Value } from "./GraphValue.js"
import * as Projects from "./Projects.js"
import * as WireRun from "./WireRun.js"
import { notFound } from "./WireError.js"

const text = optional(Schema.String)

/** The mutation of an alert. */
export const mutations: Readonly<Record<string, Value>> = {
  notifyScriptableRunAlert: mutation(
    Schema.Struct({
      entityName: text,
      projectName: text,
      runName: Schema.String,
      title: Schema.String,
      text: Schema.String,
      severity: text
    }),
    Effect.fnUntraced(function* ({ entityName, projectName, runName, severity = "INFO", text, title }) {
      const place = yield* Projects.placeOf({ entity: entityName, project: projectName })
      if ((yield* WireRun.find({ ...place, name: runName })) === undefined) {
        return yield* notFound(`run ${runName} not found`)
      }
      yield* Effect.annotateLogs(Effect.logWarning("A run alerts"), {
        runId: runName,
        severity,
        title,
        text
      })
      return node({ success: true })
    })
  )
}
