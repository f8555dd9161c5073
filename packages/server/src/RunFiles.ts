/** The files of a run: where clients send them, and what there is (D.4.3). */
import { Documents } from "@sweepline/core/Documents"
import * as PythonJson from "@sweepline/core/PythonJson"
import { isDict, isList, type PythonDict } from "@sweepline/core/PythonValue"
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { Buffer } from "node:buffer"
import * as ClientPattern from "./ClientPattern.js"
import * as Arguments from "./FieldArguments.js"
import * as Collection from "./Collection.js"
import { FileStore, pathOf, type StoredFile } from "./FileStore.js"
import * as GlobalId from "./GlobalId.js"
import { connection, field, lazy, mutation, node, optional, type Value } from "./GraphValue.js"
import type { RunPath } from "./Lines.js"
import * as Projects from "./Projects.js"
import * as SignedUrl from "./SignedUrl.js"
import * as WireRun from "./WireRun.js"
import * as WireText from "./WireText.js"
import { badRequest, notFound } from "./WireError.js"

/** A file that was uploaded. */
const Uploaded = Schema.Struct({
  name: Schema.String,
  size: Schema.Number,
  md5: Schema.String,
  updatedAt: Schema.Number
})
type Uploaded = typeof Uploaded.Type

const uploads = Collection.make<[entity: string, project: string, run: string, name: string]>()("upload", Uploaded)

/** Where the files of a run are in the file store; `undefined` for a name that could lead elsewhere. */
export const storagePath = ({ entity, name, project }: RunPath, file: string): string | undefined =>
  pathOf("runs", entity, project, name, file)

/** The mutations on files. */
export const mutations: Readonly<Record<string, Value>> = {
  createRunFiles: mutation(
    Schema.Struct({
      entityName: optional(Schema.String),
      projectName: optional(Schema.String),
      runName: Schema.String,
      files: Schema.Array(Schema.String)
    }),
    Effect.fnUntraced(function* ({ entityName, files: names, projectName, runName }) {
      const place = yield* Projects.placeOf({ entity: entityName, project: projectName })
      const path = { ...place, name: runName }
      if ((yield* WireRun.find(path)) === undefined) return yield* notFound(`run ${runName} not found`)
      const places = yield* Effect.forEach(names, (name) => {
        const stored = storagePath(path, name)
        if (stored === undefined) return badRequest(`${JSON.stringify(name)} can't be the name of a file`)
        return Effect.map(SignedUrl.make("PUT", stored), (uploadUrl) => node({ name, uploadUrl }))
      })
      return node({ runID: GlobalId.encode("Run", path), uploadHeaders: [], files: places })
    })
  ),
  // Uploads are known once they are there; there is nothing to commit.
  markRunFilesUploaded: mutation(
    Schema.Struct({ runName: optional(Schema.String), files: optional(Schema.Array(Schema.String)) }),
    () => Effect.succeed(node({ success: true }))
  )
}

/** Keeps what is known of a file that has arrived under a path of the file store, if it is one of a run. */
export const arrived = Effect.fnUntraced(function* (path: string, { md5, size }: StoredFile) {
  const [kind, entity, project, run, ...rest] = path.split("/")
  if (kind !== "runs" || entity === undefined || project === undefined || run === undefined) return
  const documents = yield* Documents
  const updatedAt = yield* Clock.currentTimeMillis
  const name = rest.join("/")
  yield* documents.write((writer) => uploads.set(writer, { name, size, md5, updatedAt }, entity, project, run, name))
  // A run that was removed while its file came is found by nobody who would remove that.
  if ((yield* WireRun.find({ entity, project, name: run })) === undefined) yield* remove({ entity, project, name: run })
}, Effect.uninterruptible)

/** Removes all files of a run. */
export const remove = Effect.fnUntraced(function* ({ entity, name: run, project }: RunPath) {
  const documents = yield* Documents
  const store = yield* FileStore
  const folder = pathOf("runs", entity, project, run)
  if (folder !== undefined) yield* store.remove(folder)
  yield* documents.write((writer) => {
    for (const name of uploads.names(writer, entity, project, run)) uploads.remove(writer, entity, project, run, name)
  })
})

