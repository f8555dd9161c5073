import * as Command from "@effect/cli/Command"
import type { RunRecord } from "@sweepline/core/SweepApi"
import { SweepStore } from "@sweepline/embedded/SweepStore"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Abandonment from "../Abandonment.js"
import * as Backend from "../Backend.js"
import * as Bounds from "../Bounds.js"
import * as Configurations from "../Configurations.js"
import * as Local from "../Local.js"
import * as options from "../options.js"
import { Output, whileRead } from "../Output.js"
import * as RunCommand from "../RunCommand.js"
import * as RunEnding from "../RunEnding.js"
import * as ShowView from "../ShowView.js"
import * as SweepJson from "../SweepJson.js"
import * as Report from "../SweepReport.js"
import * as SweepHistory from "../SweepHistory.js"
import * as Sweeps from "../Sweeps.js"
import * as SweepSettings from "../SweepSettings.js"
import * as Text from "../Text.js"
import * as Unseen from "../Unseen.js"
import { UsageError } from "../UsageError.js"
import * as Why from "../Why.js"

/** What there is to do of a sweep that nobody works on. */
const noteOf = Effect.fnUntraced(function* ({ sweep }: Report.SweepReport, unseen: number) {
  // Also one that was stopped ends in order only once somebody sees how its runs have ended.
  return unseen > 0 || (yield* Abandonment.isAbandoned(sweep)) ? Abandonment.hint(sweep.id, unseen) : undefined
})

const showSweep = Effect.fnUntraced(function* (dir: string, report: Report.SweepReport) {
  const unseen = yield* Unseen.of(dir, report)
  const now = yield* Clock.currentTimeMillis
  const hasEnded = Sweeps.hasEnded(report.sweep)
  const bounds = hasEnded ? [] : Bounds.phrases(yield* SweepSettings.of(report.sweep.id), now, hasEnded)
  yield* ShowView.sweep(report, {
    bounds,
    end: yield* Sweeps.endOf(report.sweep),
    note: yield* noteOf(report, unseen.size),
    unseen
  })
})

const showRun = Effect.fnUntraced(function* (dir: string, report: Report.SweepReport, run: RunRecord) {
  const unseen = yield* Unseen.of(dir, { ...report, runs: [run] })
  yield* ShowView.run(report, run, {
    unseen: unseen.size > 0,
    facts: [
      ["because", (yield* RunEnding.of(run)) ?? ""],
      ["command", yield* RunCommand.text(dir, report, run)]
    ],
    last: `Output: sweepline logs ${run.id}`
  })
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
    ...Bounds.phrases(settings, now, Sweeps.hasEnded(report.sweep)).map(Text.sentence)
  )
})

/** What only the folder of a sweep knows of it, for `--json`. */
const fieldsHere = Effect.fnUntraced(function* ({ sweep }: Report.SweepReport) {
  return {
    end: yield* Sweeps.endOf(sweep),
    abandoned: yield* Abandonment.isAbandoned(sweep),
    ...Bounds.json(yield* SweepSettings.of(sweep.id))
  }
})

/** A sweep, with what else is known of it, and each of its runs. */
const printJson = Effect.fnUntraced(function* (
  report: Report.SweepReport,
  more: SweepJson.Fields = {},
  unseen: ReadonlySet<RunRecord["id"]> = new Set()
) {
  const output = yield* Output
  yield* output.json({ ...SweepJson.sweep(report), ...more })
  yield* Effect.forEach(
    report.runs,
    (run) => output.json({ ...SweepJson.run(run), ...(unseen.has(run.id) ? isUnseen : {}) }),
    { discard: true }
  )
})

/** What is said of a run that has ended though its state doesn't say so. */
const isUnseen: SweepJson.Fields = { endedUnseen: true }

/** A run that was named by itself, for `--json`. */
const runFields = ({ sweep }: Report.SweepReport, run: RunRecord): SweepJson.Fields => ({
  ...SweepJson.run(run),
  sweep: sweep.id
})

const needsRun = (option: string, what: string) =>
  new UsageError({ message: `--${option} prints ${what}: name one, as in sweepline show RUN --${option}.` })

interface Asked {
  readonly sweepOrRun: Option.Option<string>
  readonly dir: string
  readonly json: boolean
  readonly command: boolean
  readonly events: boolean
  readonly why: boolean
}

const showHere = Effect.fnUntraced(function* ({ command, dir, events, json, sweepOrRun, why }: Asked) {
  const output = yield* Output
  const found = yield* Sweeps.findEither(sweepOrRun)
  if (events) {
    const run = found.kind === "run" ? found.run.id : undefined
    return yield* whileRead(SweepHistory.print(found.sweep.id, { run, json }))
  }
  const report = yield* Sweeps.report(found.sweep)
  if (found.kind === "sweep") {
    if (command) return yield* needsRun("command", "the command of a run")
    if (why) return yield* showWhySweep(report, json)
    if (!json) return yield* showSweep(dir, report)
    return yield* printJson(report, yield* fieldsHere(report), yield* Unseen.of(dir, report))
  }
  if (why) return yield* showWhy(report, found.run, json)
  if (!command && !json) return yield* showRun(dir, report, found.run)
  const text = yield* RunCommand.text(dir, report, found.run)
  if (!command) {
    const because = (yield* RunEnding.of(found.run)) ?? null
    const unseen = (yield* Unseen.of(dir, { ...report, runs: [found.run] })).size > 0
    return yield* output.json({ ...runFields(report, found.run), ...(unseen ? isUnseen : {}), because, command: text })
  }
  yield* json ? output.json({ run: found.run.id, command: text }) : output.print(text)
})

/** What W&B knows of a sweep or a run, which is not why it came to that. */
const showOnWandb = Effect.fnUntraced(function* (
  { json, ...options }: Pick<Asked, "json" | "command" | "events" | "why">,
  choice: Backend.Choice
) {
  const output = yield* Output
  for (const option of ["command", "events", "why"] as const) {
    if (!options[option]) continue
    return yield* new UsageError({
      message: `--${option} prints what only the machine knows on which sweepline ran the sweep: leave it out, or --backend wandb.`
    })
  }
  const found = yield* Sweeps.findEither(Backend.sweepName(choice))
  const report = yield* Sweeps.report(found.sweep)
  if (found.kind === "run") {
    const last = `Output: sweepline logs ${Backend.runName(choice, found.run.id)} --backend wandb`
    return yield* json ? output.json(runFields(report, found.run)) : ShowView.run(report, found.run, { last })
  }
  yield* json ? printJson(report) : ShowView.sweep(report)
})

/** `sweepline show`: a sweep and its runs, or one run. */
export const show = Command.make(
  "show",
  {
    sweepOrRun: options.sweepOrRun,
    ...options.place,
    json: options.json,
    command: options.command,
    events: options.events,
    why: options.why
  },
  Effect.fnUntraced(function* ({ backend, entity, project, ...asked }) {
    const views = (["command", "events", "why"] as const).filter((view) => asked[view])
    if (views.length > 1) {
      return yield* new UsageError({
        message: `${views.map((view) => `--${view}`).join(" and ")} each print something else: give one of them.`
      })
    }
    if (backend === "embedded")
      return yield* Effect.provide(showHere(asked), Local.layer(asked.dir, { access: "read" }))
    const choice: Backend.Choice = { backend, dir: asked.dir, entity, project, sweep: asked.sweepOrRun }
    yield* Effect.provide(showOnWandb(asked, choice), Backend.layer(choice))
  })
).pipe(Command.withDescription("Print a sweep with its runs, or one run with its config and command."))
