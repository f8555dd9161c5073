/** Removes a sweep of a state folder, with all that was kept of it. */
import * as FileSystem from "@effect/platform/FileSystem"
import { CommError } from "@sweepline/core/CommError"
import * as Executor from "@sweepline/core/Executor"
import * as RunKey from "@sweepline/core/RunKey"
import * as RunState from "@sweepline/core/RunState"
import { SweepApi, type RunRecord, type SweepRecord } from "@sweepline/core/SweepApi"
import type { SweepId } from "@sweepline/core/SweepId"
import { SweepLease } from "@sweepline/embedded/SweepLease"
import * as SweepRemoval from "@sweepline/embedded/SweepRemoval"
import * as RunFolder from "@sweepline/executors/RunFolder"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Attachment from "./Attachment.js"
import * as Background from "./Background.js"
import * as FileProblem from "./FileProblem.js"
import * as Local from "./Local.js"
import { Output } from "./Output.js"
import * as RunEnding from "./RunEnding.js"
import * as Report from "./SweepReport.js"
import * as StateChange from "./StateChange.js"
import * as Sweeps from "./Sweeps.js"
import * as SweepSettings from "./SweepSettings.js"
import * as Text from "./Text.js"
import { UsageError } from "./UsageError.js"

/** Which sweep, and whether it may go on. */
export interface Options {
  /** Its state folder, absolute. */
  readonly dir: string
  readonly sweep: string
  /** Ends it first where it goes on. */
  readonly force: boolean
}

/**
 * Deletes a sweep; refused where somebody works on it or runs of it go on, unless it may be ended first. What an interrupted
 * deletion has left behind is removed before, of whichever sweep; where that can't be, another one is deleted all the same.
 */
export const remove = Effect.fn("SweepDeletion.remove")(function* ({ dir, force, sweep: text }: Options) {
  const output = yield* Output
  const before = yield* SweepRemoval.pending
  // One of that name that is here now may be another: it isn't what was meant the first time.
  const again = before.find(({ sweep }) => sweep === text) ?? before.find(({ name }) => name === text)
  for (const removal of before) {
    const finished = finish(dir, removal)
    yield* removal === again
      ? finished
      : Effect.catchAll(finished, ({ message }) => output.warn(`sweepline: ${message}`))
  }
  if (again !== undefined) return again
  const sweep = yield* named(text)
  const { id } = sweep
  const lease = yield* SweepLease
  const holder = yield* lease.holder(id)
  if (Option.isSome(holder)) {
    const who = Attachment.nameOf(holder.value)
    if (!force) {
      return yield* refused(sweep, `its scheduler is ${who}`)
    }
    yield* dismiss(sweep, who)
  }
  return yield* Effect.scoped(
    Effect.gen(function* () {
      // From here on nobody begins to work on it.
      yield* lease.acquire(id)
      yield* endRuns(sweep, force)
      const removal = yield* SweepRemoval.begin(id)
      yield* finish(dir, removal)
      return removal
    })
  )
})

// internal

const noRuns: ReadonlySet<string> = new Set()

/** How often there is a look whether something has ended. */
const interval = Duration.millis(100)

/** The sweep of an id, of the start of one, or of a name that no other has: a newer one of the same name may be meant, or not. */
const named = Effect.fnUntraced(function* (text: string) {
  const api = yield* SweepApi
  const sweep = yield* Sweeps.find(Option.some(text))
  if (sweep.id === text) return sweep
  const namesakes = (yield* api.sweeps).filter(({ name }) => name === text)
  if (namesakes.length < 2) return sweep
  const ids = Text.first(namesakes.map(({ id }) => id))
  return yield* new UsageError({
    message: `${namesakes.length} sweeps are named ${JSON.stringify(text)}: ${ids}. Name the one to delete by its id.`
  })
})

const refused = (sweep: SweepRecord, because: string, forced: (what: "it" | "them") => string = endsFirst) =>
  new UsageError({
    message: `Sweep ${sweep.id} is ${Report.stateText(sweep)} and goes on: ${because}. ${
      Sweeps.hasEnded(sweep)
        ? `Delete it when its runs have ended, or with --force${forced("them")}.`
        : `End it with: sweepline cancel ${sweep.id}, or delete it with --force${forced("it")}.`
    }`
  })

const endsFirst = (what: "it" | "them") => `, which ends ${what} first`

/** What runs elsewhere can't be ended from here. */
const leavesAlone = () => ", which leaves them running where they are: their agents leave when those have ended"

