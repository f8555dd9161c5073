/**
 * Artifacts as clients make them (D.4.4): the artifact, where its files and its manifest go, and at last the commit
 * that gives it a version.
 */
import { Documents, type Writer } from "@sweepline/core/Documents"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as ArtifactDocument from "./ArtifactDocument.js"
import * as ArtifactExpiry from "./ArtifactExpiry.js"
import * as ArtifactLineage from "./ArtifactLineage.js"
import * as ArtifactNode from "./ArtifactNode.js"
import * as ArtifactTags from "./ArtifactTags.js"
import { mutation, node, optional, type Value } from "./GraphValue.js"
import * as Projects from "./Projects.js"
import * as SignedUrl from "./SignedUrl.js"
import * as WireRun from "./WireRun.js"
import { badRequest } from "./WireError.js"

const text = optional(Schema.String)

/** The mutations that make artifacts and change them. */
export const mutations: Readonly<Record<string, Value>> = {
  createArtifact: mutation(
    Schema.Struct({
      entityName: text,
      projectName: text,
      runName: text,
      artifactTypeName: Schema.String,
      artifactCollectionName: text,
      artifactCollectionNames: optional(Schema.Array(Schema.String)),
      aliases: optional(Schema.Array(Schema.Struct({ alias: Schema.String }))),
      digest: Schema.String,
      description: text,
      metadata: text,
      historyStep: optional(Schema.Number),
      enableDigestDeduplication: optional(Schema.Boolean),
      tags: optional(ArtifactTags.Tags),
      ttlDurationSeconds: optional(Schema.Number)
    }),
    Effect.fnUntraced(function* (input) {
      const place = yield* Projects.placeOf({ entity: input.entityName, project: input.projectName })
      const collection = input.artifactCollectionName ?? input.artifactCollectionNames?.[0]
      if (collection === undefined) return yield* badRequest("an artifact needs the name of a collection")
      const documents = yield* Documents
      const createdAt = yield* Clock.currentTimeMillis
      const { description, historyStep, metadata, runName } = input
      const maker = runName === undefined || runName === "" ? undefined : { ...place, name: runName }
      const made = yield* documents.write((writer) => {
        Projects.ensure(writer, place, createdAt)
        const aliases = (input.aliases ?? []).map(({ alias }) => alias)
        // The same content is the same artifact; a client also asks twice before it uploads anything.
        const same = ArtifactDocument.ofDigest(writer, place, collection, input.digest)
        if (input.enableDigestDeduplication === true && same !== undefined) {
          const tags = ArtifactTags.changed(same.tags, input.tags)
          // Of one that isn't committed yet, they are those that it gets with that.
          const waiting = same.state === "PENDING" ? [...new Set([...same.aliases, ...aliases])] : same.aliases
          const told = withTtl({ ...same, tags, aliases: waiting }, input.ttlDurationSeconds)
          // One whose time is over goes at the next look, and what is logged now shall not go with it.
          if (!ArtifactExpiry.isOver(told, createdAt)) {
            keep(writer, told)
            ArtifactDocument.alias(writer, told, aliases)
            if (maker !== undefined) ArtifactLineage.link(writer, "output", maker, told.id)
            return told
          }
        }
        const made: ArtifactDocument.Artifact = {
          id: ArtifactDocument.newId(writer),
          entity: place.entity,
          project: place.project,
          type: input.artifactTypeName,
          collection,
          state: "PENDING",
          digest: input.digest,
          aliases,
          createdAt,
          size: 0,
          fileCount: 0,
          ...(description === undefined ? {} : { description }),
          ...(metadata === undefined ? {} : { metadata }),
          ...(input.tags === undefined ? {} : { tags: ArtifactTags.changed([], input.tags) }),
          ...(historyStep === undefined ? {} : { historyStep }),
          ...(maker === undefined ? {} : { run: maker.name })
        }
        const artifact = withTtl(made, input.ttlDurationSeconds)
        keep(writer, artifact)
        if (maker !== undefined) ArtifactLineage.link(writer, "output", maker, artifact.id)
        return artifact
      })
      return node({ artifact: ArtifactNode.make(made) })
    })
  ),
  createArtifactManifest: mutation(Schema.Struct({ artifactID: Schema.String }), ({ artifactID }) =>
    manifestNode(artifactID)
  ),
  updateArtifactManifest: mutation(Schema.Struct({ artifactManifestID: Schema.String }), ({ artifactManifestID }) =>
    manifestNode(artifactManifestID)
  ),
  createArtifactFiles: mutation(
    Schema.Struct({
      artifactFiles: Schema.Array(Schema.Struct({ artifactID: Schema.String, name: Schema.String }))
    }),
    Effect.fnUntraced(function* ({ artifactFiles }) {
      const edges = yield* Effect.forEach(artifactFiles, ({ artifactID, name }) => {
        const path = ArtifactDocument.filePath(artifactID, name)
        if (path === undefined) return badRequest(`${JSON.stringify(name)} can't be the name of a file`)
        return Effect.map(SignedUrl.make("PUT", path), (uploadUrl) =>
          node({
            node: node({
              id: path,
              name,
              displayName: name,
              storagePath: path,
              uploadUrl,
              uploadHeaders: [],
              uploadMultipartUrls: null,
              artifact: node({ id: artifactID })
            })
          })
        )
      })
      return node({ files: node({ edges }) })
    })
  ),
  commitArtifact: mutation(
    Schema.Struct({ artifactID: Schema.String }),
    Effect.fnUntraced(function* ({ artifactID }) {
      yield* ArtifactDocument.found(artifactID)
      const entries = yield* ArtifactDocument.manifest(artifactID)
      const contents = {
        size: entries.reduce((total, { size }) => total + size, 0),
        fileCount: entries.length
      }
      const documents = yield* Documents
      yield* documents.write((writer) => {
        // While its manifest was read, somebody may have committed it, changed it or removed it.
        const artifact = ArtifactDocument.get(writer, artifactID)
        if (artifact !== undefined) ArtifactDocument.commit(writer, artifact, contents)
      })
      return node({ artifact: ArtifactNode.make(yield* ArtifactDocument.found(artifactID)) })
    })
  ),
  useArtifact: mutation(
    Schema.Struct({ artifactID: Schema.String, entityName: text, projectName: text, runName: text }),
    Effect.fnUntraced(function* ({ artifactID, entityName, projectName, runName }) {
      const artifact = yield* ArtifactDocument.found(artifactID)
      const place = yield* Projects.placeOf({ entity: entityName, project: projectName })
      const documents = yield* Documents
      if (runName !== undefined && runName !== "") {
        const told = { ...place, name: runName }
        // Older clients tell the project of their settings, not the run's.
        const known = (yield* WireRun.find(told)) !== undefined
        const user = known ? told : { entity: artifact.entity, project: artifact.project, name: runName }
        yield* documents.write((writer) => ArtifactLineage.link(writer, "input", user, artifactID))
      }
      return node({ artifact: ArtifactNode.make(artifact) })
    })
  ),
  updateArtifact: mutation(
    Schema.Struct({
      artifactID: Schema.String,
      description: text,
      metadata: text,
      aliases: optional(Schema.Array(Schema.Struct({ alias: Schema.String }))),
      tagsToAdd: optional(ArtifactTags.Tags),
      tagsToDelete: optional(ArtifactTags.Tags),
      ttlDurationSeconds: optional(Schema.Number)
    }),
    Effect.fnUntraced(function* ({ aliases = [], artifactID, description, metadata, ...input }) {
      yield* ArtifactDocument.found(artifactID)
      const documents = yield* Documents
      yield* documents.write((writer) => {
        const before = ArtifactDocument.get(writer, artifactID)
        if (before === undefined) return
        const given = { description, metadata }
        const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
        const tags = ArtifactTags.changed(before.tags, input.tagsToAdd, input.tagsToDelete)
        keep(writer, withTtl({ ...before, ...said, tags }, input.ttlDurationSeconds))
        ArtifactDocument.alias(
          writer,
          before,
          aliases.map(({ alias }) => alias)
        )
      })
      return node({ artifact: ArtifactNode.make(yield* ArtifactDocument.found(artifactID)) })
    })
  )
}

// internal

/** An artifact with the time that a client gives it: -1 stands for that of all others. */
const withTtl = (self: ArtifactDocument.Artifact, seconds: number | undefined): ArtifactDocument.Artifact => {
  if (seconds === undefined) return self
  const { ttl: _, ...others } = self
  return seconds === -1 ? others : { ...others, ttl: seconds }
}

/** Keeps an artifact, and when it is over. */
const keep = (writer: Writer, artifact: ArtifactDocument.Artifact): void => {
  ArtifactDocument.set(writer, artifact)
  ArtifactExpiry.note(writer, artifact)
}

/** An artifact has one manifest here, under its own id. */
const manifestNode = Effect.fnUntraced(function* (artifactID: string) {
  yield* ArtifactDocument.found(artifactID)
  const uploadUrl = yield* SignedUrl.make("PUT", ArtifactDocument.manifestPath(artifactID))
  return node({
    artifactManifest: node({ id: artifactID, file: node({ id: artifactID, uploadUrl, uploadHeaders: [] }) })
  })
})
