import { assert, describe, it } from "@effect/vitest"
import { Effect, TestClock } from "effect"
import { at, base64, begin, gql, refusedBy, send, server, serverWith, textAt } from "./support.js"

const createRunFiles =
  "mutation CreateRunFiles ($entity: String!, $project: String!, $run: String!, $files: [String!]!) { createRunFiles(input: {entityName:$entity,projectName:$project,runName:$run,files:$files}) { runID uploadHeaders files { name uploadUrl } } }"

const create = (...files: ReadonlyArray<string>) =>
  gql(createRunFiles, { entity: "ent", project: "proj", run: "r", files })

const listing = (page: string) =>
  Effect.map(
    gql(
      `{ project(name: "proj", entityName: "ent") { internalId run(name: "r") { fileCount files(${page}) { edges { node { name sizeBytes md5 updatedAt directUrl } cursor } pageInfo { endCursor hasNextPage } } } } }`
    ),
    (data) => at(data, "project", "run")
  )

const names = (run: unknown): unknown => {
  const edges = at(run, "files", "edges")
  return Array.isArray(edges) ? edges.map((edge) => at(edge, "node", "name")) : edges
}

describe("RunFiles", () => {
  it.effect("takes a file at an address that needs no key, and gives it back", () =>
    Effect.gen(function* () {
      yield* begin("r")
      const data = yield* create("config.yaml", "media/a b é.txt")
      assert.strictEqual(at(data, "createRunFiles", "runID"), Buffer.from("Run:v1:r:proj:ent").toString("base64"))
      assert.deepStrictEqual(at(data, "createRunFiles", "uploadHeaders"), [])
      for (const n of [0, 1]) {
        const url = textAt(data, "createRunFiles", "files", n, "uploadUrl")
        assert.match(url, /^http:\/\/localhost:8080\/storage\//)
        assert.strictEqual((yield* send("PUT", url, { body: `content ${n}` })).status, 200)
      }
      const run = yield* listing("first: 50")
      assert.strictEqual(at(run, "fileCount"), 2)
      assert.deepStrictEqual(names(run), ["config.yaml", "media/a b é.txt"])
      assert.strictEqual(at(run, "files", "edges", 1, "node", "sizeBytes"), 9)
      assert.strictEqual(at(run, "files", "edges", 1, "node", "md5"), "kperP71WtC9lZihBGSOBJQ==")
      const address = textAt(run, "files", "edges", 1, "node", "directUrl")
      assert.deepStrictEqual(yield* send("GET", address), { status: 200, text: "content 1" })
    }).pipe(Effect.provide(server))
  )

  it.effect("lists files by names, patterns and pages", () =>
    Effect.gen(function* () {
      yield* begin("r")
      const data = yield* create("a.json", "b.json", "c.txt")
      for (const n of [0, 1, 2])
        yield* send("PUT", textAt(data, "createRunFiles", "files", n, "uploadUrl"), { body: "x" })
      assert.deepStrictEqual(names(yield* listing(`names: ["./c.txt", "none"]`)), ["c.txt"])
      assert.deepStrictEqual(names(yield* listing(`pattern: "%.json"`)), ["a.json", "b.json"])
      assert.deepStrictEqual(names(yield* listing(`pattern: "_.t%"`)), ["c.txt"])
      assert.deepStrictEqual(names(yield* listing(`pattern: "%B.%S%"`)), ["b.json"])
      assert.deepStrictEqual(names(yield* listing(`pattern: "a.jso"`)), [])
      const first = yield* listing("first: 2")
      assert.deepStrictEqual(at(first, "files", "pageInfo"), { endCursor: "b.json", hasNextPage: true })
      assert.deepStrictEqual(names(yield* listing(`first: 2, after: "b.json"`)), ["c.txt"])
    }).pipe(Effect.provide(server))
  )

  it.effect("has no file of a run that was deleted, also where another one is called the same", () =>
    Effect.gen(function* () {
      yield* begin("r")
      const data = yield* create("a.txt", "media/b.txt")
      for (const n of [0, 1]) yield* send("PUT", textAt(data, "createRunFiles", "files", n, "uploadUrl"), { body: "x" })
      const address = textAt(yield* listing("first: 1"), "files", "edges", 0, "node", "directUrl")
      yield* gql("mutation D($id: ID!) { deleteRun(input: {id: $id}) { clientMutationId } }", {
        id: base64("Run:v1:r:proj:ent")
      })
      assert.strictEqual((yield* send("GET", address)).status, 404)
      yield* begin("r")
      const run = yield* listing("first: 50")
      assert.deepStrictEqual([at(run, "fileCount"), names(run)], [0, []])
    }).pipe(Effect.provide(server))
  )

  it.effect("refuses an address that it didn't make, made for something else, or that is too old", () =>
    Effect.gen(function* () {
      yield* begin("r")
      const url = textAt(yield* create("a.txt"), "createRunFiles", "files", 0, "uploadUrl")
      const forged = [
        url.replace("a.txt", "b.txt"),
        url.replace(/signature=./, "signature=!"),
        url.replace(/expires=\d+/, "expires=99999999999"),
        url.replace(/\?.*/, ""),
        url.replace("/a.txt", "/%2e%2e/a.txt"),
        url.replace("/a.txt", "/%ff")
      ]
      for (const address of forged) {
        const { status } = yield* send("PUT", address, { body: "x" })
        assert.include([400, 401, 403, 404], status, address)
      }
      assert.strictEqual((yield* send("GET", url)).status, 403)
      yield* TestClock.adjust("8 days")
      assert.strictEqual((yield* send("PUT", url, { body: "x" })).status, 403)
    }).pipe(Effect.provide(serverWith({ runEnds: "agent" })))
  )

  it.effect("refuses names that lead elsewhere, runs that there aren't, and files that are too large", () =>
    Effect.gen(function* () {
      yield* begin("r")
      const variables = { entity: "ent", project: "proj", run: "r" }
      for (const name of ["../x", "a/../../x", "/etc/x", "", "a//b", ".", "a\0b", "\ud800", "x".repeat(2000)]) {
        assert.strictEqual((yield* refusedBy(createRunFiles, { ...variables, files: [name] }))[0], 400, name)
      }
      assert.strictEqual((yield* refusedBy(createRunFiles, { ...variables, run: "none", files: [] }))[0], 404)
      const url = textAt(yield* create("a.txt"), "createRunFiles", "files", 0, "uploadUrl")
      assert.strictEqual((yield* send("PUT", url, { body: "x".repeat(100) })).status, 413)
      assert.strictEqual(at(yield* listing("first: 1"), "fileCount"), 0)
    }).pipe(Effect.provide(serverWith({ maxUpload: 50 })))
  )

  it.effect("tells what the client found out about its machine", () =>
    Effect.gen(function* () {
      yield* begin("r", { program: "train.py" })
      const url = textAt(yield* create("wandb-metadata.json"), "createRunFiles", "files", 0, "uploadUrl")
      const body = `{"os": "Linux", "python": "CPython 3.11", "args": ["--lr"], "cpu_count": 2, "git": {"remote": "r", "commit": "c"}}`
      yield* send("PUT", url, { body })
      const data = yield* gql(
        "query RunInfo($project: String!, $entity: String!, $name: String!) { project(name: $project, entityName: $entity) { run(name: $name) { runInfo { program args os python colab executable codeSaved cpuCount gpuCount gpu git { remote commit } } } } }",
        { project: "proj", entity: "ent", name: "r" }
      )
      assert.deepStrictEqual(at(data, "project", "run", "runInfo"), {
        program: "train.py",
        args: ["--lr"],
        os: "Linux",
        python: "CPython 3.11",
        colab: null,
        executable: null,
        codeSaved: false,
        cpuCount: 2,
        gpuCount: null,
        gpu: null,
        git: { remote: "r", commit: "c" }
      })
    }).pipe(Effect.provide(server))
  )
})
