/** Carries out what core's `SweepController` decides about a heartbeat. */
import { AgentCommand } from "@sweepline/core/AgentCommand"
import type { AgentId } from "@sweepline/core/AgentId"
import { CommError } from "@sweepline/core/CommError"
import type { EarlyStopping, Verdict } from "@sweepline/core/EarlyStopping"
import { RunId } from "@sweepline/core/RunId"
import * as RunState from "@sweepline/core/RunState"
import type { Search, Suggestion } from "@sweepline/core/Search"
import * as SweepController from "@sweepline/core/SweepController"
import type { SweepNotFoundError } from "@sweepline/core/SweepNotFoundError"
import * as SweepState from "@sweepline/core/SweepState"
import * as Effect from "effect/Effect"
import type { Connection, Database, Transaction } from "../Database.js"
import type { Notices } from "../Notices.js"
import * as StoreError from "../StoreError.js"
import type { KnownSweep } from "../SweepCache.js"
import type { SweepLease } from "../SweepLease.js"
import { number, optionalNumber, type Row, stored, text } from "./connection.js"
import { createRun } from "./createRun.js"
import { dictOf, readFacts, settle } from "./runRows.js"
import { leaseLost } from "./refusals.js"

/** What the controller works with. */
export interface Services {
  readonly database: Database["Type"]
  readonly notices: Notices["Type"]
  readonly lease: SweepLease["Type"]
  readonly search: Search["Type"]
  readonly earlyStopping: EarlyStopping["Type"]
}

/** What a heartbeat is answered. Not found: its agent isn't registered. */
export type Answer = Effect.Effect<ReadonlyArray<AgentCommand>, CommError | SweepNotFoundError>

/** The agent of a heartbeat, and the runs that it reports as living. */
export interface Heartbeat {
  readonly sweep: KnownSweep
  readonly agent: AgentId
  readonly living: ReadonlyArray<RunId>
}

/** Answers a heartbeat. A run is stored before it is told of (F.4). */
export const answer = (services: Services, heartbeat: Heartbeat): Answer => {
  const { sweep } = heartbeat
  const answered =
    heartbeat.living.length > 0
      ? answerBusy(services, heartbeat)
      : // only those that may ask search wait for one another
        sweep.asking.withPermits(1)(answerIdle(services, heartbeat))
  return sweep.config.earlyTerminate === undefined ? answered : Effect.zipRight(judge(services, heartbeat), answered)
}

// internal

const operationOf = ({ sweep }: Heartbeat): string => `ask what comes next in sweep ${sweep.id}`

/** A busy agent is told what to stop, and nothing else. */
const answerBusy = ({ database }: Services, heartbeat: Heartbeat): Answer =>
  Effect.mapBoth(
    database.read((db) => SweepController.answer(viewOf(db, heartbeat))),
    {
      onFailure: StoreError.toCommError(operationOf(heartbeat)),
      onSuccess: ({ next, stops }) => (next._tag === "Exit" ? [...stops, AgentCommand.Exit()] : stops)
    }
  )

const answerIdle = (services: Services, heartbeat: Heartbeat): Answer =>
  Effect.flatMap(
    Effect.mapError(
      services.database.read((db) => {
        const view = viewOf(db, heartbeat)
        const decision = SweepController.answer(view)
        if (decision.next._tag === "Ask") heartbeat.sweep.history.refresh(db, view.revision)
        return decision
      }),
      StoreError.toCommError(operationOf(heartbeat))
    ),
    ({ next, stops }): Answer => {
      switch (next._tag) {
        case "Wait":
          return Effect.succeed(stops)
        case "Exit":
          return Effect.succeed([...stops, AgentCommand.Exit()])
        case "Ask":
          return ask(services, heartbeat)
        case "HandOutAgain":
        case "Create":
          return carryOut(services, heartbeat, SweepController.answer)
      }
    }
  )

const ask = (services: Services, heartbeat: Heartbeat): Answer => {
  const { config, history, seed } = heartbeat.sweep
  return Effect.flatMap(
    Effect.mapError(
      services.search.suggest({ config, seed, history: history.runs }),
      (error) =>
        new CommError({
          reason: "Status",
          status: 500,
          operation: operationOf(heartbeat),
          detail: error.message,
          retryable: false
        })
    ),
    (suggestion: Suggestion) => {
      const asked = history.runs.length
      return carryOut(services, heartbeat, (view) =>
        // another process has created a run meanwhile: search must see it first
        view.runs === asked ? SweepController.afterSuggestion(view, suggestion) : undefined
      )
    }
  )
}

