/** A run as clients read it (B.3, B.4, B.7, D.3). */
import * as PythonJson from "@sweepline/core/PythonJson"
import { isDict, type PythonDict, type PythonValue } from "@sweepline/core/PythonValue"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as ArtifactDocument from "./ArtifactDocument.js"
import * as ArtifactLineage from "./ArtifactLineage.js"
import * as ArtifactNode from "./ArtifactNode.js"
import * as Arguments from "./FieldArguments.js"
import * as ConsoleLog from "./ConsoleLog.js"
import * as GlobalId from "./GlobalId.js"
import { field, lazy, type Node, node, optional, RawJson, type Value } from "./GraphValue.js"
import * as History from "./History.js"
import * as Paging from "./Paging.js"
import * as ProjectNode from "./ProjectNode.js"
import { configOf, configText, summaryOf } from "./RunFacts.js"
import * as RunFiles from "./RunFiles.js"
import * as SweepDocument from "./SweepDocument.js"
import { viewer } from "./Viewer.js"
import * as WireRun from "./WireRun.js"
import * as WireText from "./WireText.js"

/** A run. */
export const make = (run: WireRun.WireRun): Node => {
  const { document } = run
  const path = WireRun.pathOf(run)
  const state = WireRun.state(run)
  const summary = summaryOf(run)
  return node({
    id: GlobalId.encode("Run", path),
    name: document.name,
    displayName: document.displayName ?? run.sweep?.record.name ?? document.name,
    description: document.description ?? null,
    notes: document.notes ?? null,
    tags: document.tags ?? [],
    group: document.group ?? null,
    jobType: document.jobType ?? null,
    commit: document.commit ?? null,
    host: document.host ?? null,
    readOnly: false,
    state,
    exitcode: intOf(WireRun.exitCode(run)),
    shouldStop: WireRun.isStopped(run),
    stopped: WireRun.isStopped(run),
    failed: state === "failed",
    running: state === "running",
    createdAt: WireText.time(document.createdAt),
    updatedAt: WireText.optionalTime(document.heartbeatAt),
    heartbeatAt: WireText.optionalTime(document.heartbeatAt ?? run.sweep?.record.startedAt),
    sweepName: run.sweep?.id ?? null,
    sweep: lazy(Effect.map(sweepOf(run), (it) => it ?? null)),
    project: ProjectNode.lazily(path),
    projectId: ProjectNode.number(path),
    user: viewer,
    config: configText(run),
    // Nothing logged is null: a client counts a run that was killed before it logged as none (B12).
    summaryMetrics: summary.size === 0 ? null : WireText.json(summary),
    systemMetrics: lazy(systemMetrics(run)),
    historyLineCount: document.lines.history,
    eventsLineCount: document.lines.events,
    logLineCount: document.lines.output,
    historyTail: lazy(Effect.map(History.tail(run, "history", 1), linesText)),
    eventsTail: lazy(Effect.map(History.tail(run, "events", 1), linesText)),
    historyKeys: lazy(historyKeys(run, summary)),
    history: field(Range, (range) => Effect.map(page(run, range), linesOf)),
    events: field(Arguments.samples, ({ samples = 500 }) =>
      Effect.map(History.sampled(run, "events", Math.max(0, samples)), linesOf)
    ),
    sampledHistory: field(Arguments.specs, ({ specs }) =>
      Effect.map(History.selections(run, specs.map(History.spec)), (found) =>
        found.map((rows) => rows.map((row) => new RawJson(WireText.json(row))))
      )
    ),
    // What a server exports to parquet files; this one exports nothing, and clients page through the history.
    parquetHistory: field(Arguments.none, () => Effect.succeed(node({ parquetUrls: [], liveData: [] }))),
    logLines: ConsoleLog.logLines(run),
    files: RunFiles.files(run),
    fileCount: lazy(RunFiles.count(run)),
    runInfo: lazy(RunFiles.runInfo(run)),
    wandbConfig: field(Arguments.keys, ({ keys }) => Effect.sync(() => wandbConfig(run, keys))),
    inputArtifacts: artifactsOf(run, "input"),
    outputArtifacts: artifactsOf(run, "output")
  })
}

/**
 * The same as `RunResumeStatus` asks for it: a client that resumes refuses a run without a summary, a config or a
 * history, so those are empty here instead of null (D.3).
 */
export const bucket = (run: WireRun.WireRun): Node => {
  const { fields } = make(run)
  return node({ ...fields, summaryMetrics: fields["summaryMetrics"] ?? "{}", notes: fields["notes"] ?? "" })
}

// internal

const Range = Schema.Struct({
  minStep: optional(Schema.Number),
  maxStep: optional(Schema.Number),
  samples: optional(Schema.Number)
})

