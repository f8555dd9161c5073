/** Sweeps as clients read them (B.4). */
import { Documents } from "@sweepline/core/Documents"
import * as RunMetrics from "@sweepline/core/RunMetrics"
import { SweepAdmin } from "@sweepline/core/SweepAdmin"
import { SweepApi, type RunRecord, type SweepRecord } from "@sweepline/core/SweepApi"
import type { SweepConfig } from "@sweepline/core/SweepConfig"
import type { SweepId } from "@sweepline/core/SweepId"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Arguments from "./FieldArguments.js"
import * as AgentDocument from "./AgentDocument.js"
import * as GlobalId from "./GlobalId.js"
import { connection, field, lazy, type Node, node } from "./GraphValue.js"
import * as Paging from "./Paging.js"
import * as ParsedConfig from "./ParsedConfig.js"
import * as ProjectNode from "./ProjectNode.js"
import type { Place } from "./Projects.js"
import * as RunPage from "./RunPage.js"
import { ServerConfig } from "./ServerConfig.js"
import * as SweepDocument from "./SweepDocument.js"
import { viewer } from "./Viewer.js"
import * as WireRun from "./WireRun.js"
import * as WireText from "./WireText.js"

/** A sweep of a project by its name, or null. */
export const inProject = Effect.fnUntraced(function* (place: Place, name: string) {
  const id = SweepDocument.idOf(name)
  if (id === undefined) return null
  const document = yield* SweepDocument.get(id)
  if (!SweepDocument.isIn(document, place)) return null
  const api = yield* SweepApi
  const record = yield* Effect.catchTag(api.sweep(id), "SweepNotFoundError", () => Effect.succeed(undefined))
  return record === undefined ? null : make(record, document)
})

/** The sweeps of a project, newest first. */
export const ofProject = Effect.fnUntraced(function* (place: Place) {
  const api = yield* SweepApi
  const documents = yield* Documents
  const config = yield* ServerConfig
  const records = yield* api.sweeps
  return yield* documents.read((reader) =>
    records.flatMap((record) => {
      const document = SweepDocument.read(reader, record.id, config)
      return SweepDocument.isIn(document, place) ? [make(record, document)] : []
    })
  )
})

/** A sweep. */
export const make = (record: SweepRecord, document: SweepDocument.SweepDocument): Node => {
  const { entity, project } = document
  const runs = Effect.flatMap(SweepApi, (api) => api.runs(record.id))
  return node({
    id: GlobalId.encode("Sweep", { name: record.id, project, entity }),
    name: record.id,
    displayName: document.displayName ?? (record.name === "" ? null : record.name),
    description: document.description ?? null,
    method: lazy(Effect.sync(() => configOf(record)?.method ?? null)),
    state: Option.getOrNull(record.state),
    config: record.config,
    controller: document.controller ?? "{}",
    scheduler: document.scheduler ?? null,
    createdAt: WireText.time(record.createdAt),
    updatedAt: WireText.time(document.updatedAt ?? record.createdAt),
    heartbeatAt: WireText.optionalTime(document.heartbeatAt),
    earlyStopJobRunning: lazy(Effect.sync(() => configOf(record)?.earlyTerminate !== undefined)),
    bestLoss: lazy(Effect.map(runs, (all) => bestOf(configOf(record), all))),
    runCount: lazy(Effect.flatMap(SweepAdmin, (admin) => admin.runCount(record.id))),
    runCountExpected: lazy(Effect.sync(() => configOf(record)?.runCap ?? null)),
    priorRunsFilters: document.priorRunsFilters ?? null,
    user: viewer,
    project: ProjectNode.lazily(document),
    runs: field(Paging.Page, (page) =>
      Effect.flatMap(
        Effect.flatMap(runs, (all) => WireRun.ofSweep(record.id, all)),
        (all) => RunPage.of(all, page)
      )
    ),
    agents: lazy(
      Effect.map(AgentDocument.ofSweep(record.id), (agents) =>
        connection(agents.map((agent) => ({ cursor: agent.id, node: agentNode(record.id, agent) })))
      )
    ),
    agent: field(Arguments.agentName, ({ agentName }) =>
      Effect.map(AgentDocument.get(agentName), (agent) =>
        agent === undefined || agent.sweep !== record.id ? null : agentNode(record.id, agent)
      )
    )
  })
}

// internal

const configOf = ({ config }: SweepRecord): SweepConfig | undefined => ParsedConfig.of(config)

/** The best last value of the sweep's metric. */
const bestOf = (config: SweepConfig | undefined, runs: ReadonlyArray<RunRecord>): number | null => {
  const metric = config?.metric
  if (metric === undefined) return null
  const values = runs.flatMap(({ summary }) => {
    const value = RunMetrics.metricValue(summary, metric.name)
    return value === undefined || !Number.isFinite(value) ? [] : [value]
  })
  if (values.length === 0) return null
  return values.reduce((a, b) => (metric.goal === "minimize" ? Math.min(a, b) : Math.max(a, b)))
}

const agentNode = (sweep: SweepId, agent: AgentDocument.AgentDocument): Node => {
  const own = Effect.map(
    Effect.flatMap(SweepApi, (api) => api.runs(sweep)),
    (runs) => {
      const ids = new Set(agent.runs)
      return runs.filter((run) => ids.has(run.id))
    }
  )
  return node({
    id: agent.id,
    name: agent.id,
    host: agent.host,
    state: "RUNNING",
    createdAt: WireText.time(agent.createdAt),
    heartbeatAt: WireText.optionalTime(agent.heartbeatAt),
    totalRuns: agent.runs.length,
    runs: field(Paging.Page, (page) =>
      Effect.flatMap(
        Effect.flatMap(own, (runs) => WireRun.ofSweep(sweep, runs)),
        (all) => RunPage.of(all, page)
      )
    )
  })
}
