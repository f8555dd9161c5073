/** Sweeps as clients create, change and steer them (B.4, G.5). */
import { Documents } from "@sweepline/core/Documents"
import * as RunState from "@sweepline/core/RunState"
import { SweepAdmin } from "@sweepline/core/SweepAdmin"
import { SweepApi } from "@sweepline/core/SweepApi"
import * as SweepConfig from "@sweepline/core/SweepConfig"
import type { SweepId } from "@sweepline/core/SweepId"
import * as SweepState from "@sweepline/core/SweepState"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import { mutation, node, optional, type Value } from "./GraphValue.js"
import * as GlobalId from "./GlobalId.js"
import * as LaunchScheduler from "./LaunchScheduler.js"
import * as Projects from "./Projects.js"
import { ServerConfig } from "./ServerConfig.js"
import * as SweepDocument from "./SweepDocument.js"
import * as SweepNode from "./SweepNode.js"
import * as SweepRemoval from "./SweepRemoval.js"
import { badRequest, notFound, type WireError } from "./WireError.js"

const text = optional(Schema.String)

const Input = Schema.Struct({
  id: text,
  config: text,
  description: text,
  displayName: text,
  entityName: text,
  projectName: text,
  controller: text,
  launchScheduler: text,
  scheduler: text,
  templateVariableValues: text,
  priorRunsFilters: text,
  state: text
})
type Input = typeof Input.Type

/** The mutations on sweeps. */
export const mutations: Readonly<Record<string, Value>> = {
  upsertSweep: mutation(
    Input,
    Effect.fnUntraced(function* (input) {
      const target = input.state === undefined ? undefined : yield* stateAt(input.state)
      const read = input.config === undefined ? undefined : yield* accepted(input.config)
      const known = yield* find(input)
      const place = known ?? (yield* placeOf(input, read))
      const id = known?.id ?? (yield* create(place, input, read))
      if (known !== undefined && input.config !== undefined) yield* reconfigure(id, input.config)
      yield* describe(id, place, input, read)
      const scheduled = input.launchScheduler
      if (scheduled !== undefined && scheduled !== "null") {
        const scheduler = yield* LaunchScheduler.launch(scheduled, place.entity, id)
        yield* describe(id, place, { scheduler }, undefined)
      }
      if (target !== undefined && known !== undefined) yield* setState(id, target)
      const sweep = yield* SweepNode.inProject(place, id)
      return node({ sweep, configValidationWarnings: read === undefined ? [] : SweepConfig.hints(read) })
    })
  )
}

// internal

/** The sweep that is meant, where one is: by its id over the wire, or by its name. */
const find = Effect.fnUntraced(function* ({ entityName, id: given, projectName }: Input) {
  if (given === undefined || given === "") return undefined
  const id = SweepDocument.idOf(given)
  const missing = notFound(`sweep ${id ?? JSON.stringify(given)} not found`)
  if (id === undefined) return yield* missing
  const document = yield* SweepDocument.get(id)
  const api = yield* SweepApi
  yield* Effect.catchTag(api.sweep(id), "SweepNotFoundError", () => missing)
  // An id says where its sweep is; a name is one of the project that is named beside it.
  if (GlobalId.decode("Sweep", given) === undefined) {
    const place = yield* Projects.placeOf({ entity: entityName, project: projectName })
    if (!SweepDocument.isIn(document, place)) return yield* missing
  }
  return document
})

const placeOf = (input: Input, read: SweepConfig.SweepConfig | undefined) =>
  Projects.placeOf({ entity: input.entityName ?? read?.entity, project: input.projectName ?? read?.project })

const accepted = (text: string): Effect.Effect<SweepConfig.SweepConfig, WireError> =>
  Either.match(SweepConfig.parse({ file: "the sweep config", text }), {
    onLeft: (error) => badRequest(error.message),
    onRight: (read) => Effect.succeed(read)
  })

const create = Effect.fnUntraced(function* (
  place: Projects.Place,
  { config, displayName }: Input,
  read: SweepConfig.SweepConfig | undefined
) {
  if (config === undefined) return yield* badRequest("a new sweep needs a config")
  const api = yield* SweepApi
  const documents = yield* Documents
  const now = yield* Clock.currentTimeMillis
  const seed = yield* Random.nextIntBetween(0, 2 ** 31)
  const id = yield* api.createSweep({ config, name: displayName ?? read?.name ?? "", seed })
  yield* documents.write((writer) => {
    Projects.ensure(writer, place, now)
    SweepDocument.set(writer, { id, entity: place.entity, project: place.project })
  })
  return id
})

const reconfigure = Effect.fnUntraced(function* (sweep: SweepId, config: string) {
  const api = yield* SweepApi
  const admin = yield* SweepAdmin
  const before = yield* api.sweep(sweep)
  if (before.config !== config) yield* admin.setConfig({ sweep, config })
})

/** Keeps what the client says of a sweep; what it doesn't say stays. */
const describe = Effect.fnUntraced(function* (
  id: SweepId,
  { entity, project }: Projects.Place,
  input: Partial<Input>,
  read: SweepConfig.SweepConfig | undefined
) {
  const documents = yield* Documents
  const config = yield* ServerConfig
  const updatedAt = yield* Clock.currentTimeMillis
  const { controller, description, displayName, priorRunsFilters, scheduler, templateVariableValues } = input
  const said = { controller, description, displayName, priorRunsFilters, scheduler, templateVariableValues }
  const given = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined && value !== "null"))
  const local = read === undefined ? {} : { local: read.controller === "local", spent: false }
  const kept = documents.write((writer) =>
    SweepDocument.set(writer, {
      ...SweepDocument.read(writer, id, config),
      id,
      entity,
      project,
      updatedAt,
      ...local,
      ...given
    })
  )
  yield* Effect.ensuring(kept, Effect.ignoreLogged(SweepRemoval.tidy(id)))
})

/**
 * PENDING, which `launch-sweep` writes to resume a sweep, makes one that waits run again. A sweep that has ended stays
 * so. A cancelled one takes its runs with it: their clients are told to stop.
 */
const setState = Effect.fnUntraced(function* (id: SweepId, target: SweepState.SweepState) {
  const api = yield* SweepApi
  const state = Option.getOrUndefined(yield* api.sweepState(id))
  const next = target === "PENDING" && state !== "PENDING" ? "RUNNING" : target
  if (!(yield* api.setSweepState(id, next))) {
    return yield* badRequest(`Sweep ${id} is ${state ?? "in an unknown state"} and can't become ${target}`)
  }
  // Also where it was cancelled before: that may have been broken off, and whose answer was lost asks again.
  if (next !== "CANCELED") return
  const runs = (yield* api.runs(id)).filter((run) => RunState.isAlive(run.state))
  yield* Effect.forEach(runs, (run) => api.stopRun({ sweep: id, run: run.id, reason: "Killed" }), { discard: true })
})

const stateAt = (text: string): Effect.Effect<SweepState.SweepState, WireError> =>
  Option.match(SweepState.fromText(text), {
    onNone: () => badRequest(`there is no sweep state ${JSON.stringify(text)}`),
    onSome: (state) => Effect.succeed(state)
  })
