/** Jobs of the server itself, for tests and for whoever has no client at hand: artifacts of type `job` (B.6). */
import { Documents } from "@sweepline/core/Documents"
import * as PythonJson from "@sweepline/core/PythonJson"
import type { PythonDict, PythonValue } from "@sweepline/core/PythonValue"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { createHash } from "node:crypto"
import * as ArtifactDocument from "./ArtifactDocument.js"
import { FileStore } from "./FileStore.js"
import * as Projects from "./Projects.js"

/** Makes a job, or the next version of one; answers its full name. `info` is what its `wandb-job.json` holds. */
export const register = Effect.fnUntraced(function* (
  options: Projects.Place & { readonly name: string; readonly info: PythonDict }
) {
  const { entity, info, name, project } = options
  const documents = yield* Documents
  const store = yield* FileStore
  const createdAt = yield* Clock.currentTimeMillis
  const id = yield* documents.write(ArtifactDocument.newId)
  const text = PythonJson.stringify(info)
  const bytes = new TextEncoder().encode(text)
  const digest = createHash("md5").update(bytes).digest("base64")
  yield* store.put(ArtifactDocument.filePath(id, fileName) ?? fileName, Stream.make(bytes))
  yield* store.put(
    ArtifactDocument.manifestPath(id),
    Stream.make(new TextEncoder().encode(manifestText(id, digest, bytes.length)))
  )
  const committed = yield* documents.write((writer) => {
    Projects.ensure(writer, { entity, project }, createdAt)
    return ArtifactDocument.commit(
      writer,
      {
        id,
        entity,
        project,
        type: "job",
        collection: name,
        state: "PENDING",
        digest,
        aliases: [],
        createdAt,
        size: 0,
        fileCount: 0
      },
      { size: bytes.length, fileCount: 1 }
    )
  })
  return `${entity}/${project}/${name}:v${committed.version ?? 0}`
})

// internal

const fileName = "wandb-job.json"

const manifestText = (id: string, digest: string, size: number): string =>
  PythonJson.stringify(
    new Map<string, PythonValue>([
      ["version", 1n],
      ["storagePolicy", "wandb-storage-policy-v1"],
      ["storagePolicyConfig", new Map([["storageLayout", "V2"]])],
      [
        "contents",
        new Map([
          [
            fileName,
            new Map<string, PythonValue>([
              ["digest", digest],
              ["birthArtifactID", id],
              ["size", BigInt(size)]
            ])
          ]
        ])
      ]
    ])
  )
