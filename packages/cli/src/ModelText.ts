import * as EndReason from "@sweepline/core/EndReason"
import type { SchedulerModel } from "@sweepline/core/SchedulerModel"
import * as RunState from "@sweepline/core/RunState"
import * as Colors from "./Colors.js"
import * as Facts from "./Facts.js"
import type { Json } from "./Json.js"
import * as ToJson from "./Json.js"
import * as Table from "./Table.js"
import * as Text from "./Text.js"

/** A scheduler's model, and which event it stands after. */
export interface Moment {
  readonly sweep: string
  /** How many events had happened. */
  readonly events: number
  /** When the last of them did, in milliseconds since 1970; `undefined` before the first. */
  readonly at: number | undefined
  readonly model: SchedulerModel
}

/** What a scheduler knew at a moment, as lines. */
export const lines = (
  { at, events, model, sweep }: Moment,
  look: { readonly columns: number; readonly colors: Colors.Colors }
): ReadonlyArray<string> => {
  const { colors } = look
  const when = at === undefined ? "" : colors.dim(` at ${new Date(at).toISOString()}`)
  const { end, flush, policy } = model
  const facts: ReadonlyArray<Facts.Fact> = [
    [
      "scheduler",
      `${model.state}${model.left ? " (it has left)" : ""}${flush === undefined ? "" : `, draining: ${flush}`}`
    ],
    ["sweep", model.sweep === undefined ? "not read yet" : Colors.sweepState(colors, model.sweep)],
    [
      "end",
      end === undefined
        ? ""
        : `${EndReason.ending(end.reason).text}${end.detail === undefined ? "" : `: ${end.detail}`}`
    ],
    ["workers", `${policy.workers}, ${model.agents.filter((agent) => agent !== undefined).length} registered`],
    ["launched", `${model.launched}${policy.runCap === null ? "" : ` of run_cap ${policy.runCap}`}`],
    ["ended", endedText(model, colors)],
    ["in flight", [...model.inFlight.keys()].join(", ")]
  ]
  const rows = [...model.runs.values()].map((run) => [
    run.id,
    String(run.attempt),
    String(run.worker + 1),
    run.phase,
    Colors.runState(colors, run.state),
    run.stop === undefined ? "" : `${run.stop.reason}${run.stop.asked ? ", asked" : ""}`
  ])
  return [
    `${colors.bold(sweep)} after ${Text.count(events, "event")}${when}`,
    ...Facts.lines(facts, colors),
    ...(rows.length === 0
      ? []
      : [
          "",
          ...Table.render(
            [
              { title: "RUN" },
              { title: "ATTEMPT", align: "right" },
              { title: "WORKER", align: "right" },
              { title: "PHASE" },
              { title: "STATE" },
              { title: "STOP" }
            ],
            rows,
            look
          )
        ])
  ]
}

/** The same for `--json`. */
export const json = ({ at, events, model, sweep }: Moment): { readonly [key: string]: Json | undefined } => ({
  type: "Model",
  sweep,
  events,
  at: at === undefined ? null : new Date(at).toISOString(),
  state: model.state,
  sweepState: model.sweep ?? null,
  end: model.end === undefined ? null : { ...model.end },
  left: model.left,
  flush: model.flush ?? null,
  policy: { ...model.policy },
  launched: model.launched,
  ended: ended(model),
  inFlight: [...model.inFlight.keys()],
  runs: [...model.runs.values()].map(({ attempt, id, phase, state, stop, trial, worker }) => ({
    run: id,
    attempt,
    worker: worker + 1,
    phase,
    state,
    stop: stop?.reason ?? null,
    config: ToJson.dict(trial)
  }))
})

// internal

const ended = ({ counts }: SchedulerModel) =>
  Object.fromEntries(RunState.all.flatMap((state) => (counts[state] > 0 ? [[state, counts[state]] as const] : [])))

const endedText = (model: SchedulerModel, colors: Colors.Colors): string =>
  RunState.all
    .filter((state) => model.counts[state] > 0)
    .map((state) => Colors.runState(colors, state, `${model.counts[state]} ${state}`))
    .join(" · ")
