/** The launch queues: schedulers push, launch agents pop (B.5, E.3). */
import * as PythonJson from "@sweepline/core/PythonJson"
import { isDict } from "@sweepline/core/PythonValue"
import { RunId } from "@sweepline/core/RunId"
import { type RunReport, SweepApi } from "@sweepline/core/SweepApi"
import { SweepAdmin } from "@sweepline/core/SweepAdmin"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Arguments from "./FieldArguments.js"
import { connection, field, lazy, mutation, type Node, node, optional, RawJson, type Value } from "./GraphValue.js"
import * as Projects from "./Projects.js"
import * as QueueItems from "./QueueItems.js"
import * as ResourceConfig from "./ResourceConfig.js"
import * as RunQueueDocument from "./RunQueueDocument.js"
import { ServerConfig } from "./ServerConfig.js"
import { badRequest, notFound, type WireError } from "./WireError.js"

const text = optional(Schema.String)

const Failure = Schema.Struct({
  runQueueItemId: Schema.String,
  message: Schema.String,
  stage: Schema.String,
  filePaths: optional(Schema.Array(Schema.String))
})

/** The mutations on queues. */
export const mutations: Readonly<Record<string, Value>> = {
  createRunQueue: mutation(
    Schema.Struct({
      entityName: text,
      projectName: text,
      queueName: Schema.String,
      access: text,
      defaultResourceConfigID: text
    }),
    Effect.fnUntraced(function* ({ access = "PROJECT", defaultResourceConfigID, entityName, projectName, queueName }) {
      const place = yield* placeOf(entityName, projectName)
      if (defaultResourceConfigID !== undefined) yield* checkConfig(defaultResourceConfigID)
      const queue = yield* create(place, queueName, access, defaultResourceConfigID)
      if (queue === undefined) return yield* badRequest(`run queue ${queueName} is there already`)
      return node({ success: true, queueID: queue.id })
    })
  ),
  upsertRunQueue: mutation(
    Schema.Struct({
      entityName: text,
      projectName: text,
      queueName: Schema.String,
      resourceType: text,
      resourceConfig: text,
      templateVariables: text
    }),
    Effect.fnUntraced(function* (input) {
      const { queueName, resourceConfig, resourceType, templateVariables } = input
      const place = yield* placeOf(input.entityName, input.projectName)
      const config =
        resourceType === undefined || resourceConfig === undefined
          ? undefined
          : yield* ResourceConfig.create({ resource: resourceType, config: resourceConfig, templateVariables })
      const made = yield* create(place, queueName, "PROJECT", config)
      if (made === undefined && config !== undefined) yield* RunQueueDocument.configure(place, queueName, config)
      return node({ success: true, configSchemaValidationErrors: [] })
    })
  ),
  pushToRunQueueByName: mutation(
    Schema.Struct({
      entityName: text,
      projectName: text,
      queueName: Schema.String,
      runSpec: Schema.String,
      priority: optional(Schema.Int),
      templateVariableValues: text
    }),
    Effect.fnUntraced(function* ({ entityName, projectName, queueName, ...item }) {
      const place = yield* placeOf(entityName, projectName)
      const queue = yield* RunQueueDocument.find(place, queueName)
      if (queue === undefined) {
        return yield* notFound(`run queue ${queueName} not found in ${place.entity}/${place.project}`)
      }
      return yield* push(queue, item)
    })
  ),
  pushToRunQueue: mutation(
    Schema.Struct({
      queueID: Schema.String,
      runSpec: Schema.String,
      priority: optional(Schema.Int),
      templateVariableValues: text
    }),
    Effect.fnUntraced(function* ({ queueID, ...item }) {
      const queue = yield* RunQueueDocument.get(queueID)
      return queue === undefined ? yield* notFound(`run queue ${queueID} not found`) : yield* push(queue, item)
    })
  ),
  popFromRunQueue: mutation(
    Schema.Struct({ entityName: text, projectName: text, queueName: Schema.String, launchAgentId: text }),
    Effect.fnUntraced(function* ({ entityName, launchAgentId, projectName, queueName }) {
      const queue = yield* RunQueueDocument.find(yield* placeOf(entityName, projectName), queueName)
      if (queue === undefined) return null
      const item = yield* pop(queue, launchAgentId)
      // An object here, a text when it is pushed (E.3.2).
      if (item === undefined) return null
      const prescribed = yield* RunQueueDocument.configOf(queue)
      const spec =
        prescribed === undefined
          ? item.runSpec
          : ResourceConfig.applied(prescribed, item.runSpec, item.templateVariableValues)
      return node({ runQueueItemId: item.id, runSpec: new RawJson(spec) })
    })
  ),
  ackRunQueueItem: mutation(
    Schema.Struct({ runQueueItemId: Schema.String, runName: Schema.String }),
    ({ runName, runQueueItemId }) =>
      succeeded(
        // Somebody else's item stays his; one whose lease has run out is still this agent's while nobody took it.
        QueueItems.update(runQueueItemId, (item) => {
          const mine = item.state !== "failed" && (item.state !== "claimed" || item.run === runName)
          return mine ? { ...item, state: "claimed", run: runName } : undefined
        })
      )
  ),
  failRunQueueItem: mutation(
    Failure,
    Effect.fnUntraced(function* ({ message, runQueueItemId, stage }) {
      const item = yield* QueueItems.get(runQueueItemId, undefined)
      const success = yield* QueueItems.update(runQueueItemId, (it) => ({
        ...it,
        state: "failed",
        message: `${stage}: ${message}`
      }))
      if (item !== undefined) yield* failRun(item)
      return node({ success })
    })
  ),
  updateRunQueueItemWarning: mutation(Failure, ({ message, runQueueItemId, stage }) =>
    succeeded(QueueItems.update(runQueueItemId, (item) => ({ ...item, warning: `${stage}: ${message}` })))
  )
}

