/** Carries out what core's `SweepController` decides about a heartbeat. */
import { AgentCommand } from "@sweepline/core/AgentCommand"
import type { CommError } from "@sweepline/core/CommError"
import type { EarlyStopping } from "@sweepline/core/EarlyStopping"
import type { RunId } from "@sweepline/core/RunId"
import type { Abandonment, Search } from "@sweepline/core/Search"
import type { SchedulerError } from "@sweepline/core/SchedulerError"
import * as RunFacts from "@sweepline/core/RunFacts"
import * as SweepController from "@sweepline/core/SweepController"
import type { SweepNotFoundError } from "@sweepline/core/SweepNotFoundError"
import * as Effect from "effect/Effect"
import type { Transaction } from "../Database.js"
import type { Notices } from "../Notices.js"
import type { SweepLease } from "../SweepLease.js"
import { createRun } from "./createRun.js"
import { judge } from "./judging.js"
import type { Operations } from "./operations.js"
import { leaseLost, noSweep } from "./refusals.js"
import { readFacts, settle } from "./runRows.js"
import type { Heartbeat } from "./sweepView.js"
import * as sweepView from "./sweepView.js"

/** What the controller works with. */
export interface Services {
  readonly operations: Operations
  readonly notices: Notices["Type"]
  readonly lease: SweepLease["Type"]
  readonly search: Search["Type"]
  readonly earlyStopping: EarlyStopping["Type"]
}

/** What a heartbeat is answered. Not found: its agent isn't registered. `SchedulerError`: search failed. */
export type Answer = Effect.Effect<ReadonlyArray<AgentCommand>, CommError | SchedulerError | SweepNotFoundError>

/** Answers a heartbeat. A run is stored before it is told of (F.4). */
export const answer = (services: Services, heartbeat: Heartbeat): Answer => {
  const { sweep } = heartbeat
  const answered =
    heartbeat.living.length > 0
      ? Effect.zipRight(adopt(services, heartbeat), answerBusy(services, heartbeat))
      : // only those that may ask search wait for one another
        sweep.asking.withPermits(1)(answerIdle(services, heartbeat))
  return sweep.config.earlyTerminate === undefined
    ? answered
    : Effect.zipRight(judge(services.earlyStopping, services.operations, sweep), answered)
}

// internal

const operationOf = ({ sweep }: Heartbeat): string => `ask what comes next in sweep ${sweep.id}`

/**
 * Whoever says that a run of his lives owns it: he is told when it should stop. A pending one stays whose it is: somebody
 * who had an earlier attempt doesn't know yet that it is over, and the answer that handed out the next may have been lost.
 */
const adopt = ({ operations }: Services, heartbeat: Heartbeat): Effect.Effect<void, CommError> => {
  const { agent, living, sweep } = heartbeat
  const operation = operationOf(heartbeat)
  return Effect.flatMap(
    operations.read(operation, (db) =>
      living.filter((run) => db.get(selectOfOther, [run, sweep.id, agent]) !== undefined)
    ),
    (moved) =>
      moved.length === 0
        ? Effect.void
        : operations.write(operation, (db) => {
            // handed out again since it was read, it is pending
            for (const run of moved) db.run(setAgentUnlessPending, [agent, run])
          })
  )
}

/** A busy agent is told what to stop, or that the sweep has ended. */
const answerBusy = ({ operations }: Services, heartbeat: Heartbeat): Answer =>
  Effect.flatMap(
    operations.read(operationOf(heartbeat), (db) => {
      const view = sweepView.of(db, heartbeat)
      return view === undefined ? undefined : SweepController.answer(view)
    }),
    (decision) => (decision === undefined ? noSweep(heartbeat.sweep.id) : told(decision))
  )

