import * as Data from "effect/Data"
import type { RunId } from "./RunId.js"
import * as RunKey from "./RunKey.js"
import type { RunState } from "./RunState.js"
import type { SweepId } from "./SweepId.js"

/** What a launch agent has to tell a person, or the scheduler beside it. */
export type LaunchNotice = Data.TaggedEnum<{
  /** A run failed or crashed by itself. */
  RunFailed: {
    readonly sweep: SweepId
    readonly key: RunKey.RunKey
    readonly state: RunState
    readonly exitCode: number | undefined
    /** What the engine says where there is no exit code. */
    readonly detail: string | undefined
    /** The last lines that it printed. */
    readonly output: string
  }
  /** A run could not be started at all; it was reported as failed. */
  RunRefused: { readonly sweep: SweepId; readonly key: RunKey.RunKey; readonly detail: string }
  /** Three runs failed at once on this slot: nothing is launched on it any more. */
  SlotSetAside: { readonly slot: string; readonly runs: ReadonlyArray<RunId> }
  /**
   * Nothing is launched any more; what runs goes on. `BrokenScript`: of this sweep, whose runs so far all failed at once.
   * `NoSlots`: of any sweep, since every slot was set aside. The sweep should end as failed.
   */
  LaunchingStopped: {
    readonly reason: "BrokenScript" | "NoSlots"
    readonly sweep: SweepId
    readonly runs: ReadonlyArray<RunId>
    readonly exitCode: number | undefined
    readonly output: string
  }
  /** A line of output was longer than the limit and was skipped; told once for each attempt. */
  LineSkipped: { readonly sweep: SweepId; readonly key: RunKey.RunKey; readonly limit: number }
}>

/** Constructors and matchers. */
export const LaunchNotice = Data.taggedEnum<LaunchNotice>()

/** One sentence, with the last lines of output below it where there are any. */
export const message: (self: LaunchNotice) => string = LaunchNotice.$match({
  RunFailed: ({ detail, exitCode, key, output, state }) =>
    withOutput(`Run ${name(key)} ${state} (${ending(exitCode, detail)}).`, output),
  RunRefused: ({ detail, key }) => `Run ${name(key)} could not be started: ${detail}`,
  SlotSetAside: ({ runs, slot }) =>
    `Slot ${slot} is set aside, nothing is launched on it for now: runs ${runs.join(", ")} failed there as soon as they were started.`,
  LaunchingStopped: ({ exitCode, output, reason, runs }) =>
    withOutput(
      reason === "BrokenScript"
        ? `The script fails every time: all runs so far failed (${runs.join(", ")}; the last with ${ending(exitCode, undefined)}).`
        : `No slot is left: on each of them, runs failed as soon as they were started (at last ${runs.join(", ")}).`,
      output
    ),
  LineSkipped: ({ key, limit }) =>
    `Run ${name(key)} printed a line of more than ${Math.floor(limit / 1024 / 1024)} MiB; it was not read as metrics.`
})

// internal

const name = (key: RunKey.RunKey): string =>
  RunKey.attempt(key) === 1 ? RunKey.run(key) : `${RunKey.run(key)} (attempt ${RunKey.attempt(key)})`

const ending = (exitCode: number | undefined, detail: string | undefined): string =>
  exitCode === undefined ? (detail ?? "no exit code") : `exit code ${exitCode}`

const withOutput = (sentence: string, output: string): string =>
  output === "" ? sentence : `${sentence} Its last output:\n${output}`