/** A number as one of GraphQL's ints, which have 32 bits and a sign: Windows tells its exit codes without. */
const intOf = (code: number | undefined): number | null =>
  code !== undefined && code >= -(2 ** 31) && code < 2 ** 32 ? code | 0 : null

/** The rows of a page, whose end is not in it. */
const page = (run: WireRun.WireRun, range: typeof Range.Type) =>
  Effect.map(
    History.selections(run, [
      {
        keys: [],
        minStep: range.minStep ?? Number.NEGATIVE_INFINITY,
        maxStep: (range.maxStep ?? Number.POSITIVE_INFINITY) - 1,
        samples: Math.max(0, range.samples ?? 500)
      }
    ]),
    ([rows = []]) => rows
  )

const linesOf = (rows: ReadonlyArray<PythonDict>): ReadonlyArray<Value> => rows.map(WireText.json)

/** JSON text of a list of JSON texts, which are strict: who resumes reads its last step there. */
const linesText = (lines: ReadonlyArray<string>): string =>
  PythonJson.stringify(History.parsed(lines).map(WireText.json))

/** Some of W&B's own keys of the config: a run that has `t` is one that a client has begun (D.3). */
const wandbConfig = (run: WireRun.WireRun, keys: ReadonlyArray<string>): string => {
  const own = configOf(run).get("_wandb")
  const value = own instanceof Map ? own.get("value") : undefined
  const found = new Map<string, PythonValue>()
  for (const key of keys) {
    const it = value instanceof Map ? value.get(key) : undefined
    if (it !== undefined) found.set(key, it)
  }
  return PythonJson.stringify(found)
}

const systemMetrics = (run: WireRun.WireRun) =>
  Effect.map(History.tail(run, "events", 1), (lines) => {
    const [row] = History.parsed(lines)
    return row === undefined ? null : WireText.json(row)
  })

/** The step of the last row, and what was logged under which names; without rows nothing at all, as W&B has it. */
const historyKeys = (run: WireRun.WireRun, summary: PythonDict) =>
  Effect.map(History.lastStep(run), (lastStep) => {
    if (lastStep < 0) return null
    const keys: PythonDict = new Map<string, PythonValue>([
      ["sets", []],
      ["keys", new Map(keysOf(summary, BigInt(run.document.lines.history)))],
      ["lastStep", BigInt(Math.trunc(lastStep))]
    ])
    return new RawJson(WireText.json(keys))
  })

type Entry = readonly [name: string, value: PythonValue]

/** The names of a summary, those of dicts in it joined by dots, with the kind and the last of their values. */
const keysOf = (values: PythonDict, count: bigint, prefix = ""): ReadonlyArray<Entry> =>
  [...values].flatMap(([name, value]): ReadonlyArray<Entry> => {
    if (!isDict(value)) {
      const type = typeof value === "number" || typeof value === "bigint" ? "number" : typeof value
      return type === "number" || type === "string" ? [[prefix + name, keyOf(type, count, value)]] : []
    }
    const media = value.get("_type")
    return typeof media === "string"
      ? [[prefix + name, keyOf(media, count, null)]]
      : keysOf(value, count, `${prefix}${name}.`)
  })

const keyOf = (type: string, count: bigint, previousValue: PythonValue): PythonDict =>
  new Map<string, PythonValue>([
    [
      "typeCounts",
      [
        new Map<string, PythonValue>([
          ["type", type],
          ["count", count]
        ])
      ]
    ],
    ["monotonic", false],
    ["previousValue", previousValue]
  ])

const sweepOf = Effect.fnUntraced(function* ({ sweep }: WireRun.WireRun) {
  if (sweep === undefined) return undefined
  const { displayName, entity, project } = yield* SweepDocument.get(sweep.id)
  return node({
    id: GlobalId.encode("Sweep", { name: sweep.id, project, entity }),
    name: sweep.id,
    displayName: displayName ?? null
  })
})

const artifactsOf = (run: WireRun.WireRun, role: ArtifactLineage.Role) =>
  field(Paging.Page, (page) =>
    Effect.map(
      ArtifactDocument.reading((reader) => ArtifactLineage.ofRun(reader, role, WireRun.pathOf(run))),
      (all) => {
        // A client may delete them while it pages through them, also the one that it was told of last.
        const told = ArtifactDocument.numberOf(page.after ?? "")
        const after = all.findLast(({ id }) => ArtifactDocument.numberOf(id) <= told)?.id
        return Paging.of(all, { ...page, after }, ({ id }) => id, ArtifactNode.make, { totalCount: all.length })
      }
    )
  )
