/** Which runs made and used which artifacts. */
import type { Reader, Writer } from "@sweepline/core/Documents"
import * as ArtifactDocument from "./ArtifactDocument.js"
import * as Collection from "./Collection.js"
import type { RunPath } from "./Lines.js"

/** What a run has to do with an artifact. */
export type Role = "output" | "input"

/** Keeps what a run has to do with an artifact. */
export const link = (writer: Writer, role: Role, { entity, name, project }: RunPath, id: string): void => {
  writer.set(Collection.key(`artifact-${role}`, [entity, project, name, id]), id)
  if (role === "input") writer.set(Collection.key("artifact-user", [id, entity, project, name]), "")
}

/** Forgets what a run has to do with any artifact. */
export const unlink = (writer: Writer, { entity, name, project }: RunPath): void => {
  for (const role of ["output", "input"] as const) {
    for (const [key, id] of writer.list({ prefix: prefixOf(role, { entity, name, project }) })) {
      writer.remove(key)
      if (role === "input") writer.remove(Collection.key("artifact-user", [id, entity, project, name]))
    }
  }
}

/** The artifacts that a run made, or used: those that are committed, oldest first. */
export const ofRun = (reader: Reader, role: Role, run: RunPath): ReadonlyArray<ArtifactDocument.Artifact> =>
  reader
    .list({ prefix: prefixOf(role, run) })
    .flatMap(([, id]) => ArtifactDocument.get(reader, id) ?? [])
    .filter(({ state }) => state === "COMMITTED")
    .sort((a, b) => ArtifactDocument.numberOf(a.id) - ArtifactDocument.numberOf(b.id))

/** The runs that used an artifact. */
export const usersOf = (reader: Reader, id: string): ReadonlyArray<RunPath> =>
  reader.list({ prefix: `${Collection.key("artifact-user", [id])}/` }).flatMap(([key]): ReadonlyArray<RunPath> => {
    const [entity, project, name] = key.split("/").slice(2).map(decodeURIComponent)
    return entity === undefined || project === undefined || name === undefined ? [] : [{ entity, project, name }]
  })

// internal

const prefixOf = (role: Role, { entity, name, project }: RunPath): string =>
  `${Collection.key(`artifact-${role}`, [entity, project, name])}/`
