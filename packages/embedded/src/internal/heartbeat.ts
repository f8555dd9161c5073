/** Carries out what core's `SweepController` decides about a heartbeat. */
import { AgentCommand } from "@sweepline/core/AgentCommand"
import type { AgentId } from "@sweepline/core/AgentId"
import type { CommError } from "@sweepline/core/CommError"
import type { EarlyStopping, Verdict } from "@sweepline/core/EarlyStopping"
import { RunId } from "@sweepline/core/RunId"
import * as RunState from "@sweepline/core/RunState"
import type { Abandonment, Search } from "@sweepline/core/Search"
import type { SchedulerError } from "@sweepline/core/SchedulerError"
import * as RunFacts from "@sweepline/core/RunFacts"
import * as SweepController from "@sweepline/core/SweepController"
import type { SweepNotFoundError } from "@sweepline/core/SweepNotFoundError"
import * as SweepState from "@sweepline/core/SweepState"
import * as Effect from "effect/Effect"
import type { Connection, Transaction } from "../Database.js"
import type { Notices } from "../Notices.js"
import type { KnownSweep } from "../SweepCache.js"
import type { SweepLease } from "../SweepLease.js"
import { number, optionalNumber, stored, text } from "./connection.js"
import { createRun } from "./createRun.js"
import type { Operations } from "./operations.js"
import { leaseLost } from "./refusals.js"
import { dictOf, readFacts, settle } from "./runRows.js"

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

/** The agent of a heartbeat, the runs that it reports, and those of them that live. */
export interface Heartbeat {
  readonly sweep: KnownSweep
  readonly agent: AgentId
  readonly living: ReadonlyArray<RunId>
  readonly reported: ReadonlyMap<RunId, boolean>
}

/** Answers a heartbeat. A run is stored before it is told of (F.4). */
export const answer = (services: Services, heartbeat: Heartbeat): Answer => {
  const { sweep } = heartbeat
  const answered =
    heartbeat.living.length > 0
      ? Effect.zipRight(adopt(services, heartbeat), answerBusy(services, heartbeat))
      : // only those that may ask search wait for one another
        sweep.asking.withPermits(1)(answerIdle(services, heartbeat))
  return sweep.config.earlyTerminate === undefined ? answered : Effect.zipRight(judge(services, sweep), answered)
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
    operations.read(operationOf(heartbeat), (db) => SweepController.answer(viewOf(db, heartbeat))),
    told
  )

