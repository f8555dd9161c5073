/** Runs as clients begin, describe and steer them: a run is a "bucket" on the wire (D.2). */
import { Documents } from "@sweepline/core/Documents"
import type { PythonDict } from "@sweepline/core/PythonValue"
import { RunId } from "@sweepline/core/RunId"
import { RunState } from "@sweepline/core/RunState"
import { SweepAdmin } from "@sweepline/core/SweepAdmin"
import { SweepApi } from "@sweepline/core/SweepApi"
import * as SweepConfig from "@sweepline/core/SweepConfig"
import type { SweepId } from "@sweepline/core/SweepId"
import type { TrialConfig } from "@sweepline/core/TrialConfig"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Collection from "./Collection.js"
import * as GlobalId from "./GlobalId.js"
import { mutation, node, optional, type Value } from "./GraphValue.js"
import type * as Lines from "./Lines.js"
import * as Projects from "./Projects.js"
import * as RunDocument from "./RunDocument.js"
import * as RunLife from "./RunLife.js"
import * as RunNode from "./RunNode.js"
import * as RunRemoval from "./RunRemoval.js"
import * as SweepDocument from "./SweepDocument.js"
import * as WireRun from "./WireRun.js"
import * as WireText from "./WireText.js"
import { badRequest, notFound, WireError } from "./WireError.js"

const text = optional(Schema.String)

const Bucket = Schema.Struct({
  id: text,
  name: text,
  modelName: text,
  entityName: text,
  groupName: text,
  description: text,
  displayName: text,
  notes: text,
  commit: text,
  config: text,
  host: text,
  jobProgram: text,
  jobRepo: text,
  jobType: text,
  state: text,
  sweep: text,
  tags: optional(Schema.Array(Schema.String)),
  summaryMetrics: text
})
type Bucket = typeof Bucket.Type

/** The mutations on runs. */
export const mutations: Readonly<Record<string, Value>> = {
  upsertBucket: mutation(
    Bucket,
    Effect.fnUntraced(function* (bucket) {
      const path = yield* pathOf(bucket)
      return yield* Effect.ensuring(upsert(path, bucket), Effect.ignoreLogged(RunRemoval.tidy(path)))
    })
  ),
  stopRun: mutation(
    Schema.Struct({ id: Schema.String, clientMutationId: text }),
    Effect.fnUntraced(function* ({ clientMutationId, id }) {
      const run = yield* byId(id)
      yield* RunLife.stop(run, "Killed")
      return node({ success: true, clientMutationId: clientMutationId ?? null })
    })
  ),
  updateRunState: mutation(
    Schema.Struct({ id: Schema.String, state: Schema.String }),
    Effect.fnUntraced(function* ({ id, state }) {
      const run = yield* byId(id)
      if (run.sweep !== undefined) return yield* badRequest("the state of a sweep's run can't be set")
      yield* RunLife.set(run, yield* stateAt(state))
      return node({ success: true })
    })
  ),
  deleteRun: mutation(
    Schema.Struct({ id: Schema.String, deleteArtifacts: optional(Schema.Boolean), clientMutationId: text }),
    Effect.fnUntraced(function* ({ clientMutationId, deleteArtifacts = false, id }) {
      const run = yield* byId(id)
      // A sweep counts its runs, and none of them may be handed out again.
      if (run.sweep !== undefined) return yield* badRequest("a run of a sweep can't be deleted")
      const path = WireRun.pathOf(run)
      if (deleteArtifacts) yield* RunRemoval.removeArtifacts(path)
      yield* RunRemoval.remove(path)
      return node({ clientMutationId: clientMutationId ?? null })
    })
  )
}

/** Keys that W&B's clients add to rows and summaries: no metrics of the run. */
export const ownKeys: ReadonlySet<string> = new Set(["_wandb", "_step", "_runtime", "_timestamp"])

// internal

/** Begins a run, or tells what is new of it. */
const upsert = Effect.fnUntraced(function* (path: Lines.RunPath, bucket: Bucket) {
  const summary = yield* dictAt("summaryMetrics", bucket.summaryMetrics)
  const config = yield* dictAt("config", bucket.config)
  const state = bucket.state === undefined ? undefined : yield* stateAt(bucket.state)
  const known = yield* WireRun.find(path)
  if (known === undefined && bucket.id !== undefined && bucket.name === undefined) {
    return yield* notFound(`run ${path.name} not found`)
  }
  const run = known ?? (yield* create(path, bucket.sweep, config))
  yield* describe(run, bucket)
  if (summary !== undefined) yield* RunLife.summarise(run, WireText.without(summary, ownKeys))
  // What is addressed by its id alone is edited from outside; a host is what a client that begins tells.
  if (state !== undefined) yield* RunLife.set(run, state)
  else if (bucket.name !== undefined) yield* RunLife.began(run, bucket.host !== undefined)
  const after = yield* WireRun.find(path)
  return node({
    bucket: RunNode.make(after ?? run),
    inserted: known === undefined || !known.document.begun,
    serverSettings: node({ serverMessages: [] })
  })
})

