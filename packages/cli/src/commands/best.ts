import * as Command from "@effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Backend from "../Backend.js"
import * as options from "../options.js"
import { Output } from "../Output.js"
import * as Ranking from "../Ranking.js"
import * as RunTable from "../RunTable.js"
import * as SweepJson from "../SweepJson.js"
import * as Report from "../SweepReport.js"
import * as Sweeps from "../Sweeps.js"

const printFront = Effect.fnUntraced(function* (report: Report.SweepReport, limit: number | undefined, json: boolean) {
  const output = yield* Output
  if (json) {
    return yield* Effect.forEach(Ranking.front(report).slice(0, limit), ({ run }) => output.json(SweepJson.run(run)), {
      discard: true
    })
  }
  const told = RunTable.frontTold(report, { columns: yield* output.columns, colors: output.colors }, limit)
  yield* output.print((told.length > 0 ? told : RunTable.noMetric(report)).join("\n"))
})

/** `sweepline best`: the best runs of a sweep with their parameters. */
export const best = Command.make(
  "best",
  {
    sweep: options.sweep,
    ...options.place,
    json: options.json,
    limit: options.limit
  },
  Effect.fnUntraced(
    function* ({ json, limit, ...choice }) {
      const output = yield* Output
      const report = yield* Sweeps.report(yield* Sweeps.find(Backend.sweepName(choice)))
      if (Report.hasFront(report)) return yield* printFront(report, Option.getOrUndefined(limit), json)
      const ranking = Ranking.of(report).slice(
        0,
        Option.getOrElse(limit, () => 5)
      )
      if (json) {
        return yield* Effect.forEach(
          ranking,
          (ranked) => output.json({ ...SweepJson.run(ranked.run), ...SweepJson.spread(ranked) }),
          { discard: true }
        )
      }
      const metric = Report.objective(report)
      if (metric === undefined) {
        return yield* output.print(
          `Sweep ${report.sweep.id} names no metric, so no run is best. Add to its config: metric: {name: loss, goal: minimize}`
        )
      }
      if (ranking.length === 0) return yield* output.print(...RunTable.noMetric(report))
      const look = { columns: yield* output.columns, colors: output.colors }
      // As one text: a call takes no more than some hundred thousand arguments.
      yield* output.print(RunTable.ranked(report, ranking, look).join("\n"))
    },
    (effect, choice) => Effect.provide(effect, Backend.layer(choice))
  )
).pipe(
  Command.withDescription("Print the best runs of a sweep and their parameters; the Pareto front of several metrics.")
)