/** The queues of a project. */
export const ofProject = (place: Projects.Place) =>
  lazy(Effect.map(RunQueueDocument.list(place), (queues) => queues.map(queueNode)))

/** A queue of a project, by its name. */
export const inProject = (place: Projects.Place) =>
  field(Arguments.name, ({ name }) =>
    Effect.map(RunQueueDocument.find(place, name), (queue) => (queue === undefined ? null : queueNode(queue)))
  )

/** Creates a queue, perhaps with a resource config; `undefined` where there is one of this name. */
export const create = Effect.fnUntraced(function* (
  place: Projects.Place,
  name: string,
  access: string,
  config?: string
) {
  const { username } = yield* ServerConfig
  const options = { name, access, createdBy: username }
  return yield* RunQueueDocument.create(place, config === undefined ? options : { ...options, config })
})

// internal

/** Queues are in the project of queues where nobody names another. */
const placeOf = (entity: string | undefined, project: string | undefined) =>
  Projects.placeOf({ entity, project: project ?? Projects.modelRegistry })

const checkConfig = Effect.fnUntraced(function* (id: string) {
  const found = yield* RunQueueDocument.configOf({ config: id })
  if (found === undefined) yield* notFound(`resource config ${id} not found`)
})

const push = Effect.fnUntraced(function* (
  queue: RunQueueDocument.RunQueue,
  options: Parameters<typeof QueueItems.push>[1]
) {
  yield* checkSpec(options.runSpec)
  const item = yield* QueueItems.push(queue, options)
  return node({ runQueueItemId: item.id, runSpec: item.runSpec })
})

const checkSpec = (text: string): Effect.Effect<void, WireError> =>
  Either.match(PythonJson.parseDict(text), {
    onLeft: (error) => badRequest(`runSpec: ${error.message}`),
    onRight: () => Effect.void
  })

/** Leases the next item. One whose run was stopped before it could start fails here, and the next is looked at. */
const pop = Effect.fnUntraced(function* (queue: RunQueueDocument.RunQueue, agent: string | undefined) {
  while (true) {
    const item = yield* QueueItems.pop(queue, agent)
    if (item === undefined || !(yield* isKilled(item))) return item
    yield* QueueItems.update(item.id, (it) => ({ ...it, state: "failed", message: "the run was stopped" }))
  }
})

/** The run of a sweep that an item was to launch. */
const runOf = Effect.fnUntraced(function* ({ runSpec }: QueueItems.QueueItem) {
  const spec = Either.getOrUndefined(PythonJson.parseDict(runSpec))
  const run = spec?.get("run_id")
  const isNamed = spec?.get("sweep_id") !== undefined && typeof run === "string" && run.trim() === run && run !== ""
  if (!isNamed) return Option.none()
  const admin = yield* SweepAdmin
  return yield* admin.findRun(RunId.make(run))
})

const isKilled = (item: QueueItems.QueueItem) =>
  Effect.map(
    runOf(item),
    Option.exists((found) => found.run.state === "killed")
  )

/** A run that could not be launched has failed, or its sweep would hand it out for ever. */
const failRun = Effect.fnUntraced(function* (item: QueueItems.QueueItem) {
  const found = Option.getOrUndefined(yield* runOf(item))
  if (found === undefined || found.run.state !== "pending") return
  const api = yield* SweepApi
  const { attempt } = found.run
  const report: RunReport = { attempt, state: "failed", exitCode: undefined, summary: new Map() }
  yield* api.reportRun({ sweep: found.sweep, run: found.run.id, report })
})

const succeeded = <E, R>(effect: Effect.Effect<boolean, E, R>) => Effect.map(effect, (success) => node({ success }))

const queueNode = (queue: RunQueueDocument.RunQueue): Node =>
  node({
    id: queue.id,
    name: queue.name,
    access: queue.access,
    createdBy: queue.createdBy,
    type: null,
    prioritizationMode: "V0",
    externalLinks: null,
    defaultResourceConfigID: queue.config ?? null,
    runQueueItem: field(Arguments.id, ({ id }) =>
      Effect.map(QueueItems.get(id, queue), (item) => (item === undefined ? null : itemNode(item)))
    ),
    runQueueItems: field(Arguments.none, () =>
      Effect.map(QueueItems.list(queue), (items) =>
        connection(items.map((item) => ({ cursor: item.id, node: itemNode(item) })))
      )
    )
  })

const itemNode = (item: QueueItems.QueueItem): Node => {
  const spec = Either.getOrUndefined(PythonJson.parse(item.runSpec))
  return node({
    id: item.id,
    state: item.state.toUpperCase(),
    priority: item.priority,
    associatedRunId: item.run ?? null,
    runSpec: isDict(spec) ? item.runSpec : null,
    error: item.message === undefined ? null : node({ message: item.message }),
    warning: item.warning ?? null
  })
}
