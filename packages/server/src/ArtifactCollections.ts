/** The collections of artifacts that a project has, and their types. */
import * as Effect from "effect/Effect"
import { Buffer } from "node:buffer"
import * as Arguments from "./FieldArguments.js"
import * as ArtifactDocument from "./ArtifactDocument.js"
import * as ArtifactNode from "./ArtifactNode.js"
import { connection, field, lazy, type Node, node, type Value } from "./GraphValue.js"
import * as Paging from "./Paging.js"
import type { Place } from "./Projects.js"
import { badRequest } from "./WireError.js"
import * as WireText from "./WireText.js"

/** A collection of a project, by its name. */
export const inProject = (place: Place) =>
  field(Arguments.name, ({ name }) =>
    Effect.map(
      ArtifactDocument.reading((reader) => ArtifactDocument.collection(reader, place, name)),
      (found) => (found === undefined ? null : collectionNode(found))
    )
  )

/** The collections of a project, or those of one type. */
export const ofProject = (place: Place, type?: string) =>
  field(
    Paging.Page,
    Effect.fnUntraced(function* (page) {
      yield* unfiltered(page)
      const all = yield* ArtifactDocument.reading((reader) => ArtifactDocument.collectionsOf(reader, place))
      const ofType = all.filter((each) => type === undefined || each.type === type)
      const wanted = yield* Paging.ordered(ofType, page, collectionOrders)
      return Paging.of(wanted, page, ({ name }) => name, collectionNode, { totalCount: wanted.length })
    })
  )

/** A type of a project, by its name. */
export const typeInProject = (place: Place) =>
  field(Arguments.name, ({ name }) => Effect.succeed(typeNode(place, name)))

/** The types that a project has collections of. */
export const typesOfProject = (place: Place) =>
  field(Paging.Page, (page) =>
    Effect.map(
      ArtifactDocument.reading((reader) => ArtifactDocument.collectionsOf(reader, place)),
      (all) => {
        const names = [...new Set(all.map(({ type }) => type))].sort()
        return Paging.of(
          names,
          page,
          (name) => name,
          (name) => typeNode(place, name),
          { totalCount: names.length }
        )
      }
    )
  )

/** A collection. */
export const collectionNode = (self: ArtifactDocument.ArtifactCollection): Node =>
  node({
    ...ArtifactNode.sequenceFields({ ...self, collection: self.name }),
    digestAlgorithm: "MANIFEST_MD5",
    description: self.description ?? null,
    createdAt: WireText.time(self.createdAt),
    updatedAt: null,
    tags: connection((self.tags ?? []).map((name) => ({ cursor: name, node: ArtifactNode.tag(name) }))),
    defaultArtifactType: node({ name: self.type }),
    aliases: field(Paging.Page, (page) => {
      const all = Object.entries(self.aliases)
      return Effect.succeed(
        Paging.of(
          all,
          page,
          ([alias]) => alias,
          ([alias, id]) => ArtifactNode.alias(id, alias)
        )
      )
    }),
    artifacts: field(
      Paging.Page,
      Effect.fnUntraced(function* (page) {
        yield* unfiltered(page)
        if (page.order === undefined || page.order === "") return yield* newest(self, page)
        const all = yield* ArtifactDocument.reading((reader) =>
          ArtifactDocument.versionsOf(self).flatMap(([, id]) => ArtifactDocument.get(reader, id) ?? [])
        )
        const wanted = yield* Paging.ordered(all, page, artifactOrders)
        return Paging.of(wanted, page, ({ id }) => id, ArtifactNode.make, { totalCount: all.length }, versionOf)
      })
    ),
    artifactMembership: field(Arguments.aliasName, ({ aliasName }) =>
      Effect.map(
        ArtifactDocument.reading((reader) => ArtifactDocument.member(reader, self, aliasName)),
        (found) => (found === undefined ? null : ArtifactNode.membership(found))
      )
    )
  })

// internal

const typeNode = (place: Place, name: string): Node =>
  node({
    id: Buffer.from(`ArtifactType:${place.entity}:${place.project}:${name}`).toString("base64"),
    name,
    description: null,
    createdAt: lazy(
      Effect.map(
        ArtifactDocument.reading((reader) => ArtifactDocument.collectionsOf(reader, place)),
        (all) => WireText.time(all.find(({ type }) => type === name)?.createdAt ?? 0)
      )
    ),
    artifact: ArtifactNode.named(place, name),
    artifactCollection: inProject(place),
    artifactSequence: inProject(place),
    artifactCollections: ofProject(place, name)
  })

/** What collections can be put in order by. */
const collectionOrders = new Map<string, (self: ArtifactDocument.ArtifactCollection) => number | string>([
  ["name", ({ name }) => name],
  ["createdAt", ({ createdAt }) => createdAt]
])

/** What the artifacts of a collection can be put in order by. */
const artifactOrders = new Map<string, (self: ArtifactDocument.Artifact) => number>([
  ["createdAt", ({ createdAt }) => createdAt],
  ["versionIndex", ({ version = 0 }) => version],
  ["size", ({ size }) => size]
])

/** Only committed artifacts are listed, and whoever filters them by anything else gets none that he didn't ask for. */
const unfiltered = ({ filters = "{}" }: typeof Paging.Page.Type) => {
  const asked = [...(WireText.dict(filters === "" || filters === "null" ? "{}" : filters) ?? [["?", null]])]
  return asked.every(([name, value]) => name === "state" && value === "COMMITTED")
    ? Effect.void
    : badRequest("filters: artifacts can only be listed all together on this server")
}

const versionOf = ({ version }: ArtifactDocument.Artifact): Readonly<Record<string, Value>> => ({
  version: version === undefined ? null : `v${version}`
})

/** A page of the artifacts of a collection, the newest first; only they are read. The cursor is the version. */
const newest = (self: ArtifactDocument.ArtifactCollection, { after = "", first }: typeof Paging.Page.Type) =>
  ArtifactDocument.reading((reader) => {
    const all = ArtifactDocument.versionsOf(self)
    const last = /^\d+$/.test(after) ? Number(after) : Number.POSITIVE_INFINITY
    const rest = all.filter(([version]) => version < last)
    const page = first === undefined ? rest : rest.slice(0, Math.max(0, first))
    const edges = page.flatMap(([version, id]) => {
      const artifact = ArtifactDocument.get(reader, id)
      if (artifact === undefined) return []
      return [{ ...versionOf(artifact), cursor: String(version), node: ArtifactNode.make(artifact) }]
    })
    const end = page.at(-1)
    const next = end !== undefined && page.length < rest.length ? String(end[0]) : undefined
    return connection(edges, next, { totalCount: all.length })
  })
