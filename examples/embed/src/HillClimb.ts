import { NextRun, Strategy, fromNextRun, resumingPreempted } from "@sweepline/core/Strategy"
import type { RunRecord } from "@sweepline/core/SweepApi"
import { SweepApi } from "@sweepline/core/SweepApi"
import * as RunMetrics from "@sweepline/core/RunMetrics"
import * as RunState from "@sweepline/core/RunState"
import type { TrialConfig } from "@sweepline/core/TrialConfig"
import { Data, Effect, Layer } from "effect"

/** Where a bread is baked: degrees Celsius, and minutes. */
export interface Point {
  readonly temperature: number
  readonly minutes: number
}

/** What to try next, given what was tried. */
export type Proposal = Data.TaggedEnum<{
  Try: { readonly point: Point }
  /** What runs decides what comes next. */
  Wait: {}
  Done: {}
}>
export const Proposal = Data.taggedEnum<Proposal>()

const start: Point = { temperature: 180, minutes: 30 }
const steps = [32, 16, 8, 4, 2]

const pointOf = (trial: TrialConfig): Point => ({
  temperature: Number(trial.get("temperature")),
  minutes: Number(trial.get("minutes"))
})

const trialOf = ({ minutes, temperature }: Point): TrialConfig =>
  new Map([
    ["temperature", temperature],
    ["minutes", minutes]
  ])

const keyOf = ({ minutes, temperature }: Point): string => `${temperature}/${minutes}`

/** How good a run was. A summary is what Python would read: a whole number in it is a bigint, which `metricValue` converts. */
export const tasteOf = (run: RunRecord): number =>
  run.state === "finished"
    ? (RunMetrics.metricValue(run.summary, "taste") ?? Number.NEGATIVE_INFINITY)
    : Number.NEGATIVE_INFINITY

const neighbours = ({ minutes, temperature }: Point, step: number): ReadonlyArray<Point> => [
  { temperature: temperature + step, minutes },
  { temperature: temperature - step, minutes },
  { temperature, minutes: minutes + step / 4 },
  { temperature, minutes: minutes - step / 4 }
]

/** Climbs from the best point so far to its neighbours, in smaller and smaller steps. A pure function of the history. */
export const propose = (runs: ReadonlyArray<RunRecord>): Proposal => {
  if (runs.length === 0) return Proposal.Try({ point: start })
  const best = runs.reduce((a, b) => (tasteOf(b) > tasteOf(a) ? b : a))
  const tried = new Map(runs.map((run) => [keyOf(pointOf(run.trial)), run]))
  for (const step of steps) {
    const around = neighbours(pointOf(best.trial), step)
    const next = around.find((point) => !tried.has(keyOf(point)))
    if (next !== undefined) return Proposal.Try({ point: next })
    const waiting = around.some((point) => RunState.isAlive(tried.get(keyOf(point))?.state ?? "finished"))
    if (waiting) return Proposal.Wait()
  }
  return Proposal.Done()
}

/** The strategy: it decides, and any backend executes. */
export const layer: Layer.Layer<Strategy, never, SweepApi> = Layer.effect(
  Strategy,
  Effect.flatMap(SweepApi, (api) =>
    resumingPreempted(
      fromNextRun(
        Effect.fnUntraced(function* ({ sweep, worker: { worker } }) {
          const proposal = propose(yield* api.runs(sweep))
          switch (proposal._tag) {
            case "Done":
              return NextRun.Exhausted({ reason: "no neighbour is better" })
            case "Wait":
              return NextRun.NotNow({ worker })
            case "Try": {
              const trial = trialOf(proposal.point)
              return NextRun.Run({ worker, run: yield* api.createRun({ sweep, trial }), trial })
            }
          }
        })
      )
    )
  )
)
