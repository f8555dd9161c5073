/** The lives of a sweep one after another, until it has ended; and what must hold then. */
import { Cause, Effect, Exit, Option, Stream } from "effect"
import * as MemoryJournal from "@sweepline/core/MemoryJournal"
import * as MemoryStore from "@sweepline/core/MemoryStore"
import * as PythonJson from "@sweepline/core/PythonJson"
import type { MetricRow } from "@sweepline/core/RunLog"
import * as RunKey from "@sweepline/core/RunKey"
import * as RunState from "@sweepline/core/RunState"
import type { RunRecord } from "@sweepline/core/SweepApi"
import type * as SimulatedEngine from "@sweepline/simulation/SimulatedEngine"
import type { CrashSweep } from "./CrashSweeps.js"
import * as CrashWorld from "./CrashWorld.js"
import { Trouble } from "./CrashTrouble.js"

/** The rest of a sweep's story from some moment on, and what was wrong with it: nothing, if all is well. */
export interface Rest {
  readonly lives: ReadonlyArray<CrashWorld.Life>
  /** Each run in a line: its trial, and what became of it, as far as crashes may not change it. */
  readonly table: ReadonlyArray<string>
  /** How many runs ended in which state and attempt. */
  readonly ends: Readonly<Record<string, number>>
  readonly violations: ReadonlyArray<string>
}

/** A life with its trouble, and what came of it. */
export interface Chapter {
  readonly trouble: Trouble
  readonly life: CrashWorld.Life
  readonly world: CrashWorld.World
  /** Whether nobody has to start the scheduler again. */
  readonly over: boolean
}

/** Lives once. */
export const live = (before: CrashWorld.World, trouble: Trouble, downtime = 1_000): Chapter => {
  const { life, world } = CrashWorld.live(before, trouble, downtime)
  return { trouble, life, world, over: hasEnded(life.ended, trouble, world) }
}

/** Lives without trouble until the sweep has ended, and judges what it has come to. */
export const finish = (chapter: Chapter): Rest => {
  const lives: Array<CrashWorld.Life> = []
  let last = chapter
  while (!last.over && lives.length < 5) {
    last = live(last.world, Trouble.None())
    lives.push(last.life)
  }
  if (!last.over) last.world.ledger.violated("the sweep doesn't end, however often it is resumed")
  return { lives, ...judge(last.world) }
}

/** `finish`, told once for each world: crashes often leave behind the same as others, byte for byte. */
export const makeFinish = (): { readonly finish: (chapter: Chapter) => Rest; readonly told: () => number } => {
  const rests = new Map<string, Rest>()
  return {
    finish: (chapter) => {
      // What has gone wrong by now is no part of the world.
      if (chapter.over || chapter.world.ledger.violations.length > 0) return finish(chapter)
      const key = CrashWorld.fingerprint(chapter.world)
      const known = rests.get(key)
      if (known !== undefined) return known
      const rest = finish(chapter)
      rests.set(key, rest)
      return rest
    },
    told: () => rests.size
  }
}

// internal

const hasEnded = (ended: CrashWorld.Ended, trouble: Trouble, { ledger }: CrashWorld.World): boolean => {
  switch (ended._tag) {
    case "Crashed":
      return false
    case "Left":
      if (ended.outcome.reason === "Interrupted") return false
      if (ended.outcome.state !== "COMPLETED")
        ledger.violated(`it ended ${ended.outcome.state}: ${ended.outcome.reason}`)
      return true
    case "Refused":
      if (trouble._tag === "Fault") return false
      ledger.violated(ended.message)
      return true
    case "Died":
      ledger.violated(ended.message)
      return true
  }
}

/** What the stores hold at the end. */
const read = Effect.fnUntraced(function* ({ backend, journal, sweep: id }: CrashWorld.World) {
  const { contents } = yield* MemoryStore.fromEncoded(backend)
  const sweep = yield* Option.fromNullable(contents.sweeps.get(id))
  // Each life folds all of the journal; here only the intents matter.
  const launches = journal.map(([of, texts]) => [of, texts.filter((text) => text.includes('"Launch"'))] as const)
  const intents = new Set<string>()
  yield* Stream.runForEach(
    MemoryJournal.make(new Map(launches.map(([of, texts]) => [of, [...texts]]))).replay(id),
    (event) =>
      Effect.sync(() => {
        if (event._tag !== "CommandIssued" || event.command._tag !== "Launch") return
        intents.add(RunKey.make(event.command.run, event.command.attempt))
      })
  )
  return {
    state: sweep.state,
    own: sweep.ownRun.state,
    intents,
    runs: sweep.history.map((run): Run => ({ ...run.record(), rows: run.log?.rows ?? [] }))
  }
})

interface Run extends RunRecord {
  readonly rows: ReadonlyArray<MetricRow>
}

type Read = Effect.Effect.Success<ReturnType<typeof read>>