/** Cancels a sweep, and waits until its scheduler has ended its runs and left. */
const dismiss = Effect.fnUntraced(function* (sweep: SweepRecord, who: string) {
  const { id } = sweep
  const lease = yield* SweepLease
  const output = yield* Output
  const ended = Sweeps.hasEnded(sweep)
  if (!ended) yield* StateChange.write(Option.some(id), "CANCELED")
  yield* output.warn(
    `sweepline: Sweep ${id} is ${ended ? Report.stateText(sweep) : "cancelled"}; waiting for its scheduler (${who}) to end its runs.`
  )
  // One that was stopped before can't be cancelled any more: its scheduler lets the runs that it has take their time.
  const look = Effect.zipRight(ended ? endRuns(sweep, true) : Effect.void, lease.holder(id))
  yield* Effect.repeat(Effect.delay(look, interval), { until: Option.isNone })
})

/** Ends what goes on of a sweep that nobody schedules, where it may be ended. */
const endRuns = Effect.fnUntraced(function* (sweep: SweepRecord, force: boolean) {
  const api = yield* SweepApi
  const executor = yield* Executor.Executor
  const settings = yield* SweepSettings.stored(sweep.id)
  const alive = (yield* api.runs(sweep.id)).filter(({ state }) => RunState.isAlive(state))
  const given = alive.length === 0 ? noRuns : yield* Effect.flatMap(wire, (them) => them.given(sweep.id))
  const found = yield* Effect.forEach(alive, (run) => jobOf(run, Option.isSome(settings) && !given.has(run.id)))
  const going = found.filter((job) => job._tag !== "None")
  if (going.length > 0 && !force) {
    const some = Text.first(going.map(({ run }) => run))
    return yield* refused(
      sweep,
      `${Text.count(going.length, "run")} of it ${going.length === 1 ? "is" : "are"} not over (${some})`,
      going.some(({ _tag }) => _tag === "Elsewhere") ? leavesAlone : endsFirst
    )
  }
  const grace = Duration.millis(Option.match(settings, { onNone: () => 10_000, onSome: ({ grace }) => grace }))
  const handles = going.flatMap((job) => (job._tag === "Here" ? [job.handle] : []))
  yield* Effect.forEach(handles, (handle) => executor.cancel(handle, grace), { discard: true })
  if (handles.length > 0) {
    yield* Effect.repeat(Effect.delay(executor.poll(handles), interval), {
      until: (statuses) => [...statuses.values()].every(({ _tag }) => _tag !== "Running")
    })
  }
})

/** Whether a run that hasn't ended goes on: as a job here, or where it can't be seen from here. */
const jobOf = Effect.fnUntraced(function* ({ attempt, id }: RunRecord, isLocal: boolean) {
  const executor = yield* Executor.Executor
  const elsewhere = { _tag: "Elsewhere", run: id } as const
  const none = { _tag: "None", run: id } as const
  const look = Effect.gen(function* () {
    const found = yield* executor.find(RunKey.make(id, Math.max(1, attempt)))
    // What clients of a server run only they know, also of one that they were just handed.
    if (Option.isNone(found)) return isLocal ? none : elsewhere
    const handle = found.value
    const status = (yield* executor.poll([handle])).get(handle.key)
    return status?._tag === "Running" ? ({ _tag: "Here", run: id, handle } as const) : none
  })
  return yield* Effect.catchIf(
    look,
    ({ reason }) => reason === "Foreign",
    () => Effect.succeed(elsewhere)
  )
})

const finish = (dir: string, removal: SweepRemoval.Removal) => {
  const { runs, sweep } = removal
  const rest = [RunEnding.forget(runs), forgetClients(dir, sweep), removeFiles(dir, removal)] as const
  return Effect.catchTag(
    SweepRemoval.finish(removal, Effect.all(rest, { discard: true })),
    "CommError",
    (error) =>
      new CommError({
        ...error,
        detail: `${error.detail}. Sweep ${sweep} is deleted, but for that. ${howToFinish(sweep)}`
      })
  )
}

const howToFinish = (sweep: SweepId): string => `Mend it, then finish with: sweepline delete ${sweep}`

const forgetClients = (dir: string, sweep: SweepId) => Effect.flatMap(wire, (them) => them.remove(dir, sweep))

/** What clients of a server told of. */
const wire = Effect.promise(() => import("./WireRemoval.js"))

const removeFiles = Effect.fnUntraced(function* (dir: string, { runs, sweep }: SweepRemoval.Removal) {
  const fs = yield* FileSystem.FileSystem
  const folders = runs.map((run) => RunFolder.make(Local.runsDirectory(dir), RunKey.make(run, 1)).run)
  yield* Effect.forEach(
    [...folders, Background.logFile(dir, sweep)],
    (file) =>
      Effect.mapError(
        fs.remove(file, { recursive: true, force: true }),
        (error) =>
          new UsageError({
            message: `Sweep ${sweep} is deleted, but for ${file}: ${FileProblem.ofWriting(error)}. ${howToFinish(sweep)}`
          })
      ),
    { discard: true }
  )
})
