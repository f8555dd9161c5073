/** Artifacts as clients look them up and fetch them (B.6). */
import * as Effect from "effect/Effect"
import { Buffer } from "node:buffer"
import * as Arguments from "./FieldArguments.js"
import * as ArtifactDocument from "./ArtifactDocument.js"
import * as ArtifactLineage from "./ArtifactLineage.js"
import * as GlobalId from "./GlobalId.js"
import { connection, field, lazy, type Node, node, type Value } from "./GraphValue.js"
import type { RunPath } from "./Lines.js"
import * as Paging from "./Paging.js"
import * as ProjectNode from "./ProjectNode.js"
import type { Place } from "./Projects.js"
import * as SignedUrl from "./SignedUrl.js"
import { badRequest } from "./WireError.js"
import * as WireText from "./WireText.js"

/** The fields of a project that are about artifacts. */
export const ofProject = (place: Place): Readonly<Record<string, Value>> => ({
  artifact: field(Arguments.name, ({ name }) =>
    Effect.map(
      ArtifactDocument.reading((reader) => ArtifactDocument.named(reader, place, name)),
      (artifact) => (artifact === undefined ? null : artifactNode(artifact))
    )
  ),
  artifactCollectionMembership: field(Arguments.name, ({ name }) =>
    Effect.map(
      ArtifactDocument.reading((reader) => ArtifactDocument.named(reader, place, name)),
      (artifact) => (artifact === undefined ? null : membershipNode(artifact))
    )
  ),
  artifactCollection: collectionField(place),
  artifactType: field(Arguments.name, ({ name }) => Effect.succeed(typeNode(place, name))),
  artifactTypes: field(Paging.Page, (page) =>
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
  ),
  artifactCollections: collectionsField(place)
})

/** An artifact by its id. */
export const artifact = field(Arguments.id, ({ id }) =>
  Effect.map(
    ArtifactDocument.reading((reader) => ArtifactDocument.get(reader, id)),
    (found) => (found === undefined ? null : artifactNode(found))
  )
)

/** An artifact. */
export const artifactNode = (self: ArtifactDocument.Artifact): Node =>
  node({
    __typename: "Artifact",
    id: self.id,
    artifactSequence: sequenceNode(self),
    artifactType: node({ name: self.type }),
    versionIndex: self.version ?? null,
    description: self.description ?? null,
    metadata: self.metadata ?? null,
    ttlDurationSeconds: -2,
    ttlIsInherited: true,
    tags: [],
    historyStep: self.historyStep ?? null,
    state: self.state,
    size: self.size,
    digest: self.digest,
    digestAlgorithm: "MANIFEST_MD5",
    commitHash: self.version === undefined ? null : `v${self.version}`,
    fileCount: self.fileCount,
    createdAt: WireText.time(self.createdAt),
    updatedAt: null,
    aliases: aliasesOf(self),
    files: filesOf(self),
    createdBy: self.run === undefined ? null : runNode({ ...self, name: self.run }),
    usedBy: lazy(
      Effect.map(
        ArtifactDocument.reading((reader) => ArtifactLineage.usersOf(reader, self.id)),
        (runs) => connection(runs.map((run) => ({ cursor: run.name, node: runNode(run) })))
      )
    ),
    currentManifest: node({
      id: self.id,
      file: node({ id: self.id, directUrl: lazy(SignedUrl.make("GET", ArtifactDocument.manifestPath(self.id))) })
    })
  })

// internal

const collectionField = (place: Place) =>
  field(Arguments.name, ({ name }) =>
    Effect.map(
      ArtifactDocument.reading((reader) => ArtifactDocument.collection(reader, place, name)),
      (found) => (found === undefined ? null : collectionNode(found))
    )
  )

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
    artifactCollection: collectionField(place),
    artifactSequence: collectionField(place),
    artifactCollections: collectionsField(place, name)
  })

/** The collections of a project, or those of one type. */
const collectionsField = (place: Place, type?: string) =>
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

/** A run as far as an artifact knows it. */
const runNode = ({ entity, name, project }: RunPath): Node =>
  node({
    __typename: "Run",
    id: GlobalId.encode("Run", { entity, name, project }),
    name,
    project: ProjectNode.lazily({ entity, project })
  })

