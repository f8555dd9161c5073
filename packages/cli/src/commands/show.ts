import * as Command from "@effect/cli/Command"
import type { RunRecord } from "@sweepline/core/SweepApi"
import { SweepStore } from "@sweepline/embedded/SweepStore"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Bounds from "../Bounds.js"
import * as Colors from "../Colors.js"
import * as Configurations from "../Configurations.js"
import * as Format from "../Format.js"
import * as Local from "../Local.js"
import * as options from "../options.js"
import { Output } from "../Output.js"
import * as ProgressView from "../ProgressView.js"
import * as RunCommand from "../RunCommand.js"
import * as RunEnding from "../RunEnding.js"
import * as RunTable from "../RunTable.js"
import * as Report from "../SweepReport.js"
import * as SweepHistory from "../SweepHistory.js"
import * as Sweeps from "../Sweeps.js"
import * as SweepSettings from "../SweepSettings.js"
import * as Text from "../Text.js"
import { UsageError } from "../UsageError.js"
import * as Why from "../Why.js"

const showSweep = Effect.fnUntraced(function* (report: Report.SweepReport) {
  const output = yield* Output
  const { colors } = output
  const columns = yield* output.columns
  const now = yield* Clock.currentTimeMillis
  const state = report.sweep.state
  const end = yield* Sweeps.endOf(report.sweep)
  yield* output.print(
    ProgressView.title(report, undefined, colors),
    `${state._tag === "Some" ? Colors.sweepState(colors, state.value) : "UNKNOWN"}${
      end === undefined ? "" : `: ${end}`
    } · ${[...Report.counts(report.runs)].map(([name, n]) => Colors.runState(colors, name, `${n} ${name}`)).join(" · ") || "no runs yet"} · created ${Format.ago(
      now - report.sweep.createdAt
    )}`
  )
  const bounds = Bounds.phrases(yield* SweepSettings.of(report.sweep.id), now)
  if (bounds.length > 0 && !Sweeps.hasEnded(report.sweep)) yield* output.print(colors.dim(bounds.join(" · ")))
  if (report.runs.length > 0) {
    yield* output.print("", ...RunTable.all(report, report.runs, now, { columns, colors }))
  }
  const best = Report.best(report)
  if (best !== undefined) {
    yield* output.print("", ...RunTable.ranked(report, [best], { columns, colors }))
  } else if (Report.metricIsMissing(report)) yield* output.print("", ...RunTable.noMetric(report))
})

const showRun = Effect.fnUntraced(function* (dir: string, report: Report.SweepReport, run: RunRecord) {
  const output = yield* Output
  const { colors } = output
  const now = yield* Clock.currentTimeMillis
  const facts: ReadonlyArray<readonly [string, string]> = [
    ["state", Colors.runState(colors, run.state) + (run.exitCode === undefined ? "" : ` (exit code ${run.exitCode})`)],
    ["sweep", `${report.sweep.id} ${colors.dim(report.sweep.name)}`],
    ["attempt", String(run.attempt)],
    ["time", RunTable.elapsed(run, now)],
    ["stopped", run.stop ?? ""],
    ["because", (yield* RunEnding.of(run)) ?? ""],
    ["command", yield* RunCommand.text(dir, report, run)]
  ]
  const dict = (title: string, values: ReadonlyMap<string, string>) =>
    values.size === 0
      ? []
      : [
          "",
          colors.dim(title),
          ...[...values].map(
            ([name, value]) => `  ${Text.pad(name, Math.max(...[...values.keys()].map(Text.width)))}  ${value}`
          )
        ]
  yield* output.print(
    `${colors.bold(run.id)}${run.name === run.id ? "" : ` ${run.name}`}`,
    ...facts.filter(([, value]) => value !== "").map(([name, value]) => `  ${colors.dim(Text.pad(name, 8))} ${value}`),
    ...dict("config", new Map([...run.trial].map(([name, value]) => [name, Text.oneLine(Format.value(value))]))),
    ...dict("summary", new Map([...run.summary].map(([name, value]) => [name, Text.oneLine(Format.value(value))]))),
    "",
    colors.dim(`Output: sweepline logs ${run.id}`)
  )
})