/** A page of a run's files: all, or those of some names, or those like an SQL pattern. */
export const files = (run: WireRun.WireRun) =>
  field(
    Arguments.runFiles,
    Effect.fnUntraced(function* ({ after, first = defaultPage, names = [], pattern }) {
      // A name is a path as well, as the script wrote it.
      const asked = names.map((name) => name?.replace(/^(?:\.\/)+/, ""))
      const like = pattern === undefined ? undefined : ClientPattern.like(pattern)
      const documents = yield* Documents
      const { entity, name: runName, project } = WireRun.pathOf(run)
      const place = {
        names: after === undefined || after === "" ? undefined : [entity, project, runName, after],
        // One more tells whether there is a next page.
        limit: first + 1,
        wanted: ({ name }: Uploaded) =>
          (asked.length === 0 || asked.includes(name)) && (like === undefined || like(name))
      }
      const wanted = yield* documents.read((reader) => uploads.after(reader, place, entity, project, runName))
      const page = wanted.slice(0, first)
      const nodes = page.map((file) => ({ cursor: file.name, node: fileNode(run, file) }))
      return connection(nodes, page.length < wanted.length ? page[page.length - 1]?.name : undefined)
    })
  )

/** How many files a run has. */
export const count = (run: WireRun.WireRun) =>
  Effect.flatMap(Documents, (documents) => {
    const { entity, name, project } = WireRun.pathOf(run)
    return documents.read((reader) => uploads.names(reader, entity, project, name).length)
  })

/** What a run's client found out about its machine, from the metadata that it uploads. */
export const runInfo = Effect.fnUntraced(function* (run: WireRun.WireRun) {
  const metadata = yield* metadataOf(run)
  const text = (name: string) => {
    const value = metadata.get(name)
    return typeof value === "string" ? value : null
  }
  const number = (name: string) => {
    const value = metadata.get(name)
    return typeof value === "bigint" ? Number(value) : null
  }
  const args = metadata.get("args")
  const git = metadata.get("git")
  const ofGit = (name: string) => {
    const value = isDict(git) ? git.get(name) : undefined
    return typeof value === "string" ? value : null
  }
  return node({
    program: run.document.program ?? text("program"),
    args: isList(args) ? args.filter((arg) => typeof arg === "string") : [],
    os: text("os"),
    python: text("python"),
    colab: text("colab"),
    executable: text("executable"),
    codeSaved: false,
    cpuCount: number("cpu_count"),
    gpuCount: number("gpu_count"),
    gpu: text("gpu"),
    git: isDict(git) ? node({ remote: ofGit("remote"), commit: ofGit("commit") }) : null
  })
})

// internal

const defaultPage = 50

const fileNode = (run: WireRun.WireRun, file: Uploaded) => {
  const path = storagePath(WireRun.pathOf(run), file.name) ?? ""
  const fetch = lazy(SignedUrl.make("GET", path))
  return node({
    id: Buffer.from(`File:v1:${path}`).toString("base64"),
    name: file.name,
    displayName: file.name,
    url: field(Arguments.upload, ({ upload = false }) => SignedUrl.make(upload ? "PUT" : "GET", path)),
    directUrl: fetch,
    sizeBytes: file.size,
    mimetype: "",
    md5: file.md5,
    digest: file.md5,
    storagePath: path,
    updatedAt: WireText.time(file.updatedAt)
  })
}

const metadataOf = Effect.fnUntraced(function* (run: WireRun.WireRun) {
  const nothing: PythonDict = new Map()
  const store = yield* FileStore
  const path = storagePath(WireRun.pathOf(run), "wandb-metadata.json")
  const found = path === undefined ? Option.none() : yield* store.get(path)
  if (Option.isNone(found)) return nothing
  const bytes = Buffer.concat(Chunk.toReadonlyArray(yield* Stream.runCollect(found.value)))
  return Either.getOrElse(PythonJson.parseDict(bytes.toString("utf8")), () => nothing)
})
