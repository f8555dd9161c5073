import * as Command from "@effect/cli/Command"
import { SweepApi } from "@sweepline/core/SweepApi"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Colors from "../Colors.js"
import * as Format from "../Format.js"
import * as Local from "../Local.js"
import * as options from "../options.js"
import { Output } from "../Output.js"
import * as Report from "../SweepReport.js"
import * as Sweeps from "../Sweeps.js"
import * as Table from "../Table.js"

/** `sweepline list`: every sweep, newest first. */
export const list = Command.make(
  "list",
  { dir: options.dir, json: options.json, limit: options.limit },
  Effect.fnUntraced(
    function* ({ json, limit }) {
      const api = yield* SweepApi
      const output = yield* Output
      const all = yield* api.sweeps
      const sweeps = Option.match(limit, { onNone: () => all, onSome: (n) => all.slice(0, n) })
      const reports = yield* Effect.forEach(sweeps, Sweeps.report)
      if (json)
        return yield* Effect.forEach(reports, (report) => output.json(Report.sweepJson(report)), { discard: true })
      if (reports.length === 0) {
        return yield* output.print("There is no sweep here yet. Start one with: sweepline run sweep.yaml")
      }
      const now = yield* Clock.currentTimeMillis
      const columns = yield* output.columns
      const { colors } = output
      const rows = reports.map((report) => {
        const state = Option.match(report.sweep.state, {
          onNone: () => "UNKNOWN",
          onSome: (known) => Colors.sweepState(colors, known)
        })
        const best = Report.best(report)
        const metric = Report.objective(report)
        const cap = report.config?.runCap
        return [
          colors.bold(report.sweep.id),
          report.sweep.name,
          state,
          cap === undefined ? String(report.runs.length) : `${report.runs.length}/${cap}`,
          best === undefined || metric === undefined ? colors.dim("–") : `${metric.name} ${Format.float(best.value)}`,
          colors.dim(Format.ago(now - report.sweep.createdAt))
        ]
      })
      yield* output.print(
        ...Table.render(
          [
            { title: "SWEEP" },
            { title: "NAME" },
            { title: "STATE" },
            { title: "RUNS", align: "right" },
            { title: "BEST" },
            { title: "CREATED", optional: true }
          ],
          rows,
          { columns, colors }
        )
      )
    },
    (effect, { dir }) => Effect.provide(effect, Local.layer(dir))
  )
).pipe(Command.withDescription("List the sweeps of this folder, newest first."))
