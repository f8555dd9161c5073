import * as Path from "@effect/platform/Path"
import * as RunState from "@sweepline/core/RunState"
import { SweepApi, type SweepRecord } from "@sweepline/core/SweepApi"
import type { SweepId } from "@sweepline/core/SweepId"
import * as SweepStates from "@sweepline/core/SweepState"
import type { SweepState } from "@sweepline/core/SweepState"
import { SweepLease } from "@sweepline/embedded/SweepLease"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Attachment from "./Attachment.js"
import * as Background from "./Background.js"
import * as Local from "./Local.js"
import * as LocalSweep from "./LocalSweep.js"
import { Output } from "./Output.js"
import * as Relocation from "./Relocation.js"
import * as Report from "./SweepReport.js"
import * as Sweeps from "./Sweeps.js"
import * as SweepSettings from "./SweepSettings.js"
import * as SweepTerms from "./SweepTerms.js"
import * as Text from "./Text.js"
import { UsageError } from "./UsageError.js"
import type * as SweepSteering from "./wandb/SweepSteering.js"

const verbs = {
  PENDING: "reset",
  RUNNING: "resumed",
  PAUSED: "paused",
  FINISHED: "stopped",
  CANCELED: "cancelled"
} as const satisfies Record<SweepState, string>

const isOpen = (sweep: SweepRecord): boolean => !Sweeps.hasEnded(sweep)

const verbOf = (state: SweepState): string => (state === "CANCELED" ? "cancel" : "stop")

/**
 * The sweep that a text names; without one the newest that somebody works on, else the newest that hasn't ended.
 * None is ended where another may be meant: where several that go on have the name; and, unnamed, where several are
 * worked on, or a newer one has ended.
 */
const chosen = Effect.fnUntraced(function* (text: Option.Option<string>, state: SweepState) {
  const api = yield* SweepApi
  const all = yield* api.sweeps
  const ends = SweepStates.isTerminal(state)
  const meant = all.filter((sweep) => Option.contains(text, sweep.name) && isOpen(sweep))
  if (ends && meant.length > 1 && !all.some(({ id }) => Option.contains(text, id))) {
    return yield* ambiguous(meant, state, "have this name and have not ended")
  }
  if (Option.isSome(text) || state === "RUNNING") return yield* Sweeps.find(text, isOpen)
  const lease = yield* SweepLease
  const live = yield* Effect.filter(all, ({ id }) => Effect.map(lease.holder(id), Option.isSome))
  if (ends && live.length > 1) return yield* ambiguous(live, state, "are worked on here")
  const worked = live.find(isOpen) ?? (ends ? live[0] : undefined)
  if (worked !== undefined) return worked
  const sweep = yield* Sweeps.find(text, isOpen)
  const [newest] = all
  if (!ends || newest?.id === sweep.id) return sweep
  const verb = verbOf(state)
  return yield* new UsageError({
    message: `No process works on a sweep here, and the newest one, ${newest?.id}, has ended. To ${verb} ${sweep.id} (${Report.stateText(sweep)}), name it: sweepline ${verb} ${sweep.id}`
  })
})

const ambiguous = (several: ReadonlyArray<SweepRecord>, state: SweepState, why: string) => {
  const names = several.map((sweep) => `${sweep.id} (${Text.oneLine(sweep.name)}, ${Report.stateText(sweep)})`)
  return new UsageError({
    message: `${several.length} sweeps ${why}: ${Text.first(names)}. Name the one to ${verbOf(state)}: sweepline ${verbOf(state)} ${several[0]?.id}`
  })
}

/**
 * Whether a command leaves the state of an ended sweep as it is, and only sees to the end of its runs: its scheduler
 * may have been killed before it did.
 */
const seesToTheEnd = (sweep: SweepRecord, state: SweepState): boolean =>
  Sweeps.hasEnded(sweep) && (state === "RUNNING" || Option.contains(sweep.state, state))

/** What to do about the runs of an ended sweep that go on. */
const howToEnd = Effect.fnUntraced(function* (sweep: SweepId) {
  const lease = yield* SweepLease
  return Option.match(yield* lease.holder(sweep), {
    onNone: () => `See to the end of its runs with: sweepline resume ${sweep}`,
    onSome: (holder) =>
      `Its scheduler (${Attachment.nameOf(holder)}) waits for its runs; Ctrl-C there ends them, as does: kill -INT ${holder.pid}`
  })
})

