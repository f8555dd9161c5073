/** What a run has under the names that filters and orders call things by. */
import { isDict, type PythonValue } from "@sweepline/core/PythonValue"
import { configOf, summaryOf } from "./RunFacts.js"
import * as WireRun from "./WireRun.js"
import * as WireText from "./WireText.js"

/** Reads a value of a run by its name; null where the run has nothing of that name. */
export type Reader = (run: WireRun.WireRun, name: string) => PythonValue

/** Reads the values of runs, all of which are of the one user that a server has. */
export const reader =
  (username: string): Reader =>
  (run, name) => {
    const known = properties.get(name)
    if (known !== undefined) return known(run) ?? null
    return name === "user" || name === "username" ? username : valueIn(run, name)
  }

// internal

type Property = (run: WireRun.WireRun) => PythonValue | undefined

const displayName: Property = ({ document, sweep }) => document.displayName ?? sweep?.record.name ?? document.name
const sweepName: Property = ({ sweep }) => sweep?.id
const jobType: Property = ({ document }) => document.jobType
const createdAt: Property = ({ document }) => WireText.time(document.createdAt)
const heartbeatAt: Property = ({ document }) => WireText.optionalTime(document.heartbeatAt)
const historyLineCount: Property = ({ document }) => BigInt(document.lines.history)
/** Seconds. */
const duration: Property = ({ document: { createdAt, heartbeatAt } }) => ((heartbeatAt ?? createdAt) - createdAt) / 1000

const properties: ReadonlyMap<string, Property> = new Map(
  Object.entries<Property>({
    name: ({ document }) => document.name,
    display_name: displayName,
    displayName,
    state: WireRun.state,
    sweep: sweepName,
    sweep_name: sweepName,
    sweepName,
    group: ({ document }) => document.group,
    job_type: jobType,
    jobType,
    tags: ({ document }) => document.tags ?? [],
    notes: ({ document }) => document.notes,
    description: ({ document }) => document.description,
    commit: ({ document }) => document.commit,
    host: ({ document }) => document.host,
    entity: ({ document }) => document.entity,
    project: ({ document }) => document.project,
    created_at: createdAt,
    createdAt,
    heartbeat_at: heartbeatAt,
    heartbeatAt,
    updated_at: heartbeatAt,
    updatedAt: heartbeatAt,
    history_line_count: historyLineCount,
    historyLineCount,
    duration,
    runtime: duration
  })
)

const valueIn = (run: WireRun.WireRun, name: string): PythonValue => {
  const [head = "", ...path] = name.split(".")
  const [dict, names] =
    head === "config"
      ? [configOf(run), path.includes("value") ? path : [...path.slice(0, 1), "value", ...path.slice(1)]]
      : [
          summaryOf(run),
          head === "summary_metrics" || head === "summary" || head === "summaryMetrics" ? path : [head, ...path]
        ]
  const joined = names.join(".")
  if (dict.has(joined)) return dict.get(joined) ?? null
  return names.reduce<PythonValue>((value, key) => (isDict(value) ? (value.get(key) ?? null) : null), dict)
}
