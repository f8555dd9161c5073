/**
 * What a backend of our own answers to heartbeats, and which states a sweep takes: the rules of W&B's server (F.1–F.5),
 * pure. The memory and the SQLite backend call these, and those of `RunFacts`, and keep no rule of their own.
 */
import * as Data from "effect/Data"
import * as Option from "effect/Option"
import { AgentCommand } from "./AgentCommand.js"
import type { RunId } from "./RunId.js"
import type { Suggestion } from "./Search.js"
import * as SweepState from "./SweepState.js"
import type { TrialConfig } from "./TrialConfig.js"

/** What a heartbeat's answer depends on. */
export interface SweepView {
  /** `None`: a state that we do not know; the sweep goes on (B32). */
  readonly state: Option.Option<SweepState.SweepState>
  /** The most distinct runs that are handed out; `undefined` is no cap. */
  readonly runCap: number | undefined
  /** The distinct runs that the sweep has, in any state. */
  readonly runs: number
  /** Whether a run has reached the metric's target (`reachesTarget`): the sweep drains. */
  readonly targetReached: boolean
  /** Whether the agent said that one of its runs lives (`isBusy`). */
  readonly busy: boolean
  /** Runs of this agent that early stopping condemned, that live, and that nobody has asked to stop yet. */
  readonly condemned: ReadonlyArray<RunId>
  /** A pending run that was given to this agent, which doesn't report it: the answer that told of it was lost. */
  readonly unclaimed: UnclaimedRun | undefined
  /** The oldest preempted run of the sweep, by creation. */
  readonly preempted: PreemptedRun | undefined
}

/** A run that can be handed out again. */
export interface PreemptedRun {
  readonly run: RunId
  readonly trial: TrialConfig
}

/** A run that was handed out, and the attempt that waits to begin. */
export interface UnclaimedRun extends PreemptedRun {
  readonly attempt: number
}

/** The command that tells of a run: `Run` for the first attempt, `Resume` for a later one. */
export const offer = ({ attempt, run, trial }: UnclaimedRun): AgentCommand =>
  attempt > 1 ? AgentCommand.Resume({ run, trial, attempt }) : AgentCommand.Run({ run, trial })

/** What to do for an agent, besides stopping what is condemned. */
export type Next = Data.TaggedEnum<{
  /** Nothing for now. */
  Wait: {}
  /** Nothing ever more. */
  Exit: {}
  /** Answer `offer` once more; nothing is to be stored. */
  Offer: UnclaimedRun
  /** Store `resumed` for this run, give it to this agent, then answer `Resume`. */
  HandOutAgain: PreemptedRun
  /** Ask search, then decide again with `afterSuggestion`. */
  Ask: {}
  /** Create a pending run of this agent, then answer `Run`: it must be stored before it is told (F.4). */
  Create: { readonly trial: TrialConfig }
}>

/** Constructors and matchers. */
export const Next = Data.taggedEnum<Next>()

/** A heartbeat's answer, as far as it can be told without search. */
export interface Decision {
  /** `StopRun` commands: they go first, whatever follows. */
  readonly stops: ReadonlyArray<AgentCommand>
  readonly next: Next
}

/** Whether an agent that reports these runs is busy. */
export const isBusy = (runs: ReadonlyMap<RunId, boolean>): boolean => {
  for (const lives of runs.values()) if (lives) return true
  return false
}

/**
 * Decides what a heartbeat is answered (F.3). The order matters: a sweep that has ended hands
 * out nothing; a preempted run comes before the cap, because it was counted already.
 *
 * Whoever stores the outcome reads the view and writes in one step.
 */
export const answer = (view: SweepView): Decision => {
  const state = Option.getOrUndefined(view.state)
  if (state !== undefined && SweepState.isTerminal(state)) return { stops: [], next: Next.Exit() }
  return { stops: view.condemned.map((run) => AgentCommand.StopRun({ run })), next: nextFor(view, state) }
}

const nextFor = (view: SweepView, state: SweepState.SweepState | undefined): Next => {
  if (state === "PAUSED" || view.busy) return Next.Wait()
  if (view.unclaimed !== undefined) return Next.Offer(view.unclaimed)
  if (view.preempted !== undefined) return Next.HandOutAgain(view.preempted)
  if (view.targetReached || (view.runCap !== undefined && view.runs >= view.runCap)) return Next.Exit()
  return Next.Ask()
}

/**
 * Decides again once search has answered. `view` is read anew, since the sweep may have been
 * paused, ended or filled meanwhile; a suggestion that isn't used then is forgotten, and search,
 * which depends on the history only, makes it again. Never answers `Ask`.
 */
export const afterSuggestion = (view: SweepView, suggestion: Suggestion): Decision => {
  const decision = answer(view)
  if (decision.next._tag !== "Ask") return decision
  return { stops: decision.stops, next: fromSuggestion(suggestion) }
}

const fromSuggestion = (suggestion: Suggestion): Next => {
  switch (suggestion._tag) {
    case "Suggested":
      return Next.Create({ trial: suggestion.trial })
    case "NotNow":
      return Next.Wait()
    case "Exhausted":
      return Next.Exit()
  }
}

/** The name of a sweep's run, by its place in the history, from 0. */
export const runName = (index: number): string => `run-${index + 1}`

// sweeps

/** Whether `setSweepState` may write; a state that we do not know may become any (B67). */
export const mayBecome = (from: Option.Option<SweepState.SweepState>, to: SweepState.SweepState): boolean =>
  Option.match(from, { onNone: () => true, onSome: (state) => SweepState.canBecome(state, to) })

/**
 * The state of a sweep once an agent has registered (F.1); `None` when the sweep takes no more
 * agents, because it has ended (F.2: status 400, `notRunning`).
 */
export const registered = (state: SweepState.SweepState): Option.Option<SweepState.SweepState> =>
  SweepState.isTerminal(state) ? Option.none() : Option.some(state === "PENDING" ? "RUNNING" : state)

/** What an agent is told that registers with a sweep that has ended (F.2). */
export const notRunning = (sweep: string): string => `Sweep ${sweep} is not running`
