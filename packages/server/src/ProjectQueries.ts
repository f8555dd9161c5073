/** Projects, and what is asked for in them (B.3–B.7). */
import { Documents } from "@sweepline/core/Documents"
import { SweepApi } from "@sweepline/core/SweepApi"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Arguments from "./FieldArguments.js"
import * as Artifacts from "./Artifacts.js"
import { field, type Field, lazy, mutation, type Node, node, optional, type Value } from "./GraphValue.js"
import * as Paging from "./Paging.js"
import * as ProjectNode from "./ProjectNode.js"
import * as Projects from "./Projects.js"
import * as RunDocument from "./RunDocument.js"
import * as RunFilter from "./RunFilter.js"
import * as RunNode from "./RunNode.js"
import * as RunQueues from "./RunQueues.js"
import { ServerConfig } from "./ServerConfig.js"
import * as SweepDocument from "./SweepDocument.js"
import * as SweepNode from "./SweepNode.js"
import * as WireRun from "./WireRun.js"

/** The fields of a query that are about projects: one is `model` to older clients, and its runs are buckets. */
export const queries: Readonly<Record<string, Value>> = (() => {
  const byName: Field = field(
    Schema.Struct({ name: optional(Schema.String), entityName: optional(Schema.String) }),
    Effect.fnUntraced(function* ({ entityName, name }) {
      const config = yield* ServerConfig
      if (name === undefined) return null
      const project = yield* Projects.find({ entity: entityName ?? config.entity, project: name })
      return project === undefined ? null : projectNode(project)
    })
  )
  const ofEntity: Field = field(
    Schema.Struct({ ...Paging.Page.fields, entityName: optional(Schema.String) }),
    Effect.fnUntraced(function* ({ entityName, ...page }) {
      const config = yield* ServerConfig
      const projects = yield* Projects.list(entityName ?? config.entity)
      return Paging.of(projects, page, ({ project }) => project, projectNode)
    })
  )
  return { project: byName, model: byName, projects: ofEntity, models: ofEntity }
})()

/** The mutations on projects. */
export const mutations: Readonly<Record<string, Value>> = {
  upsertModel: mutation(
    Schema.Struct({
      entityName: optional(Schema.String),
      name: optional(Schema.String),
      description: optional(Schema.String)
    }),
    Effect.fnUntraced(function* ({ description, entityName, name }) {
      const place = yield* Projects.placeOf({ entity: entityName, project: name })
      const documents = yield* Documents
      const now = yield* Clock.currentTimeMillis
      const [project, inserted] = yield* documents.write((writer) => {
        const known = Projects.get(writer, place)
        const made = Projects.ensure(writer, place, now)
        if (description !== undefined) Projects.describe(writer, made, description)
        return [made, known === undefined] as const
      })
      return node({ project: projectNode(project), model: projectNode(project), inserted })
    })
  )
}

// internal

const projectNode = (project: Projects.Project): Node => {
  const place: Projects.Place = { entity: project.entity, project: project.project }
  return node({
    ...ProjectNode.fieldsOf(project),
    run: field(Arguments.name, ({ name }) =>
      Effect.map(WireRun.find({ ...place, name }), (run) => (run === undefined ? null : RunNode.make(run)))
    ),
    bucket: field(Arguments.nameOrNothing, ({ name }) =>
      Effect.map(WireRun.find({ ...place, name }), (run) => (run === undefined ? null : RunNode.bucket(run)))
    ),
    runs: field(
      Paging.Page,
      Effect.fnUntraced(function* ({ filters, order, ...page }) {
        const runs = yield* RunFilter.sort(yield* runsOf(place, filters), order)
        return Paging.of(runs, page, ({ document }) => document.name, RunNode.make, { totalCount: runs.length })
      })
    ),
    runCount: field(Arguments.filters, ({ filters }) => Effect.map(runsOf(place, filters), (runs) => runs.length)),
    sweep: field(Arguments.sweepName, ({ sweepName }) => SweepNode.inProject(place, sweepName)),
    sweeps: field(Paging.Page, (page) =>
      Effect.map(SweepNode.ofProject(place), (sweeps) =>
        Paging.of(
          sweeps,
          page,
          ({ fields }) => String(fields["name"]),
          (sweep) => sweep,
          {
            totalCount: sweeps.length
          }
        )
      )
    ),
    totalSweeps: lazy(Effect.map(SweepNode.ofProject(place), (sweeps) => sweeps.length)),
    runQueues: RunQueues.ofProject(place),
    runQueue: RunQueues.inProject(place),
    ...Artifacts.ofProject(place)
  })
}

/** The runs of a project that filters let through: those that clients told of, and those of its sweeps. */
const runsOf = Effect.fnUntraced(function* (place: Projects.Place, filters: string | undefined) {
  const filter = yield* RunFilter.parse(filters)
  const documents = yield* Documents
  const config = yield* ServerConfig
  const api = yield* SweepApi
  const told = yield* documents.read((reader) => RunDocument.list(reader, place.entity, place.project))
  const ofSweeps = new Set(told.flatMap(({ sweep }) => sweep ?? []))
  const sweeps = yield* api.sweeps
  const here = yield* documents.read((reader) =>
    sweeps.filter(({ id }) => ofSweeps.has(id) || SweepDocument.isIn(SweepDocument.read(reader, id, config), place))
  )
  const runs = new Map<string, WireRun.WireRun>()
  for (const document of told) if (document.sweep === undefined) runs.set(document.name, { document, sweep: undefined })
  for (const sweep of here) {
    for (const run of yield* WireRun.ofSweep(sweep.id, yield* api.runs(sweep.id))) runs.set(run.document.name, run)
  }
  return [...runs.values()].filter(filter)
})
