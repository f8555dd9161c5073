import * as Duration from "effect/Duration"
import * as FailureGuard from "../../FailureGuard.js"
import type { LaunchAgentConfig } from "../../LaunchAgentConfig.js"
import type { RunId } from "../../RunId.js"
import type { RunState } from "../../RunState.js"
import * as Slots from "../../Slots.js"
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
  /** Whether nothing is launched any more. */
  readonly halted: () => boolean
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
  /** The script is known to have worked: launching goes on, on all slots. */
  readonly trust: () => void
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
  let guard = FailureGuard.make(config.failureGuard)
  let halted: "BrokenScript" | "NoSlots" | undefined

  const occupy = (run: LiveRun, taken: readonly [Slots.Slot, Slots.Slots] | undefined): boolean => {
    if (taken === undefined) return false
    const [slot, next] = taken
    run.slot = slot
    slots = next
    return true
  }

  /** When the other runs were started that live and that nobody has asked to stop. */
  const liveSince = function* (except: LiveRun) {
    for (const run of live.values()) {
      if (run !== except && run.startedAt !== undefined && run.stop === undefined && !run.over) yield run.startedAt
    }
  }

  const judgeScript = (run: LiveRun, state: RunState, at: number): boolean => {
    const before = guard
    guard = FailureGuard.ended(before, { run: run.item.request.run, state, startedAt: run.startedAt, at })
    return guard !== before && FailureGuard.isTripped(guard, at, liveSince(run))
  }

  const vacate = (run: LiveRun, state: RunState, at: number): Verdict => {
    const broken = judgeScript(run, state, at)
    const quick = run.startedAt !== undefined && at - run.startedAt <= quickFailure
    const released = Slots.release(slots, { key: run.key, state, quick })
    run.slot = undefined
    slots = released.slots
    onFree()
    if (halted !== undefined) return silent
    // A broken script fails on every slot, and says nothing about this one.
    if (broken) {
      halted = "BrokenScript"
      return { setAside: undefined, stopped: { reason: halted, runs: [...guard.failed.keys()] } }
    }
    const { setAside } = released
    if (setAside === undefined || Slots.anyUsable(slots)) return { setAside, stopped: undefined }
    halted = "NoSlots"
    return { setAside, stopped: { reason: halted, runs: setAside.runs } }
  }

  return {
    free: () => (halted === undefined ? Slots.free(slots) : 0),
    halted: () => halted !== undefined,
    take: (run) => occupy(run, Slots.take(slots, run.key)),
    adopt: (run, slot) => {
      occupy(run, Slots.adopt(slots, run.key, slot))
    },
    started: (run, at) => {
      run.startedAt = at
      guard = FailureGuard.started(guard, at)
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
    trust: () => {
      guard = FailureGuard.make(false)
      slots = Slots.trust(slots)
      halted = undefined
      onFree()
    }
  }
}
