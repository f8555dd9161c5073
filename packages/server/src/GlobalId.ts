/**
 * The ids of things over the wire (F.8): the standard base64 of `Run:v1:<name>:<project>:<entity>`, so that a client
 * can make one and take one apart (A.13.1, B69).
 */
import { Buffer } from "node:buffer"

/** What has such an id. */
export type Kind = "Run" | "Sweep" | "Project" | "Entity" | "User"

/** What an id says. */
export interface Path {
  readonly name: string
  readonly project: string
  readonly entity: string
}

/** The id of something in a project. */
export const encode = (kind: Kind, { entity, name, project }: Path): string =>
  Buffer.from(`${kind}:v1:${name}:${project}:${entity}`).toString("base64")

/** The id of an entity, a user or a project. */
export const encodeName = (kind: Kind, ...names: ReadonlyArray<string>): string =>
  Buffer.from([kind, "v1", ...names].join(":")).toString("base64")

/** What an id says, if it is one of this kind. */
export const decode = (kind: Kind, id: string): Path | undefined => {
  const [what, version, name, project, entity, ...rest] = Buffer.from(id, "base64").toString("utf8").split(":")
  if (what !== kind || version !== "v1" || rest.length > 0) return undefined
  return name === undefined || project === undefined || entity === undefined ? undefined : { name, project, entity }
}