/** Decides on what is stored now and stores the outcome, in one step; begins anew where `decide` can't. */
const carryOut = (
  services: Services,
  heartbeat: Heartbeat,
  decide: (view: SweepController.SweepView) => SweepController.Decision | undefined
): Answer => {
  const { database, lease, notices } = services
  const { agent, sweep } = heartbeat
  return Effect.clockWith((clock) =>
    Effect.flatten(
      Effect.mapError(
        database.write((db): Answer => {
          const refusal = lease.refuseLost(db, sweep.id)
          if (refusal !== undefined) return leaseLost(operationOf(heartbeat), refusal)
          const decision = decide(viewOf(db, heartbeat))
          if (decision === undefined) return answerIdle(services, heartbeat)
          const { next, stops } = decision
          switch (next._tag) {
            case "Create": {
              const { trial } = next
              const run = createRun(db, sweep, { trial, agent, now: clock.unsafeCurrentTimeMillis() })
              return Effect.succeed([...stops, AgentCommand.Run({ run, trial })])
            }
            case "HandOutAgain":
              handOutAgain(db, notices, heartbeat, next.run)
              return Effect.succeed([...stops, AgentCommand.Resume({ run: next.run, trial: next.trial })])
            case "Exit":
              return Effect.succeed([...stops, AgentCommand.Exit()])
            case "Wait":
              return Effect.succeed(stops)
            case "Ask":
              return answerIdle(services, heartbeat)
          }
        }),
        StoreError.toCommError(operationOf(heartbeat))
      )
    )
  )
}

const handOutAgain = (db: Transaction, notices: Notices["Type"], { agent, sweep }: Heartbeat, run: RunId): void => {
  const facts = readFacts(db, sweep.id, run)
  if (facts === undefined) return
  settle(db, notices, { sweep: sweep.id, run }, facts, SweepController.resumed(facts))
  db.run(setAgent, [agent, run])
}

/** Early stopping looks at the curves when one has grown; its verdicts wait for the heartbeats of the runs' agents. */
const judge = (services: Services, heartbeat: Heartbeat): Effect.Effect<void, CommError> => {
  const { database, earlyStopping } = services
  const { agent, living, sweep } = heartbeat
  const look = database.read((db) => {
    const row = db.get(selectRevision, [sweep.id])
    if (row !== undefined) sweep.history.refresh(db, number(row, 0))
    return living.filter((run) => db.get(selectOfOtherAgent, [run, sweep.id, agent]) !== undefined)
  })
  const { config, history } = sweep
  return look.pipe(
    Effect.flatMap((moved) =>
      moved.length === 0
        ? Effect.void
        : database.write((db) => {
            for (const run of moved) db.run(setAgent, [agent, run])
          })
    ),
    Effect.zipRight(
      Effect.suspend(() => {
        if (!history.grown) return Effect.void
        // what grows while it judges is judged next time
        history.grown = false
        return Effect.flatMap(earlyStopping.judge({ config, curves: history.runs }), (verdicts) =>
          condemn(database, verdicts)
        ).pipe(
          Effect.onError(() =>
            Effect.sync(() => {
              history.grown = true
            })
          )
        )
      })
    ),
    Effect.mapError(StoreError.toCommError(`stop runs of sweep ${sweep.id} early`))
  )
}

const condemn = (
  database: Database["Type"],
  verdicts: ReadonlyArray<Verdict>
): Effect.Effect<void, StoreError.StoreError> => {
  if (verdicts.length === 0) return Effect.void
  // most verdicts are those of the last time
  const isNew = (db: Connection) => (verdict: Verdict) => db.get(selectCondemnable, [verdict.run]) !== undefined
  return Effect.flatMap(
    database.read((db) => verdicts.filter(isNew(db))),
    (fresh) =>
      fresh.length === 0
        ? Effect.void
        : database.write((db) => {
            for (const verdict of fresh.filter(isNew(db))) db.run(condemnRun, [JSON.stringify(verdict), verdict.run])
          })
  )
}

const selectSweep = `SELECT state, runs, target_reached, revision,
    (SELECT no FROM runs WHERE sweep = sweeps.id AND state = 'preempted' ORDER BY no LIMIT 1)
  FROM sweeps WHERE id = ?`
const selectRevision = "SELECT revision FROM sweeps WHERE id = ?"
const selectRun = "SELECT id, trial FROM runs WHERE no = ?"
const selectCondemned = "SELECT id FROM runs WHERE agent = ? AND condemned = 1 ORDER BY no"
const selectOfOtherAgent = "SELECT 1 FROM runs WHERE id = ? AND sweep = ? AND agent IS NOT ?"
const setAgent = "UPDATE runs SET agent = ? WHERE id = ?"
const alive = RunState.all
  .filter(RunState.isAlive)
  .map((state) => `'${state}'`)
  .join(", ")
const selectCondemnable = `SELECT 1 FROM runs WHERE id = ? AND condemned = 0 AND stop IS NULL AND state IN (${alive})`
const condemnRun = "UPDATE runs SET verdict = ?, condemned = 1 WHERE id = ?"

interface View extends SweepController.SweepView {
  readonly revision: number
}

const viewOf = (db: Connection, { agent, living, sweep }: Heartbeat): View => {
  const row = db.get(selectSweep, [sweep.id]) ?? []
  const preempted = optionalNumber(row, 4)
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
    preempted: preempted === undefined ? undefined : preemptedOf(db.get(selectRun, [preempted]) ?? []),
    revision: number(row, 3)
  }
}

const preemptedOf = (row: Row): SweepController.PreemptedRun => ({
  run: RunId.make(text(row, 0), stored),
  trial: dictOf(text(row, 1))
})