const showWhy = Effect.fnUntraced(function* (report: Report.SweepReport, run: RunRecord, json: boolean) {
  const output = yield* Output
  const store = yield* SweepStore
  const verdicts = yield* store.verdicts(report.sweep.id)
  const verdict = verdicts.find((each) => each.run === run.id)
  const siblings = Configurations.of(report.config, report.runs).find(({ runs }) =>
    runs.some(({ id }) => id === run.id)
  )
  // It was taken up again where a run came after the one that it was recorded with.
  const last = siblings?.runs.at(-1)?.id
  const abandoned = (yield* store.abandonments(report.sweep.id)).find((each) => each.run === last)
  const ending = yield* RunEnding.of(run)
  const attempts = Bounds.attempts(yield* SweepSettings.of(report.sweep.id), run)
  yield* json
    ? output.json({
        ...Why.json(run, verdict),
        detail: ending ?? null,
        ...(siblings === undefined ? {} : { abandoned: abandoned === undefined ? null : { ...abandoned } })
      })
    : output.print(
        ...Why.lines(report, run, verdict, output.colors),
        ...(ending === undefined ? [] : [Text.sentence(ending)]),
        ...(attempts === undefined || run.stop !== undefined ? [] : [attempts]),
        ...Why.abandonment(report, abandoned, output.colors)
      )
})

/** Why a sweep stands where it does, and what it keeps to. */
const showWhySweep = Effect.fnUntraced(function* (report: Report.SweepReport, json: boolean) {
  const output = yield* Output
  const now = yield* Clock.currentTimeMillis
  const settings = yield* SweepSettings.of(report.sweep.id)
  const end = yield* Sweeps.endOf(report.sweep)
  const state = Report.stateText(report.sweep)
  if (json) return yield* output.json({ sweep: report.sweep.id, state, end: end ?? null, ...Bounds.json(settings) })
  yield* output.print(
    `${output.colors.bold(report.sweep.id)} is ${state}${end === undefined ? "." : `: ${end}.`}`,
    ...Bounds.phrases(settings, now).map(Text.sentence)
  )
})

const needsRun = (option: string, what: string) =>
  new UsageError({ message: `--${option} prints ${what}: name one, as in sweepline show RUN --${option}.` })

/** `sweepline show`: a sweep and its runs, or one run. */
export const show = Command.make(
  "show",
  {
    sweepOrRun: options.sweepOrRun,
    dir: options.dir,
    json: options.json,
    command: options.command,
    events: options.events,
    why: options.why
  },
  Effect.fnUntraced(
    function* ({ command, dir, events, json, sweepOrRun, why }) {
      const output = yield* Output
      const found = yield* Sweeps.findEither(sweepOrRun)
      if (events) {
        return yield* SweepHistory.print(found.sweep.id, {
          run: found.kind === "run" ? found.run.id : undefined,
          json
        })
      }
      const report = yield* Sweeps.report(found.sweep)
      if (found.kind === "sweep") {
        if (command) return yield* needsRun("command", "the command of a run")
        if (why) return yield* showWhySweep(report, json)
        if (!json) return yield* showSweep(report)
        yield* output.json({ ...Report.sweepJson(report), end: yield* Sweeps.endOf(report.sweep) })
        return yield* Effect.forEach(report.runs, (run) => output.json(Report.runJson(run)), { discard: true })
      }
      if (why) return yield* showWhy(report, found.run, json)
      if (command) {
        const text = yield* RunCommand.text(dir, report, found.run)
        return yield* json ? output.json({ run: found.run.id, command: text }) : output.print(text)
      }
      if (json) {
        return yield* output.json({
          ...Report.runJson(found.run),
          command: yield* RunCommand.text(dir, report, found.run)
        })
      }
      yield* showRun(dir, report, found.run)
    },
    (effect, { dir }) => Effect.provide(effect, Local.layer(dir))
  )
).pipe(Command.withDescription("Print a sweep with its runs, or one run with its config and command."))
