import * as Duration from "effect/Duration"
import * as FailureGuard from "../../FailureGuard.js"
import type { LaunchAgentConfig } from "../../LaunchAgentConfig.js"
import type { RunId } from "../../RunId.js"
import type { RunState } from "../../RunState.js"
import * as Slots from "../../Slots.js"
import type { SweepId } from "../../SweepId.js"
import type { LiveRun, LiveRuns } from "./liveRun.js"

/** What the end of a run has shown about slots and script. */
export interface Verdict {
  readonly setAside: { readonly slot: Slots.Slot; readonly runs: ReadonlyArray<RunId> } | undefined
  /** Launching has stopped with this end. */
  readonly stopped: { readonly reason: "BrokenScript" | "NoSlots"; readonly runs: ReadonlyArray<RunId> } | undefined
}

/**
 * Who is on which slot, and whether anything may be launched. Every call is one synchronous step. Times are milliseconds
 * as timers count (`Moment.awake`): a clock that is set makes no failure quick.
 */
export interface SlotDesk {
  /** How many runs could be launched now. */
  readonly free: () => number
  /** Whether nothing of a sweep is launched any more. */
  readonly halted: (sweep: SweepId) => boolean
  /** The sweeps whose scripts are broken: of them nothing is launched. */
  readonly broken: ReadonlySet<SweepId>
  /** Gives a run a slot; false when there is none. */
  readonly take: (run: LiveRun) => boolean
  /** Gives a run of an earlier agent the slot that it had there. */
  readonly adopt: (run: LiveRun, slot: string | undefined) => void
  readonly started: (run: LiveRun, at: number) => void
  /** Frees a run's slot, and judges slot and script by its end. */
  readonly vacate: (run: LiveRun, state: RunState, at: number) => Verdict
  /** Frees a run's slot without an end: it never ran here. */
  readonly leave: (run: LiveRun) => void
  /** There are further slots. */
  readonly extend: (slots: ReadonlyArray<Slots.Slot>) => void
  /** A sweep's script is known to have worked: launching goes on, on all slots. */
  readonly trust: (sweep: SweepId) => void
}

const silent: Verdict = { setAside: undefined, stopped: undefined }

export const make = (
  config: LaunchAgentConfig["Type"],
  live: LiveRuns,
  /** Called when more may be launched than before. */
  onFree: () => void
): SlotDesk => {
  const quickFailure = Duration.toMillis(config.quickFailure)
  let slots = Slots.make(config.slots)
  let anySlot = true
  const guards = new Map<SweepId, FailureGuard.FailureGuard>()
  const broken = new Set<SweepId>()

  const guardOf = (sweep: SweepId) => guards.get(sweep) ?? FailureGuard.make(config.failureGuard)

  const occupy = (run: LiveRun, taken: readonly [Slots.Slot, Slots.Slots] | undefined): boolean => {
    if (taken === undefined) return false
    const [slot, next] = taken
    run.slot = slot
    slots = next
    return true
  }

  /** When the other runs of its sweep were started that live and that nobody has asked to stop. */
  const liveSince = function* (except: LiveRun) {
    for (const run of live.values()) {
      if (run === except || run.item.request.sweep !== except.item.request.sweep) continue
      if (run.startedAt !== undefined && run.stop === undefined && !run.over) yield run.startedAt
    }
  }

  /** The runs that have shown that the script is broken; `undefined` where nothing has, or had before. */
  const judgeScript = (run: LiveRun, state: RunState, at: number): ReadonlyArray<RunId> | undefined => {
    const { run: id, sweep } = run.item.request
    const before = guardOf(sweep)
    const guard = FailureGuard.ended(before, { run: id, state, startedAt: run.startedAt, at })
    if (guard === before) return undefined
    guards.set(sweep, guard)
    if (broken.has(sweep) || !FailureGuard.isTripped(guard, at, liveSince(run))) return undefined
    broken.add(sweep)
    return [...guard.failed.keys()]
  }

  const vacate = (run: LiveRun, state: RunState, at: number): Verdict => {
    const failed = judgeScript(run, state, at)
    // A broken script fails on every slot, and says nothing about this one.
    const speaksOfSlot = !broken.has(run.item.request.sweep)
    const quick = speaksOfSlot && run.startedAt !== undefined && at - run.startedAt <= quickFailure
    const { setAside, slots: next } = Slots.release(slots, { key: run.key, state, quick })
    run.slot = undefined
    slots = next
    onFree()
    if (!anySlot) return silent
    if (failed !== undefined) return { setAside: undefined, stopped: { reason: "BrokenScript", runs: failed } }
    if (setAside === undefined || Slots.anyUsable(slots)) return { setAside, stopped: undefined }
    anySlot = false
    return { setAside, stopped: { reason: "NoSlots", runs: setAside.runs } }
  }

  return {
    free: () => (anySlot ? Slots.free(slots) : 0),
    halted: (sweep) => !anySlot || broken.has(sweep),
    broken,
    take: (run) => occupy(run, Slots.take(slots, run.key)),
    adopt: (run, slot) => {
      occupy(run, Slots.adopt(slots, run.key, slot))
    },
    started: (run, at) => {
      run.startedAt = at
      const { sweep } = run.item.request
      guards.set(sweep, FailureGuard.started(guardOf(sweep), at))
    },
    vacate,
    extend: (more) => {
      slots = Slots.extend(slots, more)
      onFree()
    },
    leave: (run) => {
      if (run.slot === undefined) return
      run.slot = undefined
      slots = Slots.release(slots, { key: run.key, state: "pending", quick: false }).slots
      onFree()
    },
    trust: (sweep) => {
      guards.set(sweep, FailureGuard.make(false))
      broken.delete(sweep)
      slots = Slots.trust(slots)
      anySlot = true
      onFree()
    }
  }
}