const answerIdle = (services: Services, heartbeat: Heartbeat): Answer =>
  Effect.flatMap(
    services.operations.read(operationOf(heartbeat), (db) => {
      const view = sweepView.of(db, heartbeat)
      if (view === undefined) return undefined
      const decision = SweepController.answer(view)
      if (decision.next._tag === "Ask") heartbeat.sweep.history.refresh(db, view.revision)
      return decision
    }),
    (decision) => {
      if (decision === undefined) return noSweep(heartbeat.sweep.id)
      if (decision.next._tag === "Ask") return ask(services, heartbeat)
      if (decision.next._tag === "HandOutAgain") return carryOut(services, heartbeat, SweepController.answer)
      return told(decision)
    }
  )

/** The answer of a decision that stores nothing. */
const told = ({ next, stops }: SweepController.Decision): Answer => {
  if (next._tag === "Exit") return Effect.succeed([...stops, AgentCommand.Exit()])
  if (next._tag === "Offer") return Effect.succeed([...stops, SweepController.offer(next)])
  return Effect.succeed(stops)
}

const ask = (services: Services, heartbeat: Heartbeat): Answer => {
  const { config, history, prior, seed } = heartbeat.sweep
  // before search is asked: what a client of this process creates meanwhile is in the history, too
  const asked = history.runs.length
  return Effect.flatMap(services.search.suggest({ config, seed, history: history.runs, prior }), (suggestion) =>
    carryOut(
      services,
      heartbeat,
      // somebody has created a run meanwhile: search must see it first
      (view) => (view.runs === asked ? SweepController.afterSuggestion(view, suggestion) : undefined),
      suggestion.abandoned
    )
  )
}

/** Decides on what is stored now and stores the outcome, in one step; begins anew where `decide` can't. */
const carryOut = (
  services: Services,
  heartbeat: Heartbeat,
  decide: (view: SweepController.SweepView) => SweepController.Decision | undefined,
  abandoned: ReadonlyArray<Abandonment> = []
): Answer => {
  const { lease, notices, operations } = services
  const { agent, sweep } = heartbeat
  const operation = operationOf(heartbeat)
  return Effect.flatten(
    operations.write(operation, (db, now): Answer => {
      const refusal = lease.refuseLost(db, sweep.id)
      if (refusal !== undefined) return leaseLost(operation, refusal)
      const view = sweepView.of(db, heartbeat)
      if (view === undefined) return noSweep(sweep.id)
      for (const abandonment of abandoned) db.run(abandon, [JSON.stringify(abandonment), abandonment.run])
      const decision = decide(view)
      if (decision === undefined) return answerIdle(services, heartbeat)
      const { next, stops } = decision
      switch (next._tag) {
        case "Create": {
          const { trial } = next
          const run = createRun(db, sweep, { trial, agent, now })
          return Effect.succeed([...stops, AgentCommand.Run({ run, trial })])
        }
        case "HandOutAgain": {
          const { run, trial } = next
          const attempt = handOutAgain(db, notices, heartbeat, run)
          return Effect.succeed([...stops, AgentCommand.Resume({ run, trial, attempt })])
        }
        case "Ask":
          return answerIdle(services, heartbeat)
        case "Exit":
        case "Offer":
        case "Wait":
          return told(decision)
      }
    })
  )
}

/** Answers the attempt that begins. */
const handOutAgain = (
  db: Transaction,
  notices: Notices["Type"],
  { agent, sweep }: Heartbeat,
  run: RunId
): number | undefined => {
  const facts = readFacts(db, sweep.id, run)
  if (facts === undefined) return undefined
  const resumed = RunFacts.resumed(facts)
  settle(db, notices, { sweep: sweep.id, run }, facts, resumed)
  db.run(setAgent, [agent, run])
  return resumed.attempt
}

const selectOfOther = "SELECT 1 FROM runs WHERE id = ? AND sweep = ? AND agent IS NOT ? AND state <> 'pending'"
const setAgent = "UPDATE runs SET agent = ? WHERE id = ?"
const setAgentUnlessPending = `${setAgent} AND state <> 'pending'`

// what counts is why it was abandoned first
const abandon = "UPDATE runs SET abandonment = coalesce(abandonment, ?) WHERE id = ?"