const answerIdle = (services: Services, heartbeat: Heartbeat): Answer =>
  Effect.flatMap(
    services.operations.read(operationOf(heartbeat), (db) => {
      const view = viewOf(db, heartbeat)
      const decision = SweepController.answer(view)
      if (decision.next._tag === "Ask") heartbeat.sweep.history.refresh(db, view.revision)
      return decision
    }),
    (decision) => {
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
  return Effect.flatMap(services.search.suggest({ config, seed, history: history.runs, prior }), (suggestion) => {
    const asked = history.runs.length
    return carryOut(
      services,
      heartbeat,
      // another process has created a run meanwhile: search must see it first
      (view) => (view.runs === asked ? SweepController.afterSuggestion(view, suggestion) : undefined),
      suggestion.abandoned
    )
  })
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
      for (const abandonment of abandoned) db.run(abandon, [JSON.stringify(abandonment), abandonment.run])
      const decision = decide(viewOf(db, heartbeat))
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

/** Early stopping looks at the curves when one has grown; its verdicts wait for the heartbeats of the runs' agents. */
const judge = ({ earlyStopping, operations }: Services, sweep: KnownSweep): Effect.Effect<void, CommError> => {
  const { config, history } = sweep
  const operation = `stop runs of sweep ${sweep.id} early`
  const seen = operations.read(operation, (db) => {
    const row = db.get(selectRevision, [sweep.id])
    if (row !== undefined) history.refresh(db, number(row, 0))
    return history.grown
  })
  return Effect.flatMap(seen, (grown) => {
    if (!grown) return Effect.void
    // what grows while it judges is judged next time
    history.grown = false
    return earlyStopping.judge({ config, curves: history.runs }).pipe(
      Effect.flatMap((verdicts) => condemn(operations, operation, verdicts)),
      Effect.onError(() =>
        Effect.sync(() => {
          history.grown = true
        })
      )
    )
  })
}

const condemn = (
  { read, write }: Operations,
  operation: string,
  verdicts: ReadonlyArray<Verdict>
): Effect.Effect<void, CommError> => {
  if (verdicts.length === 0) return Effect.void
  // most verdicts are those of the last time
  const isNew = (db: Connection) => (verdict: Verdict) => db.get(selectCondemnable, [verdict.run]) !== undefined
  return Effect.flatMap(
    read(operation, (db) => verdicts.filter(isNew(db))),
    (fresh) =>
      fresh.length === 0
        ? Effect.void
        : write(operation, (db) => {
            for (const verdict of fresh.filter(isNew(db))) db.run(condemnRun, [JSON.stringify(verdict), verdict.run])
          })
  )
}

const selectSweep = `SELECT state, runs, target_reached, revision,
    (SELECT no FROM runs WHERE sweep = sweeps.id AND state = 'preempted' ORDER BY no LIMIT 1),
    (SELECT no FROM runs WHERE agent = ? AND state = 'pending' ORDER BY no DESC LIMIT 1)
  FROM sweeps WHERE id = ?`
const selectRevision = "SELECT revision FROM sweeps WHERE id = ?"
const selectRun = "SELECT id, trial, attempt FROM runs WHERE no = ?"
const selectCondemned = "SELECT id FROM runs WHERE agent = ? AND condemned = 1 ORDER BY no"
const selectOfOther = "SELECT 1 FROM runs WHERE id = ? AND sweep = ? AND agent IS NOT ? AND state <> 'pending'"
const setAgent = "UPDATE runs SET agent = ? WHERE id = ?"
const setAgentUnlessPending = `${setAgent} AND state <> 'pending'`
const alive = RunState.all
  .filter(RunState.isAlive)
  .map((state) => `'${state}'`)
  .join(", ")
const selectCondemnable = `SELECT 1 FROM runs WHERE id = ? AND condemned = 0 AND stop IS NULL AND state IN (${alive})`
const condemnRun = "UPDATE runs SET verdict = ?, condemned = 1 WHERE id = ?"

// what counts is why it was abandoned first
const abandon = "UPDATE runs SET abandonment = coalesce(abandonment, ?) WHERE id = ?"

interface View extends SweepController.SweepView {
  readonly revision: number
}

const viewOf = (db: Connection, { agent, living, reported, sweep }: Heartbeat): View => {
  const row = db.get(selectSweep, [agent, sweep.id]) ?? []
  const unclaimed = runAt(db, optionalNumber(row, 5))
  return {
    state: SweepState.fromText(text(row, 0)),
    runCap: sweep.config.runCap,
    runs: number(row, 1),
    targetReached: number(row, 2) === 1,
    busy: living.length > 0,
    condemned:
      sweep.config.earlyTerminate === undefined
        ? []
        : db.all(selectCondemned, [agent]).map((condemned) => RunId.make(text(condemned, 0), stored)),
    unclaimed: unclaimed === undefined || reported.has(unclaimed.run) ? undefined : unclaimed,
    preempted: runAt(db, optionalNumber(row, 4)),
    revision: number(row, 3)
  }
}

const runAt = (db: Connection, no: number | undefined): SweepController.UnclaimedRun | undefined => {
  const row = no === undefined ? undefined : db.get(selectRun, [no])
  return row === undefined
    ? undefined
    : { run: RunId.make(text(row, 0), stored), trial: dictOf(text(row, 1)), attempt: number(row, 2) }
}
