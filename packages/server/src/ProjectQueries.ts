/** Projects, and what is asked for in them (B.3–B.7). */
import { Documents } from "@sweepline/core/Documents"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Arguments from "./FieldArguments.js"
import * as Artifacts from "./Artifacts.js"
import { connection, field, type Field, lazy, mutation, type Node, node, optional, type Value } from "./GraphValue.js"
import * as Paging from "./Paging.js"
import * as ProjectNode from "./ProjectNode.js"
import * as Projects from "./Projects.js"
import * as RunNode from "./RunNode.js"
import * as RunOrder from "./RunOrder.js"
import * as RunQueues from "./RunQueues.js"
import { RunSelections } from "./RunSelections.js"
import { ServerConfig } from "./ServerConfig.js"
import * as SweepNode from "./SweepNode.js"
import * as WireRun from "./WireRun.js"
import { badRequest } from "./WireError.js"

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
    runs: field(Paging.Page, (page) => runPage(place, page)),
    runCount: field(Arguments.filters, ({ filters }) => countRuns(place, filters)),
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

/** A page of the runs of a project that filters let through: those that clients told of, and those of its sweeps. */
const runPage = Effect.fnUntraced(function* (
  place: Projects.Place,
  { after = "", filters, first, order = "" }: typeof Paging.Page.Type
) {
  const selections = yield* RunSelections
  const { username } = yield* ServerConfig
  const asked = order === "" ? RunOrder.oldestFirst : order
  const standings = yield* selections.select({ place, filters, order: asked })
  const last = after === "" ? undefined : RunOrder.fromCursor(after)
  if (after !== "" && last === undefined) return yield* badRequest("after: this is no cursor of a list of runs")
  const start = last === undefined ? 0 : Paging.placeAfter(standings, last, RunOrder.make(asked, username).compare)
  const page = standings.slice(start, first === undefined ? undefined : start + Math.max(0, first))
  const edges = yield* Effect.forEach(page, (standing) =>
    Effect.map(WireRun.find({ ...place, name: standing.name }), (run) =>
      run === undefined ? [] : [{ cursor: RunOrder.cursor(standing), node: RunNode.make(run) }]
    )
  )
  const end = page.at(-1)
  const next = end !== undefined && start + page.length < standings.length ? RunOrder.cursor(end) : undefined
  return connection(edges.flat(), next, { totalCount: standings.length })
})

const countRuns = (place: Projects.Place, filters: string | undefined) =>
  Effect.flatMap(RunSelections, (selections) =>
    Effect.map(selections.select({ place, filters, order: RunOrder.oldestFirst }), (standings) => standings.length)
  )
