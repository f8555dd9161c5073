import { assert, describe, it } from "@effect/vitest"
import { Effect, TestClock } from "effect"
import { at, base64, begin, gql, refusedBy, send, server, textAt } from "./support.js"

const create = "mutation C($input: CreateArtifactInput!) { r: createArtifact(input: $input) { artifact { id } } }"

const commit = "mutation C($id: ID!) { commitArtifact(input: {artifactID: $id}) { artifact { id } } }"

/** Makes a version of a collection: the content of its files, and those that it has of an artifact it was drafted from. */
const made = Effect.fnUntraced(function* (
  name: string,
  files: Record<string, string>,
  input: Record<string, unknown> = {},
  drafted: Record<string, string> = {}
) {
  const place = { entityName: "ent", projectName: "proj", artifactTypeName: "t" }
  const digest = JSON.stringify([files, drafted])
  const id = textAt(
    yield* gql(create, { input: { ...place, artifactCollectionName: name, digest, ...input } }),
    "r",
    "artifact",
    "id"
  )
  for (const [file, body] of Object.entries(files)) {
    const data = yield* gql(
      "mutation F($input: CreateArtifactFilesInput!) { r: createArtifactFiles(input: $input) { files { edges { node { uploadUrl } } } } }",
      { input: { artifactFiles: [{ artifactID: id, name: file, md5: "x" }] } }
    )
    yield* send("PUT", textAt(data, "r", "files", "edges", 0, "node", "uploadUrl"), { body })
  }
  const contents = Object.fromEntries([
    ...Object.keys(files).map((file) => [file, { digest: "x", size: 1 }]),
    ...Object.entries(drafted).map(([file, birthArtifactID]) => [file, { digest: "x", size: 1, birthArtifactID }])
  ])
  const data = yield* gql(
    'mutation M($id: ID!) { r: createArtifactManifest(input: {artifactID: $id, name: "m", digest: ""}) { artifactManifest { file { uploadUrl } } } }',
    { id }
  )
  const address = textAt(data, "r", "artifactManifest", "file", "uploadUrl")
  yield* send("PUT", address, { body: JSON.stringify({ contents }) })
  yield* gql(commit, { id })
  return id
})

/** The files of an artifact by their names, each with its content or the status without one; `null`: it is gone. */
const contentsOf = Effect.fnUntraced(function* (id: string) {
  const data = yield* gql("query F($id: ID!) { artifact(id: $id) { files { edges { node { name directUrl } } } } }", {
    id
  })
  if (at(data, "artifact") === null) return null
  const edges = at(data, "artifact", "files", "edges")
  const found = new Map<string, unknown>()
  for (const edge of Array.isArray(edges) ? edges : []) {
    const { status, text } = yield* send("GET", textAt(edge, "node", "directUrl"))
    found.set(textAt(edge, "node", "name"), status === 200 ? text : status)
  }
  return Object.fromEntries(found)
})

/** The version that a name means. */
const version = (name: string) =>
  Effect.map(
    gql(
      'query N($name: String!) { project(name: "proj", entityName: "ent") { artifact(name: $name) { versionIndex } } }',
      { name }
    ),
    (data) => at(data, "project", "artifact", "versionIndex")
  )

const remove = "mutation D($input: DeleteArtifactInput!) { r: deleteArtifact(input: $input) { artifact { id } } }"

const lifetime = (id: string) =>
  Effect.map(gql("query T($id: ID!) { artifact(id: $id) { ttlDurationSeconds ttlIsInherited } }", { id }), (data) => [
    at(data, "artifact", "ttlDurationSeconds"),
    at(data, "artifact", "ttlIsInherited")
  ])