const collectionNode = (self: ArtifactDocument.ArtifactCollection): Node =>
  node({
    ...sequenceFields({ ...self, collection: self.name }),
    digestAlgorithm: "MANIFEST_MD5",
    description: null,
    createdAt: WireText.time(self.createdAt),
    updatedAt: null,
    tags: connection([]),
    defaultArtifactType: node({ name: self.type }),
    aliases: field(Paging.Page, (page) => {
      const all = Object.entries(self.aliases)
      return Effect.succeed(
        Paging.of(
          all,
          page,
          ([alias]) => alias,
          ([alias, id]) => aliasNode(id, alias)
        )
      )
    }),
    artifacts: field(
      Paging.Page,
      Effect.fnUntraced(function* (page) {
        yield* unfiltered(page)
        const all = yield* ArtifactDocument.reading((reader) =>
          self.versions.flatMap((id) => ArtifactDocument.get(reader, id) ?? [])
        )
        const wanted = yield* Paging.ordered([...all].reverse(), page, artifactOrders)
        return Paging.of(wanted, page, ({ id }) => id, artifactNode, { totalCount: all.length }, versionOf)
      })
    ),
    artifactMembership: field(Arguments.aliasName, ({ aliasName }) =>
      Effect.map(
        ArtifactDocument.reading((reader) => ArtifactDocument.member(reader, self, aliasName)),
        (found) => (found === undefined ? null : membershipNode(found))
      )
    )
  })

const sequenceFields = (self: Place & { readonly collection: string }): Readonly<Record<string, Value>> => ({
  __typename: "ArtifactSequence",
  id: Buffer.from(`ArtifactSequence:${self.entity}:${self.project}:${self.collection}`).toString("base64"),
  name: self.collection,
  project: ProjectNode.lazily({ entity: self.entity, project: self.project })
})

const sequenceNode = (self: ArtifactDocument.Artifact): Node =>
  node({
    ...sequenceFields(self),
    latestArtifact: lazy(
      Effect.map(
        ArtifactDocument.reading((reader) => {
          const collection = ArtifactDocument.collection(reader, self, self.collection)
          return collection === undefined ? undefined : ArtifactDocument.latest(reader, collection)
        }),
        (latest) => (latest === undefined ? null : artifactNode(latest))
      )
    )
  })

const aliasNode = (id: string, alias: string, artifactCollection: Node | null = null): Node =>
  node({ id: Buffer.from(`ArtifactAlias:${id}:${alias}`).toString("base64"), alias, artifactCollection })

const aliasesOf = (self: ArtifactDocument.Artifact) =>
  lazy(
    Effect.map(
      ArtifactDocument.reading((reader) => ArtifactDocument.collection(reader, self, self.collection)),
      (collection) => {
        const given = Object.entries(collection?.aliases ?? {}).flatMap(([alias, id]) =>
          id === self.id ? [alias] : []
        )
        // Its version is one of them to W&B's servers and older clients.
        const names = self.version === undefined ? given : [...given, `v${self.version}`]
        return names.map((alias) => aliasNode(self.id, alias, sequenceNode(self)))
      }
    )
  )

const membershipNode = (self: ArtifactDocument.Artifact): Node =>
  node({
    __typename: "ArtifactCollectionMembership",
    id: Buffer.from(`ArtifactCollectionMembership:${self.id}`).toString("base64"),
    versionIndex: self.version ?? null,
    createdAt: WireText.time(self.createdAt),
    aliases: aliasesOf(self),
    artifactCollection: sequenceNode(self),
    artifact: artifactNode(self),
    files: filesOf(self)
  })

/** A page of the files of an artifact, in the order of their names. */
const filesOf = (self: ArtifactDocument.Artifact) =>
  field(
    Arguments.artifactFiles,
    Effect.fnUntraced(function* ({ after, first = 5000, names }) {
      const entries = (yield* ArtifactDocument.manifest(self.id)).filter(
        ({ name }) =>
          (names === undefined || names.includes(name)) && (after === undefined || after === "" || name > after)
      )
      const sorted = entries.sort((a, b) => (a.name < b.name ? -1 : 1))
      const page = sorted.slice(0, first).map((entry) => ({ cursor: entry.name, node: fileNode(self, entry) }))
      const next = page.length < sorted.length ? page[page.length - 1]?.cursor : undefined
      return connection(page, next, { totalCount: sorted.length })
    })
  )

const versionOf = ({ version }: ArtifactDocument.Artifact): Readonly<Record<string, Value>> => ({
  version: version === undefined ? null : `v${version}`
})

const fileNode = (self: ArtifactDocument.Artifact, { digest, name, size }: ArtifactDocument.ManifestEntry): Node => {
  const path = ArtifactDocument.filePath(self.id, name) ?? ""
  return node({
    id: Buffer.from(`File:${path}`).toString("base64"),
    name,
    displayName: name,
    directUrl: lazy(SignedUrl.make("GET", path)),
    url: field(Arguments.none, () => SignedUrl.make("GET", path)),
    sizeBytes: size,
    digest,
    md5: digest,
    mimetype: "",
    storagePath: path,
    updatedAt: WireText.time(self.createdAt)
  })
}