const pathOf = Effect.fnUntraced(function* (bucket: Bucket) {
  const byId = bucket.id === undefined ? undefined : GlobalId.decode("Run", bucket.id)
  const place = yield* Projects.placeOf({
    entity: bucket.entityName ?? byId?.entity,
    project: bucket.modelName ?? byId?.project
  })
  const name = bucket.name ?? byId?.name ?? bucket.id ?? (yield* newName)
  yield* Projects.checkName("run", name)
  return { ...place, name }
})

/** A name for a run whose client leaves it to the server. */
const newName = Effect.flatMap(Documents, (documents) =>
  documents.write((writer) => `run-${Collection.next(writer, "run")}`)
)

const byId = Effect.fnUntraced(function* (id: string) {
  const path = GlobalId.decode("Run", id)
  const run = path === undefined ? undefined : yield* WireRun.find(path)
  return run ?? (yield* notFound(`run ${path?.name ?? id} not found`))
})

const create = Effect.fnUntraced(function* (
  path: Lines.RunPath,
  sweepName: string | undefined,
  config: PythonDict | undefined
) {
  const documents = yield* Documents
  const now = yield* Clock.currentTimeMillis
  const sweep = sweepName === undefined ? undefined : SweepDocument.idOf(sweepName)
  if (sweep === undefined) {
    const document = RunDocument.make(path, now)
    yield* documents.write((writer) => {
      Projects.ensure(writer, path, now)
      RunDocument.set(writer, document)
    })
    return { document, sweep: undefined } satisfies WireRun.WireRun
  }
  const admin = yield* SweepAdmin
  const run = RunId.make(path.name)
  // The backend may have handed it out itself; its client then says in which project it is.
  const handedOut = Option.exists(yield* admin.findRun(run), (it) => it.sweep === sweep)
  if (!handedOut) yield* admin.adoptRun({ sweep, run, trial: yield* trialOf(sweep, config) })
  const found = Option.getOrUndefined(yield* admin.findRun(run))
  if (found === undefined) return yield* notFound(`run ${run} not found`)
  const document = RunDocument.make(path, now, sweep)
  yield* documents.write((writer) => {
    Projects.ensure(writer, path, now)
    RunDocument.set(writer, document)
  })
  return WireRun.of(sweep, found.run, document, path)
})

/** What of a run's config are parameters of its sweep. */
const trialOf = Effect.fnUntraced(function* (sweep: SweepId, config: PythonDict | undefined) {
  const nothing: TrialConfig = new Map()
  if (config === undefined) return nothing
  const api = yield* SweepApi
  const { config: source } = yield* api.sweep(sweep)
  const { parameters } = yield* Either.match(SweepConfig.parseAccepted({ file: `sweep ${sweep}`, text: source }), {
    onLeft: (error) => badRequest(error.message),
    onRight: ({ config: read }) => Effect.succeed(read)
  })
  return new Map([...WireText.parametersOf(config)].filter(([name]) => parameters.has(name)))
})

/** Keeps what the client says of a run; what it doesn't say stays. */
const describe = Effect.fnUntraced(function* (run: WireRun.WireRun, bucket: Bucket) {
  const documents = yield* Documents
  const { commit, config, description, displayName, groupName, host, jobProgram, jobRepo, jobType, notes } = bucket
  const said = {
    commit,
    config,
    description,
    displayName,
    host,
    jobType,
    notes,
    group: groupName,
    program: jobProgram,
    repo: jobRepo,
    summary: bucket.summaryMetrics,
    tags: bucket.tags
  }
  const given = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined))
  const path = WireRun.pathOf(run)
  yield* documents.write((writer) =>
    RunDocument.set(writer, { ...(RunDocument.get(writer, path) ?? run.document), ...given })
  )
})

const dictAt = (name: string, text: string | undefined): Effect.Effect<PythonDict | undefined, WireError> => {
  if (text === undefined || text === "") return Effect.succeed(undefined)
  const dict = WireText.dict(text)
  return dict === undefined ? badRequest(`${name} must be JSON text of an object`) : Effect.succeed(dict)
}

const stateAt = (text: string): Effect.Effect<RunState, WireError> =>
  Effect.mapError(
    Schema.decodeUnknown(RunState)(text),
    () => new WireError({ status: 400, detail: `there is no run state ${JSON.stringify(text)}` })
  )
