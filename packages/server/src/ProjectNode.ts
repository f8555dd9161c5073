/** A project as whatever is in it tells of it. */
import * as Effect from "effect/Effect"
import * as GlobalId from "./GlobalId.js"
import { lazy, node, type Value } from "./GraphValue.js"
import * as Projects from "./Projects.js"
import { ServerConfig } from "./ServerConfig.js"
import { entityNode, viewer } from "./Viewer.js"
import * as WireText from "./WireText.js"

/** The fields of a project that don't ask for what is in it. */
export const fieldsOf = (project: Projects.Project): Readonly<Record<string, Value>> => ({
  id: GlobalId.encodeName("Project", project.project, project.entity),
  internalId: String(project.no),
  name: project.project,
  entity: lazy(Effect.map(ServerConfig, (config) => entityNode(project.entity, config))),
  entityName: project.entity,
  description: project.description ?? null,
  createdAt: WireText.time(project.createdAt),
  updatedAt: WireText.time(project.createdAt),
  isBenchmark: false,
  readOnly: false,
  access: "PRIVATE",
  views: "{}",
  user: viewer
})

/** The project of something, once it is asked for. */
export const lazily = (place: Projects.Place) =>
  lazy(Effect.map(Projects.find(place), (project) => (project === undefined ? null : node(fieldsOf(project)))))

/** The number of a project, as text. */
export const number = (place: Projects.Place) =>
  lazy(Effect.map(Projects.find(place), (project) => (project === undefined ? null : String(project.no))))
