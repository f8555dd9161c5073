/** What a job executes, and the files of artifacts (B.6). */
import { CommError } from "@sweepline/core/CommError"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { ArtifactById } from "./operations/ArtifactById.js"
import { ArtifactFiles } from "./operations/ArtifactFiles.js"
import { execute, type WandbClient } from "./WandbClient.js"

/** Reads `wandb-job.json` of a job: where its code is, and how it begins. */
export const decode = Schema.decode(
  Schema.parseJson(
    Schema.Struct({
      source_type: Schema.String,
      source: Schema.Struct({
        artifact: Schema.optional(Schema.String),
        entrypoint: Schema.optionalWith(Schema.Array(Schema.String), { nullable: true })
      })
    })
  )
)

/** The name of that file in a job's artifact. */
export const fileName = "wandb-job.json"

/** An artifact by its name: `collection:alias` in a project. */
export interface ArtifactName {
  readonly entity: string
  readonly project: string
  readonly name: string
}

/** A file of an artifact, and where to fetch it without credentials. */
export interface ArtifactFile {
  readonly name: string
  readonly url: string
}

/** Reads `ENTITY/PROJECT/COLLECTION:ALIAS`. */
export const parse = (fullName: string): ArtifactName | undefined => {
  const [entity, project, name, ...more] = fullName.split("/")
  return entity && project && name?.includes(":") && more.length === 0 ? { entity, project, name } : undefined
}

/** The name of the artifact that `wandb-artifact://_id/ID` points to. */
export const byId = Effect.fnUntraced(function* (
  client: WandbClient["Type"],
  reference: string
): Effect.fn.Return<ArtifactName, CommError> {
  const doing = `look for the artifact ${reference}`
  const [, id] = /^wandb-artifact:\/\/_id\/(.+)$/.exec(reference) ?? []
  if (id === undefined) return yield* missing(doing, "its address can't be read")
  const { artifact } = yield* execute(client, ArtifactById, { id }, { doing })
  const project = artifact?.artifactSequence.project
  if (!artifact || !project || artifact.versionIndex === null) return yield* missing(doing, "there is none")
  return {
    entity: project.entity.name,
    project: project.name,
    name: `${artifact.artifactSequence.name}:v${artifact.versionIndex}`
  }
})

/** The files of an artifact. */
export const files = Effect.fnUntraced(function* (
  client: WandbClient["Type"],
  artifact: ArtifactName
): Effect.fn.Return<ReadonlyArray<ArtifactFile>, CommError> {
  const found: Array<ArtifactFile> = []
  let page = yield* pageOf(client, artifact, null)
  found.push(...page.files)
  while (page.next !== null) {
    page = yield* pageOf(client, artifact, page.next)
    found.push(...page.files)
  }
  return found
})

// internal

const pageOf = Effect.fnUntraced(function* (
  client: WandbClient["Type"],
  artifact: ArtifactName,
  cursor: string | null
): Effect.fn.Return<{ readonly files: ReadonlyArray<ArtifactFile>; readonly next: string | null }, CommError> {
  const doing = `list the files of ${artifact.entity}/${artifact.project}/${artifact.name}`
  const { project } = yield* execute(client, ArtifactFiles, { ...artifact, cursor, perPage: 1000 }, { doing })
  const page = project?.artifactCollectionMembership?.files
  if (!page) return yield* missing(doing, "there is no such artifact")
  return {
    files: page.edges.flatMap(({ node }) => (node === null ? [] : [{ name: node.name, url: node.directUrl }])),
    next: page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null
  }
})

const missing = (operation: string, detail: string): CommError =>
  new CommError({ reason: "Status", status: 404, operation, detail, retryable: false })
