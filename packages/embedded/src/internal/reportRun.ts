/** What a launch agent tells of its runs, as core's `RunFacts` takes it. */
import type { CommError } from "@sweepline/core/CommError"
import * as RunKey from "@sweepline/core/RunKey"
import * as RunState from "@sweepline/core/RunState"
import type { RunReport, SweepApi } from "@sweepline/core/SweepApi"
import * as RunFacts from "@sweepline/core/RunFacts"
import * as Effect from "effect/Effect"
import type { Connection } from "../Database.js"
import type { Notices } from "../Notices.js"
import type { KnownSweep } from "../SweepCache.js"
import { addSummary } from "./metrics.js"
import type { Operations } from "./operations.js"
import * as queueItems from "./queueItems.js"
import { noRun } from "./refusals.js"
import { isStored, readFacts, settle } from "./runRows.js"

/** A run and what is told of it. */
export type Told = Parameters<SweepApi["Type"]["reportRun"]>[0]

/** Stores what is told. No lease is asked for: a launch agent reports what its jobs did, whoever schedules. */
export const reportRun = (
  { readNow, write }: Operations,
  notices: Notices["Type"],
  known: KnownSweep,
  told: Told
): Effect.Effect<void, CommError> => {
  const { report, run } = told
  const operation = `report on run ${run}`
  const store = write(operation, (db, now) => {
    const news = newsOf(db, told, now)
    if (news?.facts === undefined) return news !== undefined
    addSummary(db, known, run, report.summary)
    settle(db, notices, told, news.before, news.facts)
    // with its end reported, nothing is left to do: no later agent has to know of the item
    if (!RunState.isAlive(news.facts.state)) queueItems.complete(db, RunKey.make(run, news.facts.attempt))
    return true
  })
  // most reports of a run that lives say what is known: those take no write lock
  const found = RunState.isAlive(report.state)
    ? Effect.flatMap(
        readNow(operation, (db, now) => newsOf(db, told, now)),
        (news) => (news === undefined || isKnown(news, report) ? Effect.succeed(news !== undefined) : store)
      )
    : store
  return Effect.flatMap(found, (it) => (it ? Effect.void : noRun("report on", told)))
}

// internal

/** A run before a report, and what the report makes of it; `undefined` facts: it is ignored. */
interface News {
  readonly before: RunFacts.RunFacts
  readonly facts: RunFacts.RunFacts | undefined
}

const newsOf = (db: Connection, { report, run, sweep }: Told, now: number): News | undefined => {
  const before = readFacts(db, sweep, run)
  return before && { before, facts: RunFacts.reported(before, report, now) }
}

/** Whether a report changes nothing: most of those that say that a run runs, since its acknowledgement said so. */
const isKnown = ({ before, facts }: News, { summary }: RunReport): boolean =>
  facts === undefined || (summary.size === 0 && isStored(before, facts))
