/** Artifacts as clients see them: the artifact, its files, and what it is in its collection (B.6). */
import * as Effect from "effect/Effect"
import { Buffer } from "node:buffer"
import * as Arguments from "./FieldArguments.js"
import * as ArtifactDocument from "./ArtifactDocument.js"
import * as ArtifactLineage from "./ArtifactLineage.js"
import * as GlobalId from "./GlobalId.js"
import { connection, field, lazy, type Node, node, type Value } from "./GraphValue.js"
import type { RunPath } from "./Lines.js"
import * as ProjectNode from "./ProjectNode.js"
import type { Place } from "./Projects.js"
import * as SignedUrl from "./SignedUrl.js"
import * as WireText from "./WireText.js"

/** An artifact. */
export const make = (self: ArtifactDocument.Artifact): Node =>
  node({
    __typename: "Artifact",
    id: self.id,
    artifactSequence: sequenceNode(self),
    artifactType: node({ name: self.type }),
    versionIndex: self.version ?? null,
    description: self.description ?? null,
    metadata: self.metadata ?? null,
    // Nothing is inherited here but that artifacts stay.
    ttlDurationSeconds: self.ttl ?? -2,
    ttlIsInherited: self.ttl === undefined,
    tags: (self.tags ?? []).map(tag),
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

/** An artifact as a member of its collection. */
export const membership = (self: ArtifactDocument.Artifact): Node =>
  node({
    __typename: "ArtifactCollectionMembership",
    id: Buffer.from(`ArtifactCollectionMembership:${self.id}`).toString("base64"),
    versionIndex: self.version ?? null,
    createdAt: WireText.time(self.createdAt),
    aliases: aliasesOf(self),
    artifactCollection: sequenceNode(self),
    artifact: make(self),
    files: filesOf(self)
  })

/** An alias of an artifact. */
export const alias = (id: string, name: string, artifactCollection: Node | null = null): Node =>
  node({ id: Buffer.from(`ArtifactAlias:${id}:${name}`).toString("base64"), alias: name, artifactCollection })

/** The artifact of a project that a client names, if it is of a type where one is given. */
export const named = (place: Place, type?: string) =>
  field(Arguments.name, ({ name }) =>
    Effect.map(
      ArtifactDocument.reading((reader) => ArtifactDocument.named(reader, place, name)),
      (found) => (found === undefined || found.type !== (type ?? found.type) ? null : make(found))
    )
  )

/** A tag of an artifact or of a collection. */
export const tag = (name: string): Node =>
  node({ __typename: "Tag", id: Buffer.from(`Tag:${name}`).toString("base64"), name })

/** What every kind of collection tells of itself. */
export const sequenceFields = (self: Place & { readonly collection: string }): Readonly<Record<string, Value>> => ({
  __typename: "ArtifactSequence",
  id: Buffer.from(`ArtifactSequence:${self.entity}:${self.project}:${self.collection}`).toString("base64"),
  name: self.collection,
  project: ProjectNode.lazily({ entity: self.entity, project: self.project })
})

// internal

const sequenceNode = (self: ArtifactDocument.Artifact): Node =>
  node({
    ...sequenceFields(self),
    latestArtifact: lazy(
      Effect.map(
        ArtifactDocument.reading((reader) => {
          const collection = ArtifactDocument.collection(reader, self, self.collection)
          return collection === undefined ? undefined : ArtifactDocument.latest(reader, collection)
        }),
        (latest) => (latest === undefined ? null : make(latest))
      )
    )
  })

const aliasesOf = (self: ArtifactDocument.Artifact) =>
  lazy(
    Effect.map(
      ArtifactDocument.reading((reader) => ArtifactDocument.collection(reader, self, self.collection)),
      (collection) => {
        const given = Object.entries(collection?.aliases ?? {}).flatMap(([name, id]) => (id === self.id ? [name] : []))
        // Its version is one of them to W&B's servers and older clients.
        const names = self.version === undefined ? given : [...given, `v${self.version}`]
        return names.map((name) => alias(self.id, name, sequenceNode(self)))
      }
    )
  )

/** A run as far as an artifact knows it. */
const runNode = ({ entity, name, project }: RunPath): Node =>
  node({
    __typename: "Run",
    id: GlobalId.encode("Run", { entity, name, project }),
    name,
    project: ProjectNode.lazily({ entity, project })
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

const fileNode = (self: ArtifactDocument.Artifact, entry: ArtifactDocument.ManifestEntry): Node => {
  const { birth, digest, name, size } = entry
  const path = ArtifactDocument.filePath(birth, name) ?? ""
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
