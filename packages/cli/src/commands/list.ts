import * as Command from "@effect/cli/Command"
import { SweepApi } from "@sweepline/core/SweepApi"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Abandonment from "../Abandonment.js"
import * as Backend from "../Backend.js"
import * as Colors from "../Colors.js"
import * as Format from "../Format.js"
import * as options from "../options.js"
import { Output } from "../Output.js"
import * as Ranking from "../Ranking.js"
import * as SweepJson from "../SweepJson.js"
import * as Report from "../SweepReport.js"
import * as SweepEnd from "../SweepEnd.js"
import * as Sweeps from "../Sweeps.js"
import * as SweepTotal from "../SweepTotal.js"
import * as Table from "../Table.js"
import * as Text from "../Text.js"

/** `sweepline list`: every sweep, newest first. */
export const list = Command.make(
  "list",
  {
    ...options.place,
    json: options.json,
    limit: options.limit
  },
  Effect.fnUntraced(
    function* ({ backend, json, limit }) {
      const api = yield* SweepApi
      const output = yield* Output
      const all = yield* api.sweeps
      const most = Option.getOrElse(limit, () => (backend === "wandb" ? usualOnWandb : all.length))
      // A server is asked for the runs of several sweeps at a time. They aren't kept: there may be a million of them.
      const each = <A>(told: (report: Report.SweepReport) => A) =>
        Effect.forEach(all.slice(0, most), (sweep) => Effect.map(Sweeps.report(sweep), told), { concurrency: 5 })
      if (json) {
        const told = yield* each((report) => ({ sweep: report.sweep, fields: SweepJson.sweep(report) }))
        return yield* Effect.forEach(
          told,
          ({ fields, sweep }) =>
            backend === "wandb"
              ? output.json(fields)
              : Effect.flatMap(standingOf(sweep), (standing) => output.json({ ...fields, ...standing })),
          { discard: true }
        )
      }
      const entries = yield* each(entryOf)
      if (entries.length === 0) {
        return yield* output.print(
          backend === "wandb"
            ? "There is no sweep in this project yet. Create one with: sweepline sweep sweep.yaml"
            : "There is no sweep here yet. Start one with: sweepline run sweep.yaml"
        )
      }
      const now = yield* Clock.currentTimeMillis
      const columns = yield* output.columns
      const { colors } = output
      const rows = yield* Effect.forEach(entries, ({ best, runs, sweep, total }) =>
        Effect.map(standingOf(sweep), ({ abandoned, failed }) => {
          const note = abandoned ? colors.yellow(" (no scheduler)") : failed ? colors.red(" (failed)") : ""
          const state = Option.match(sweep.state, {
            onNone: () => "UNKNOWN",
            onSome: (known) => Colors.sweepState(colors, known)
          })
          return [
            colors.bold(sweep.id),
            Text.oneLine(sweep.name),
            state + note,
            total === undefined ? String(runs) : `${runs}/${total}`,
            best ?? colors.dim("–"),
            colors.dim(Format.ago(now - sweep.createdAt))
          ]
        })
      )
      yield* output.print(
        ...Table.render(
          [
            { title: "SWEEP" },
            { title: "NAME", least: 8 },
            { title: "STATE" },
            { title: "RUNS", align: "right" },
            { title: "BEST", least: 10 },
            { title: "CREATED", optional: true }
          ],
          rows,
          { columns, colors }
        )
      )
    },
    (effect, choice) => Effect.provide(effect, Backend.layer(choice))
  )
).pipe(Command.withDescription("List the sweeps of this folder, newest first."))

/** How a sweep stands beyond its state; all false where sweeps are on a server, which doesn't say so. */
const standingOf = Effect.fnUntraced(function* (sweep: Report.SweepReport["sweep"]) {
  return {
    abandoned: yield* Abandonment.isAbandoned(sweep),
    failed: Sweeps.hasEnded(sweep) && (yield* SweepEnd.hasFailed(sweep))
  }
})

/** What a line tells of a sweep. */
const entryOf = (report: Report.SweepReport) => ({
  sweep: report.sweep,
  runs: report.runs.length,
  total: report.config === undefined ? undefined : SweepTotal.of(report.config),
  best: bestText(report)
})

/** The best value, which is read also where its name is cut; or how many runs are the best by several metrics. */
const bestText = (report: Report.SweepReport): string | undefined => {
  if (Report.hasFront(report)) {
    const front = Ranking.front(report).length
    return front === 0 ? undefined : Text.count(front, "run")
  }
  const best = Ranking.best(report)
  const metric = Report.objective(report)
  return best === undefined || metric === undefined
    ? undefined
    : `${Format.float(best.value)} ${Text.oneLine(metric.name)}`
}

/** How many sweeps of a W&B project are listed: each is a request, and its runs an answer. */
const usualOnWandb = 20