const judge = (world: CrashWorld.World): Omit<Rest, "lives"> => {
  const { crashSweep, ledger } = world
  const violated = ledger.violated.bind(ledger)
  const exit = Effect.runSyncExit(read(world))
  if (Exit.isFailure(exit)) return { table: [], ends: {}, violations: [...ledger.violations, Cause.pretty(exit.cause)] }
  const found = exit.value
  const jobs = CrashWorld.engineOf(world).history(world.now)
  judgeEnd(found, violated)
  judgeLaunches(found, jobs, crashSweep, violated)
  for (const run of found.runs) judgeAttempts(run, jobs, violated)
  const most = mostAtOnce(jobs)
  if (most > crashSweep.workers) violated(`${most} jobs at once`)
  const ends: Record<string, number> = {}
  for (const { attempt, state } of found.runs) ends[`${state}#${attempt}`] = (ends[`${state}#${attempt}`] ?? 0) + 1
  const table = crashSweep.varies === "runs" ? [] : found.runs.map(lineOf(crashSweep)).sort()
  return { table, ends, violations: ledger.violations }
}

type Violated = (what: string) => void

/** The sweep ended, all its runs with it, and its own run too. */
const judgeEnd = ({ own, runs, state }: Read, violated: Violated): void => {
  if (state !== "FINISHED") violated(`the sweep is ${state}`)
  if (own !== "finished") violated(`the scheduler's own run is ${own}`)
  for (const run of runs) {
    if (!RunState.isTerminal(run.state) || run.state === "preempted") violated(`run ${run.id} is left ${run.state}`)
  }
}

/** Every launch was intended and every intent was launched; no configuration has two runs, and no run none. */
const judgeLaunches = (
  { intents, runs }: Read,
  jobs: ReadonlyArray<SimulatedEngine.JobRecord>,
  { varies }: CrashSweep,
  violated: Violated
): void => {
  const launches = new Set<string>(jobs.map(({ key }) => key))
  for (const key of launches) if (!intents.has(key)) violated(`${key} was launched without an intent`)
  for (const key of intents) {
    // A run that was stopped while it waited in the queue goes on with its next attempt.
    const stopped =
      varies !== "exact" &&
      runs.some((run) => key.startsWith(`${run.id}#`) && (isCut(run) || RunKey.make(run.id, run.attempt) !== key))
    if (!launches.has(key) && !stopped) violated(`${key} was to be launched and was not`)
  }
  const trials = new Set(runs.map(({ trial }) => PythonJson.stringify(trial)))
  if (trials.size !== runs.length) violated(`${runs.length} runs of ${trials.size} configurations`)
  const known = new Set<string>(runs.map(({ id }) => id))
  for (const { key } of jobs) if (!known.has(RunKey.run(key))) violated(`${key} belongs to no run`)
}

/** Whether the sweep's end by the clock came before the run did: then it need not have been launched. */
const isCut = ({ stop }: Run): boolean => stop === "DeadlineReached" || stop === "BudgetSpent"

/** A run's attempts follow one another, each only because the one before came to nothing; what was logged is there once. */
const judgeAttempts = (run: Run, all: ReadonlyArray<SimulatedEngine.JobRecord>, violated: Violated): void => {
  const jobs = all.filter(({ key }) => RunKey.run(key) === run.id)
  const last = jobs.at(-1)
  if (last === undefined && isCut(run)) return
  if (last === undefined) return violated(`run ${run.id} was lost: it is ${run.state} and was never launched`)
  if (RunKey.attempt(last.key) !== run.attempt)
    violated(`run ${run.id} is in attempt ${run.attempt}, its last job is ${last.key}`)
  jobs.forEach((job, index) => {
    const next = jobs[index + 1]
    if (next === undefined) return
    if (next.submittedAt < job.endsAt) violated(`${next.key} began before ${job.key} had ended`)
    if (RunKey.attempt(next.key) <= RunKey.attempt(job.key)) violated(`${next.key} came after ${job.key}`)
    if (job.status._tag === "Exited" && job.status.code === 0)
      violated(`${job.key} finished, and ${next.key} ran all the same`)
  })
  const finished = last.status._tag === "Exited" && last.status.code === 0
  if (finished !== (run.state === "finished")) violated(`${last.key} is ${last.status._tag}, its run ${run.state}`)
  run.rows.forEach(({ step }, index) => {
    if (step !== index) violated(`row ${index} of run ${run.id} has step ${step}`)
  })
}

const mostAtOnce = (jobs: ReadonlyArray<SimulatedEngine.JobRecord>): number => {
  const changes = jobs.flatMap(({ endsAt, submittedAt }) => [
    { at: submittedAt, by: 1 },
    { at: endsAt, by: -1 }
  ])
  // At one instant, a slot is freed before it is taken again.
  changes.sort((a, b) => a.at - b.at || a.by - b.by)
  let now = 0
  let most = 0
  for (const { by } of changes) {
    now += by
    most = Math.max(most, now)
  }
  return most
}

const lineOf =
  ({ varies }: CrashSweep) =>
  ({ attempt, rows, state, trial }: Run): string => {
    const text = PythonJson.stringify(trial)
    switch (varies) {
      case "exact":
        return `${text} ${state} in attempt ${attempt}${state === "finished" ? `, ${rows.length} rows` : ""}`
      case "attempts":
      case "runs":
        return `${text} ${state}`
    }
  }