describe("Changes of artifacts", () => {
  it.effect("keep tags of artifacts and of collections, and what a collection is about", () =>
    Effect.gen(function* () {
      const id = yield* made("job-fit", { "a.txt": "a" })
      const update =
        "mutation U($input: UpdateArtifactInput!) { updateArtifact(input: $input) { artifact { tags { id name } } } }"
      const tagged = (input: unknown) =>
        Effect.map(gql(update, { input }), (data) => JSON.stringify(at(data, "updateArtifact", "artifact", "tags")))
      const named = (...names: ReadonlyArray<string>) => names.map((tagName) => ({ tagName }))
      assert.strictEqual(
        yield* tagged({ artifactID: id, tagsToAdd: named("one", "two", "one"), tagsToDelete: [] }),
        `[{"id":"${base64("Tag:one")}","name":"one"},{"id":"${base64("Tag:two")}","name":"two"}]`
      )
      yield* tagged({ artifactID: id, tagsToAdd: named("three"), tagsToDelete: named("one", "none") })
      assert.strictEqual(yield* tagged({ artifactID: id, description: "d" }), yield* tagged({ artifactID: id }))
      const found = yield* gql("query A($id: ID!) { artifact(id: $id) { tags { __typename name } } }", { id })
      assert.deepStrictEqual(at(found, "artifact", "tags"), [
        { __typename: "Tag", name: "two" },
        { __typename: "Tag", name: "three" }
      ])
      const collection = { entityName: "ent", projectName: "proj", artifactCollectionName: "job-fit" }
      const assign =
        "mutation A($input: CreateArtifactCollectionTagAssignmentsInput!) { r: createArtifactCollectionTagAssignments(input: $input) { tags { name } } }"
      assert.deepStrictEqual(yield* gql(assign, { input: { ...collection, tags: named("a", "b") } }), {
        r: { tags: [{ name: "a" }, { name: "b" }] }
      })
      yield* gql(
        "mutation D($input: DeleteArtifactCollectionTagAssignmentsInput!) { r: deleteArtifactCollectionTagAssignments(input: $input) { success } }",
        { input: { ...collection, tags: named("a") } }
      )
      const sequence =
        "mutation S($input: UpdateArtifactSequenceInput!) { r: updateArtifactSequence(input: $input) { artifactCollection { description tags { edges { node { name } } } } } }"
      const artifactSequenceID = base64("ArtifactSequence:ent:proj:job-fit")
      assert.deepStrictEqual(
        yield* gql(sequence, { input: { artifactSequenceID, name: "job-fit", description: "fits" } }),
        { r: { artifactCollection: { description: "fits", tags: { edges: [{ node: { name: "b" } }] } } } }
      )
      for (const [input, status, message] of [
        [{ artifactSequenceID, name: "other" }, 400, "collections of this server can't be renamed"],
        [{ artifactSequenceID: base64("ArtifactSequence:ent:proj:no") }, 404, "collection ent/proj/no not found"]
      ] as const) {
        assert.deepStrictEqual([...(yield* refusedBy(sequence, { input }))], [status, message])
      }
    }).pipe(Effect.provide(server))
  )

  it.effect("go with the run that made them, where its client says so, and leave what it only found", () =>
    Effect.gen(function* () {
      for (const run of ["a", "b"]) yield* begin(run)
      const logged = (runName: string, content: string) =>
        made("ds", { f: content }, { enableDigestDeduplication: true, runName })
      const [first, second] = [yield* logged("a", "1"), yield* logged("b", "2")]
      assert.strictEqual(yield* logged("b", "1"), first)
      const remove = (run: string, deleteArtifacts: boolean) =>
        gql("mutation D($input: DeleteRunInput!) { deleteRun(input: $input) { clientMutationId } }", {
          input: { id: base64(`Run:v1:${run}:proj:ent`), deleteArtifacts }
        })
      yield* remove("b", true)
      assert.deepStrictEqual([yield* contentsOf(first), yield* contentsOf(second)], [{ f: "1" }, null])
      yield* remove("a", false)
      assert.deepStrictEqual(yield* contentsOf(first), { f: "1" })
      yield* begin("a")
      const data = yield* gql(
        `{ project(name: "proj", entityName: "ent") { run(name: "a") { outputArtifacts { totalCount } } } }`
      )
      assert.strictEqual(at(data, "project", "run", "outputArtifacts", "totalCount"), 0)
    }).pipe(Effect.provide(server))
  )

  it.effect("have all aliases that clients gave them who made the same at the same time", () =>
    Effect.gen(function* () {
      const input = (alias: string) => ({
        entityName: "ent",
        projectName: "proj",
        artifactTypeName: "t",
        artifactCollectionName: "ds",
        digest: JSON.stringify([{ f: "1" }, {}]),
        enableDigestDeduplication: true,
        aliases: [{ alias }]
      })
      for (const alias of ["best", "mine"]) yield* gql(create, { input: input(alias) })
      yield* made("ds", { f: "1" }, { enableDigestDeduplication: true })
      assert.deepStrictEqual([yield* version("ds:best"), yield* version("ds:mine")], [0, 0])
    }).pipe(Effect.provide(server))
  )

  it.effect("make another of the same content whose time is over, also by what a client says of it now", () =>
    Effect.gen(function* () {
      const logged = (ttlDurationSeconds?: number) =>
        made("ds", { a: "a" }, { enableDigestDeduplication: true, ttlDurationSeconds })
      const first = yield* logged()
      assert.strictEqual(yield* logged(), first)
      yield* TestClock.adjust("3 minutes")
      const second = yield* logged(100)
      assert.strictEqual(yield* logged(100), second)
      // It is over, and nobody has looked yet.
      yield* TestClock.adjust("110 seconds")
      const third = yield* logged(100)
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* contentsOf(first), { a: "a" })
      assert.deepStrictEqual(yield* contentsOf(second), null)
      assert.deepStrictEqual(yield* contentsOf(third), { a: "a" })
      assert.strictEqual(yield* version("ds:latest"), 2)
    }).pipe(Effect.provide(server))
  )

  it.effect("let nothing expire later because one would live far longer than machines do", () =>
    Effect.gen(function* () {
      yield* made("ds", { a: "a" }, { ttlDurationSeconds: 1e30 })
      const short = yield* made("ds", { b: "b" }, { ttlDurationSeconds: 60 })
      yield* TestClock.adjust("3 minutes")
      assert.deepStrictEqual(yield* contentsOf(short), null)
      assert.strictEqual(yield* version("ds:latest"), 0)
      // A server that begins in our time.
    }).pipe(Effect.provide(server), (today) => Effect.zipRight(TestClock.setTime(Date.UTC(2026, 10, 23)), today))
  )

  it.effect("are refused for ids that no artifact could have, and a manifest may name such", () =>
    Effect.gen(function* () {
      const files =
        "mutation F($input: CreateArtifactFilesInput!) { r: createArtifactFiles(input: $input) { files { edges { node { id } } } } }"
      for (const artifactID of ["\ud800", "..", "", "a:b"]) {
        const input = { artifactFiles: [{ artifactID, name: "a.txt", md5: "x" }] }
        assert.strictEqual((yield* refusedBy(files, { input }))[0], 400, artifactID)
      }
      const id = yield* made("ds", { "a.txt": "a" }, {}, { "b.txt": "\ud800", "c.txt": ".." })
      assert.deepStrictEqual(yield* contentsOf(id), { "a.txt": "a", "b.txt": 401, "c.txt": 401 })
    }).pipe(Effect.provide(server))
  )

  it.effect("delete one with its files, and leave those that another was drafted from", () =>
    Effect.gen(function* () {
      const first = yield* made("ds", { "old.txt": "old" }, { aliases: [{ alias: "best" }] })
      const draft = yield* made("ds", { "new.txt": "new" }, {}, { "old.txt": first })
      const other = yield* made("ds", { "other.txt": "other" })
      assert.deepStrictEqual(
        [...(yield* refusedBy(remove, { input: { artifactID: first } }))],
        [400, "the artifact has aliases: best. Delete them with it: delete_aliases=True"]
      )
      const contents = { "new.txt": "new", "old.txt": "old" }
      assert.deepStrictEqual(yield* contentsOf(draft), contents)
      yield* gql(remove, { input: { artifactID: first, deleteAliases: true } })
      assert.deepStrictEqual(yield* contentsOf(first), null)
      assert.deepStrictEqual(yield* contentsOf(draft), contents)

      const addresses = (id: string) =>
        Effect.map(
          gql("query F($id: ID!) { artifact(id: $id) { files { edges { node { directUrl } } } } }", { id }),
          (data) => {
            const edges = at(data, "artifact", "files", "edges")
            return (Array.isArray(edges) ? edges : []).map((edge) => textAt(edge, "node", "directUrl"))
          }
        )
      const [address = ""] = yield* addresses(other)
      yield* gql(remove, { input: { artifactID: other, deleteAliases: true } })
      assert.strictEqual((yield* send("GET", address)).status, 404)
      assert.strictEqual((yield* refusedBy(remove, { input: { artifactID: other } }))[0], 404)
      for (const [name, expected] of [
        ["ds:v0", undefined],
        ["ds:best", undefined],
        ["ds:v1", 1],
        ["ds:latest", 1],
        ["ds:v2", undefined]
      ] as const) {
        assert.strictEqual(yield* version(name), expected, name)
      }
      const ofDraft = yield* addresses(draft)
      assert.strictEqual(ofDraft.length, 2)
      yield* gql(remove, { input: { artifactID: draft, deleteAliases: true } })
      for (const file of ofDraft) assert.strictEqual((yield* send("GET", file)).status, 404)
      // The same content again is a new version.
      yield* made("ds", { "other.txt": "other" }, { enableDigestDeduplication: true })
      assert.strictEqual(yield* version("ds:latest"), 3)
    }).pipe(Effect.provide(server))
  )

  it.effect("leave the pages of a collection as they are, also where the last one of a page is gone", () =>
    Effect.gen(function* () {
      const ids: Array<string> = []
      for (const n of [0, 1, 2, 3, 4]) ids.push(yield* made("ds", { [`${n}`]: "x" }))
      const page = (after?: unknown) =>
        Effect.map(
          gql(
            'query P($after: String) { project(name: "proj", entityName: "ent") { artifactCollection(name: "ds") { artifacts(after: $after, first: 2) { totalCount edges { version } pageInfo { endCursor hasNextPage } } } } }',
            { after }
          ),
          (data) => at(data, "project", "artifactCollection", "artifacts")
        )
      const first = yield* page()
      assert.deepStrictEqual(at(first, "edges"), [{ version: "v4" }, { version: "v3" }])
      for (const n of [3, 1]) yield* gql(remove, { input: { artifactID: ids[n] } })
      const second = yield* page(at(first, "pageInfo", "endCursor"))
      assert.deepStrictEqual(at(second, "edges"), [{ version: "v2" }, { version: "v0" }])
      assert.deepStrictEqual([at(second, "totalCount"), at(second, "pageInfo", "hasNextPage")], [3, false])
    }).pipe(Effect.provide(server))
  )

  it.effect("leave the pages of what a run made as they are, also where it made more than ten", () =>
    Effect.gen(function* () {
      yield* begin("r")
      const ids: Array<string> = []
      for (let n = 0; n < 12; n++) ids.push(yield* made(`a${n}`, { [`${n}`]: "x" }, { runName: "r" }))
      const page = (after?: unknown) =>
        Effect.map(
          gql(
            'query P($after: String) { project(name: "proj", entityName: "ent") { run(name: "r") { outputArtifacts(after: $after, first: 6) { edges { node { id } } pageInfo { endCursor } } } } }',
            { after }
          ),
          (data) => {
            const edges = at(data, "project", "run", "outputArtifacts", "edges")
            return {
              ids: (Array.isArray(edges) ? edges : []).map((edge) => textAt(edge, "node", "id")),
              end: at(data, "project", "run", "outputArtifacts", "pageInfo", "endCursor")
            }
          }
        )
      const first = yield* page()
      assert.deepStrictEqual(first.ids, ids.slice(0, 6))
      for (const n of [0, 5, 7]) yield* gql(remove, { input: { artifactID: ids[n], deleteAliases: true } })
      assert.deepStrictEqual((yield* page(first.end)).ids, [ids[6], ...ids.slice(8)])
    }).pipe(Effect.provide(server))
  )

  it.effect("let one expire that is given a time to live, counted from its making, and no other", () =>
    Effect.gen(function* () {
      const update = "mutation U($input: UpdateArtifactInput!) { updateArtifact(input: $input) { artifact { id } } }"
      const short = yield* made("ds", { a: "a" }, { ttlDurationSeconds: 600 })
      const longer = yield* made("ds", { b: "b" }, { ttlDurationSeconds: 600 })
      const ever = yield* made("ds", { c: "c" })
      const inherited = yield* made("ds", { d: "d" }, { ttlDurationSeconds: 600 })
      assert.deepStrictEqual(yield* lifetime(short), [600, false])
      assert.deepStrictEqual(yield* lifetime(ever), [-2, true])
      yield* gql(update, { input: { artifactID: longer, ttlDurationSeconds: 1200 } })
      yield* gql(update, { input: { artifactID: longer, description: "d", ttlDurationSeconds: null } })
      yield* gql(update, { input: { artifactID: ever, ttlDurationSeconds: -2 } })
      yield* gql(update, { input: { artifactID: inherited, ttlDurationSeconds: -1 } })
      assert.deepStrictEqual(yield* lifetime(longer), [1200, false])
      assert.deepStrictEqual(yield* lifetime(ever), [-2, false])
      assert.deepStrictEqual(yield* lifetime(inherited), [-2, true])
      yield* TestClock.adjust("9 minutes")
      assert.deepStrictEqual(yield* contentsOf(short), { a: "a" })
      yield* TestClock.adjust("2 minutes")
      assert.deepStrictEqual(yield* contentsOf(short), null)
      assert.deepStrictEqual(yield* contentsOf(longer), { b: "b" })
      yield* TestClock.adjust("10 minutes")
      assert.deepStrictEqual(yield* contentsOf(longer), null)
      assert.deepStrictEqual(yield* contentsOf(ever), { c: "c" })
      assert.deepStrictEqual(yield* contentsOf(inherited), { d: "d" })
    }).pipe(Effect.provide(server))
  )
})
