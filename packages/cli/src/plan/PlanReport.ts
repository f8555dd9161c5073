import * as EndReason from "@sweepline/core/EndReason"
import type { SweepConfig } from "@sweepline/core/SweepConfig"
import type { Colors } from "../Colors.js"
import * as Format from "../Format.js"
import type { Json } from "../Json.js"
import * as Table from "../Table.js"
import * as Text from "../Text.js"
import type { Plan, Spread } from "./Plan.js"

/** What was planned, besides what came of it. */
export interface Facts {
  readonly file: string
  readonly config: SweepConfig
  readonly workers: number
  readonly seed: number
  readonly price: number | undefined
  readonly gpusPerRun: number
  /** Milliseconds from the sweep's start; `undefined`: it has none. */
  readonly deadline: number | undefined
  readonly assumed: ReadonlyArray<string>
}

/** How it is printed. */
export interface Look {
  readonly columns: number
  readonly colors: Colors
}

/** The heading, and what is assumed. */
export const heading = ({ assumed, config, file, seed, workers }: Facts, plan: Plan, { colors }: Look) => [
  `${colors.bold(file)} ${colors.dim("·")} ${config.method} on ${Text.count(workers, "worker")} ${colors.dim(
    `· ${Text.count(plan.samples, "sample")}, seed ${seed}`
  )}`,
  ...assumed.map((sentence) => colors.dim(sentence))
]

/** The figures. */
export const figures = (facts: Facts, plan: Plan, look: Look): ReadonlyArray<string> => {
  const { colors } = look
  const row = (name: string, { p50, p90 }: Spread, format: (value: number) => string, note = "") => [
    name,
    colors.bold(format(p50)),
    format(p90),
    colors.dim(note)
  ]
  const whole = (value: number) => value.toLocaleString("en-US")
  const perRun = facts.gpusPerRun === 1 ? "" : `${facts.gpusPerRun} GPUs a run`
  return [
    ...Table.render(
      [{ title: "" }, { title: "p50", align: "right" }, { title: "p90", align: "right" }, { title: "" }],
      [
        row("makespan", plan.makespan, Format.clock),
        row("GPU-hours", plan.gpuHours, hours, perRun),
        ...(plan.cost === undefined ? [] : [row("cost", plan.cost, money, `at ${facts.price} a GPU-hour`)]),
        row("runs", plan.runs, whole),
        ...[...plan.outcomes].map(([ending, spread]) => row(`  ${ending}`, spread, whole)),
        ...(plan.launches.p90 > plan.runs.p90 ? [row("launches", plan.launches, whole, "with later attempts")] : [])
      ],
      look
    ),
    "",
    ...ends(facts, plan)
  ]
}

/** Why the sweep ends, and whether `run_cap` has a part in it. */
const ends = ({ config, deadline }: Facts, plan: Plan): ReadonlyArray<string> => [
  ...plan.ends.map(({ reason, samples, state }) => {
    const how = `${state}: ${EndReason.ending(reason).text}`
    return samples === plan.samples
      ? `The sweep ends ${how}.`
      : `In ${samples} of ${plan.samples} samples it ends ${how}.`
  }),
  ...(plan.cappedAt === undefined
    ? config.runCap === undefined
      ? []
      : [`run_cap ${config.runCap} is never reached.`]
    : [
        `run_cap ${config.runCap ?? ""} binds after ${Format.clock(plan.cappedAt.p50)} (p90 ${Format.clock(plan.cappedAt.p90)}): that is when its last run starts.`
      ]),
  ...(deadline === undefined ? [] : [deadlineLine(deadline, plan)])
]

const deadlineLine = (deadline: number, plan: Plan): string => {
  const bound = plan.ends.find(({ reason }) => reason === "DeadlineReached")?.samples ?? 0
  const at = `The deadline after ${Format.clock(deadline)}`
  return bound === 0 ? `${at} never binds.` : `${at} binds in ${bound} of ${Text.count(plan.samples, "sample")}.`
}

/** How many runs come to each rung and go on, on average. */
export const rungs = ({ config }: Facts, plan: Plan, look: Look): ReadonlyArray<string> =>
  plan.rungs.length === 0
    ? []
    : [
        "",
        `Survivors by rung of ${config.earlyTerminate?.type ?? "early stopping"}, on average:`,
        ...Table.render(
          [
            { title: config.earlyTerminate?.type === "hyperband" ? "logged values" : "step", align: "right" },
            { title: "reached", align: "right" },
            { title: "went on", align: "right" }
          ],
          plan.rungs.map(({ at, reached, survived }) => [
            String(at),
            mean(reached, plan.samples),
            mean(survived, plan.samples)
          ]),
          { ...look, indent: 2 }
        )
      ]

/** The same for `--json`: times in seconds. */
export const json = (facts: Facts, plan: Plan): { readonly [key: string]: Json | undefined } => ({
  type: "Plan",
  file: facts.file,
  method: facts.config.method,
  workers: facts.workers,
  samples: plan.samples,
  seed: facts.seed,
  assumed: facts.assumed,
  makespanSeconds: seconds(plan.makespan),
  gpuHours: { ...plan.gpuHours },
  ...(plan.cost === undefined ? {} : { cost: { ...plan.cost, price: facts.price } }),
  runs: { ...plan.runs },
  launches: { ...plan.launches },
  outcomes: Object.fromEntries([...plan.outcomes].map(([ending, spread]) => [ending, { ...spread }])),
  ends: plan.ends.map((end) => ({ ...end })),
  deadlineSeconds: facts.deadline === undefined ? null : facts.deadline / 1000,
  runCap: facts.config.runCap ?? null,
  runCapBindsAtSeconds: plan.cappedAt === undefined ? null : seconds(plan.cappedAt),
  rungs: plan.rungs.map((rung) => ({ ...rung }))
})

// internal

const seconds = ({ p50, p90 }: Spread) => ({ p50: p50 / 1000, p90: p90 / 1000 })

const hours = (value: number): string => value.toFixed(value < 10 ? 2 : value < 1000 ? 1 : 0)

const money = (value: number): string =>
  value.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })

const mean = (value: number, samples: number): string => (samples === 1 ? String(value) : value.toFixed(1))