/** Writes a state on the sweep that a text names, or on the one that is meant without; or says why it can't be. */
export const write = Effect.fnUntraced(function* (text: Option.Option<string>, state: SweepState) {
  const api = yield* SweepApi
  const sweep = yield* chosen(text, state)
  const written = api.setSweepState(sweep.id, state).pipe(
    // A stopped process may hold the database for as long as it likes, and is waited for.
    Effect.retry({ while: (error) => error._tag === "CommError" && error.reason === "Timeout" })
  )
  if (isOpen(sweep) && (yield* written)) return sweep
  // It may have ended while the write waited.
  const now = yield* api.sweep(sweep.id)
  const goesOn = (yield* api.runs(sweep.id)).some((run) => RunState.isAlive(run.state))
  if (goesOn && seesToTheEnd(now, state)) return sweep
  const hint = goesOn ? yield* howToEnd(sweep.id) : "Start a new sweep with: sweepline run"
  return yield* new UsageError({
    message: `Sweep ${sweep.id} is ${Report.stateText(now)} and can't be ${verbs[state]}: what has ended stays as it is. ${hint}`
  })
})

/**
 * Writes a state on a sweep and lets its scheduler see to the rest. Where no scheduler lives, this
 * process becomes it, in the foreground, until the sweep is where the state leads to.
 */
export const hand = (
  dir: string,
  text: Option.Option<string>,
  options: {
    readonly state: SweepState
    readonly given: SweepSettings.Given
    readonly json: boolean
    /** Whether it goes on in the background where no scheduler lives. */
    readonly detach?: boolean
    /** The sentence for a sweep whose scheduler lives elsewhere. */
    readonly handed: (sweep: SweepId, holder: string) => string
  }
) =>
  Effect.gen(function* () {
    const { given, handed, json, state } = options
    const output = yield* Output
    const path = yield* Path.Path
    const lease = yield* SweepLease
    const folder = path.resolve(dir)
    const sweep = yield* write(text, state)
    const { id } = sweep
    const tell = (holder: string) =>
      json
        ? output.json({ type: "SweepStateChanged", sweep: id, state, scheduler: holder })
        : output.print(handed(id, holder))
    // What is given holds from now on, also for a scheduler that lives, and for whoever resumes it later.
    const { settings, stored } = yield* SweepTerms.change(
      id,
      Effect.fnUntraced(function* ({ config, settings: known }) {
        const stored = yield* SweepSettings.orDefaults(known)
        const merge = Option.isSome(known) ? SweepSettings.mergeStored : SweepSettings.merge
        const settings = merge(yield* Relocation.settings(stored, sweep, folder), given)
        return { config, settings, stored }
      })
    )
    const holder = yield* lease.holder(id)
    const later = SweepSettings.changedForNext(stored, settings)
    if (Option.isSome(holder) && later.length > 0) {
      yield* output.warn(
        `sweepline: ${later.join(" and ")} ${later.length === 1 ? "is" : "are"} kept for the next scheduler of sweep ${id}; this one goes by what it began with.`
      )
    }
    if (Option.isSome(holder)) return yield* tell(Attachment.nameOf(holder.value))
    if (state === "RUNNING") yield* Relocation.check(settings)
    if (options.detach === true) return yield* Background.start(folder, id, { json })
    yield* LocalSweep.run(folder, id, { settings, json }).pipe(
      // Somebody was faster; the state is written, and that is what was asked for.
      Effect.catchTag("LeaseHeldError", (error) => (error.lost ? error : tell(error.holder)))
    )
  }).pipe(Effect.provide(Local.layer(dir)))

/** Writes a state on a sweep of a W&B server, whose own scheduler and agents see to the rest. */
export const onWandb = (options: Parameters<typeof SweepSteering.steer>[0]) =>
  Effect.flatMap(
    Effect.promise(() => import("./wandb/SweepSteering.js")),
    ({ steer }) => steer(options)
  )
