import { assert, describe, it } from "@effect/vitest"
import { Effect, TestClock } from "effect"
import * as Jobs from "../src/Jobs.js"
import { at, begin, gql, refusedBy, send, server, textAt } from "./support.js"

const membershipByName = `query ArtifactMembershipByName($entity: String!, $project: String!, $name: String!, $includeAliases: Boolean = false) { project(name: $project, entityName: $entity) { artifactCollectionMembership(name: $name) { ...ArtifactMembershipFragment } } }
fragment ArtifactAliasFragment on ArtifactAlias { __typename id alias }
fragment ArtifactFragment on Artifact { __typename id artifactSequence { ...SourceCollectionInfoFragment } versionIndex artifactType { name } description metadata ttlDurationSeconds ttlIsInherited tags { ...TagFragment } historyStep state size digest digestAlgorithm @include(if: true) commitHash fileCount createdAt updatedAt aliases @include(if: $includeAliases) { artifactCollection { ...CollectionInfoFragment } ...ArtifactAliasFragment } }
fragment ArtifactMembershipFragment on ArtifactCollectionMembership { __typename id versionIndex createdAt aliases { ...ArtifactAliasFragment } artifactCollection { ...CollectionInfoFragment } artifact { ...ArtifactFragment } }
fragment CollectionInfoFragment on ArtifactCollection { __typename name project { ...ProjectInfoFragment } }
fragment ProjectInfoFragment on Project { id internalId name entity { name } }
fragment SourceCollectionInfoFragment on ArtifactSequence { __typename name project { ...ProjectInfoFragment } }
fragment TagFragment on Tag { __typename id name }`

const byName = (name: string) =>
  Effect.map(gql(membershipByName, { entity: "ent", project: "proj", name }), (data) =>
    at(data, "project", "artifactCollectionMembership")
  )

const fileUrls =
  "query GetArtifactMembershipFileUrls($entity: String!, $project: String!, $collection: String!, $alias: String!, $cursor: String, $perPage: Int) { project(name: $project, entityName: $entity) { artifactCollection(name: $collection) { __typename artifactMembership(aliasName: $alias) { files(after: $cursor, first: $perPage) { pageInfo { __typename endCursor hasNextPage } edges { node { __typename name directUrl } } } } } } }"

const job = Jobs.register({
  entity: "ent",
  project: "proj",
  name: "job-fit",
  info: new Map([["_version", "v0"]])
})

describe("Artifacts", () => {
  it.effect("finds a job by its name, as clients look it up and fetch it (B.6)", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* job, "ent/proj/job-fit:v0")
      const found = yield* byName("job-fit:v0")
      const collection = {
        __typename: "ArtifactSequence",
        name: "job-fit",
        project: { id: "UHJvamVjdDp2MTpwcm9qOmVudA==", internalId: "1", name: "proj", entity: { name: "ent" } }
      }
      const id = textAt(found, "artifact", "id")
      assert.deepStrictEqual(at(found, "artifact"), {
        __typename: "Artifact",
        id,
        artifactSequence: collection,
        versionIndex: 0,
        artifactType: { name: "job" },
        description: null,
        metadata: null,
        ttlDurationSeconds: -2,
        ttlIsInherited: true,
        tags: [],
        historyStep: null,
        state: "COMMITTED",
        size: 18,
        digest: at(found, "artifact", "digest"),
        digestAlgorithm: "MANIFEST_MD5",
        commitHash: "v0",
        fileCount: 1,
        createdAt: "1970-01-01T00:00:00Z",
        updatedAt: null
      })
      assert.deepStrictEqual(at(found, "artifactCollection"), collection)
      assert.strictEqual(at(found, "aliases", 0, "alias"), "latest")
      const manifest = yield* gql(
        "query FetchArtifactManifest($id: ID!) { artifact(id: $id) { currentManifest { ...DeferredManifestFragment } } } fragment DeferredManifestFragment on ArtifactManifest { file { directUrl } }",
        { id }
      )
      const { text } = yield* send("GET", textAt(manifest, "artifact", "currentManifest", "file", "directUrl"))
      assert.strictEqual(at(JSON.parse(text), "contents", "wandb-job.json", "size"), 18)
      const urls = yield* gql(fileUrls, {
        entity: "ent",
        project: "proj",
        collection: "job-fit",
        alias: "latest",
        perPage: 5000
      })
      const files = at(urls, "project", "artifactCollection", "artifactMembership", "files")
      assert.strictEqual(at(files, "edges", 0, "node", "name"), "wandb-job.json")
      const url = textAt(files, "edges", 0, "node", "directUrl")
      assert.deepStrictEqual(yield* send("GET", url), { status: 200, text: `{"_version": "v0"}` })
    }).pipe(Effect.provide(server))
  )

  it.effect("knows versions and aliases, and no others", () =>
    Effect.gen(function* () {
      yield* job
      assert.strictEqual(yield* job, "ent/proj/job-fit:v1")
      for (const [name, version] of [
        ["job-fit:v0", 0],
        ["job-fit:latest", 1],
        ["job-fit", 1]
      ] as const) {
        assert.strictEqual(at(yield* byName(name), "versionIndex"), version, name)
      }
      for (const name of ["job-fit:v2", "job-fit:best", "other:v0", "job-fit:toString", "job-fit:__proto__"]) {
        assert.strictEqual(yield* byName(name), null, name)
      }
      const type = yield* gql(
        "query ArtifactType($entity: String, $project: String, $name: String!) { project(name: $project, entityName: $entity) { artifact(name: $name) { artifactType { name } } } }",
        { entity: "ent", project: "proj", name: "job-fit:latest" }
      )
      assert.deepStrictEqual(type, { project: { artifact: { artifactType: { name: "job" } } } })
      const files = yield* gql(
        'query ArtifactFiles($name: String!) { project(name: "proj", entityName: "ent") { its: artifactType(name: "job") { artifact(name: $name) { files(first: 50) { edges { node { name } } } } } other: artifactType(name: "model") { artifact(name: $name) { id } } } }',
        { name: "job-fit:v0" }
      )
      assert.deepStrictEqual(files, {
        project: {
          its: { artifact: { files: { edges: [{ node: { name: "wandb-job.json" } }] } } },
          other: { artifact: null }
        }
      })
    }).pipe(Effect.provide(server))
  )

  it.effect("takes an artifact that a client makes: files, manifest, commit", () =>
    Effect.gen(function* () {
      yield* begin("r")
      const createArtifact =
        "mutation CreateArtifact ($input: CreateArtifactInput!) { createArtifact(input: $input) { ... CreatedArtifact } } fragment CreatedArtifact on CreateArtifactPayload { artifact { id state artifactSequence { latestArtifact { id } } } }"
      const input = {
        entityName: "ent",
        projectName: "proj",
        runName: "r",
        artifactTypeName: "model",
        artifactCollectionNames: ["m"],
        aliases: [{ artifactCollectionName: "m", alias: "best" }],
        digest: "d1",
        digestAlgorithm: "MANIFEST_MD5",
        enableDigestDeduplication: true,
        metadata: `{"k": 1}`,
        clientID: "c",
        clientMutationId: null
      }
      const made = yield* gql(createArtifact, { input })
      const artifactID = textAt(made, "createArtifact", "artifact", "id")
      assert.deepStrictEqual(at(made, "createArtifact", "artifact"), {
        id: artifactID,
        state: "PENDING",
        artifactSequence: { latestArtifact: null }
      })
      const manifest = yield* gql(
        "mutation CreateArtifactManifest ($artifactID: ID!, $baseArtifactID: ID, $name: String!, $digest: String!, $entityName: String!, $projectName: String!, $runName: String!, $manifestType: ArtifactManifestType!, $includeUpload: Boolean!) { createArtifactManifest(input: {artifactID:$artifactID,baseArtifactID:$baseArtifactID,name:$name,digest:$digest,entityName:$entityName,projectName:$projectName,runName:$runName,type:$manifestType}) { artifactManifest { id file { id uploadUrl @include(if: $includeUpload) uploadHeaders @include(if: $includeUpload) } } } }",
        {
          artifactID,
          name: "wandb_manifest.json",
          digest: "",
          entityName: "ent",
          projectName: "proj",
          runName: "r",
          manifestType: "FULL",
          includeUpload: true
        }
      )
      const files = yield* gql(
        "mutation CreateArtifactFiles ($input: CreateArtifactFilesInput!) { createArtifactFiles(input: $input) { files { edges { node { storagePath uploadUrl uploadHeaders uploadMultipartUrls { uploadID uploadUrlParts { partNumber uploadUrl } } artifact { id } } } } } }",
        {
          input: {
            artifactFiles: [{ artifactID, name: "sub/w.txt", md5: "x", artifactManifestID: artifactID }],
            storageLayout: "V2"
          }
        }
      )
      const file = at(files, "createArtifactFiles", "files", "edges", 0, "node")
      assert.deepStrictEqual(at(file, "artifact"), { id: artifactID })
      yield* send("PUT", textAt(file, "uploadUrl"), { body: "weights" })
      const text = `{"version":1,"storagePolicy":"wandb-storage-policy-v1","contents":{"sub/w.txt":{"digest":"x","size":7}}}`
      yield* send("PUT", textAt(manifest, "createArtifactManifest", "artifactManifest", "file", "uploadUrl"), {
        body: text
      })
      assert.strictEqual(yield* byName("m:v0"), null)
      yield* gql(
        "mutation CommitArtifact ($artifactID: ID!) { commitArtifact(input: {artifactID:$artifactID}) { artifact { id digest } } }",
        { artifactID }
      )
      const found = yield* byName("m:best")
      assert.deepStrictEqual(
        [at(found, "artifact", "size"), at(found, "artifact", "fileCount"), at(found, "artifact", "metadata")],
        [7, 1, `{"k": 1}`]
      )
      // The same content again is the same artifact.
      assert.deepStrictEqual(at(yield* gql(createArtifact, { input }), "createArtifact", "artifact"), {
        id: artifactID,
        state: "COMMITTED",
        artifactSequence: { latestArtifact: { id: artifactID } }
      })
      const use = "mutation UseArtifact ($input: UseArtifactInput!) { useArtifact(input: $input) { artifact { id } } }"
      yield* gql(use, { input: { artifactID, runName: "r" } })
      assert.strictEqual((yield* refusedBy(use, { input: { artifactID: "none" } }))[0], 404)
    }).pipe(Effect.provide(server))
  )

  it.effect("tells which runs made and used an artifact, what there is, and lets aliases be moved", () =>
    Effect.gen(function* () {
      yield* begin("maker")
      yield* begin("user")
      const place = { entityName: "ent", projectName: "proj" }
      const made = yield* gql(
        "mutation CreateArtifact($input: CreateArtifactInput!) { createArtifact(input: $input) { artifact { id } } }",
        {
          input: { ...place, runName: "maker", artifactTypeName: "dataset", artifactCollectionName: "ds", digest: "d" }
        }
      )
      const artifactID = textAt(made, "createArtifact", "artifact", "id")
      const listed = `query L { project(name: "proj", entityName: "ent") {
        maker: run(name: "maker") { outputArtifacts(first: 5) { totalCount edges { node { artifactSequence { name } versionIndex } } } }
        user: run(name: "user") { inputArtifacts { edges { node { id } } } }
        artifactTypes { edges { node { name } } }
        artifactType(name: "dataset") {
          artifactCollections { edges { node { name aliases { edges { node { alias } } } } } }
          artifactCollection(name: "ds") { artifacts(filters: "{\\"state\\": \\"COMMITTED\\"}") { edges { version node { id } } } }
        }
      } }`
      assert.strictEqual(at(yield* gql(listed), "project", "maker", "outputArtifacts", "totalCount"), 0)
      yield* gql("mutation C($id: ID!) { commitArtifact(input: {artifactID: $id}) { artifact { id } } }", {
        id: artifactID
      })
      yield* gql("mutation UseArtifact($input: UseArtifactInput!) { useArtifact(input: $input) { artifact { id } } }", {
        input: { ...place, artifactID, runName: "user" }
      })
      const alias = [{ ...place, artifactCollectionName: "ds", alias: "prod" }]
      yield* gql("mutation AddAliases($input: AddAliasesInput!) { addAliases(input: $input) { success } }", {
        input: { artifactID, aliases: alias }
      })
      assert.deepStrictEqual(at(yield* gql(listed), "project"), {
        maker: {
          outputArtifacts: { totalCount: 1, edges: [{ node: { artifactSequence: { name: "ds" }, versionIndex: 0 } }] }
        },
        user: { inputArtifacts: { edges: [{ node: { id: artifactID } }] } },
        artifactTypes: { edges: [{ node: { name: "dataset" } }] },
        artifactType: {
          artifactCollections: {
            edges: [
              { node: { name: "ds", aliases: { edges: [{ node: { alias: "latest" } }, { node: { alias: "prod" } }] } } }
            ]
          },
          artifactCollection: { artifacts: { edges: [{ version: "v0", node: { id: artifactID } }] } }
        }
      })
      yield* gql("mutation D($input: DeleteAliasesInput!) { deleteAliases(input: $input) { success } }", {
        input: { artifactID, aliases: alias }
      })
      yield* gql("mutation U($input: UpdateArtifactInput!) { updateArtifact(input: $input) { artifact { id } } }", {
        input: { artifactID, description: "what it is", tagsToAdd: [] }
      })
      const after = yield* gql(
        "query A($id: ID!) { artifact(id: $id) { description aliases { alias } createdBy { ... on Run { name } } usedBy { edges { node { name } } } } }",
        { id: artifactID }
      )
      assert.deepStrictEqual(at(after, "artifact"), {
        description: "what it is",
        aliases: [{ alias: "latest" }, { alias: "v0" }],
        createdBy: { name: "maker" },
        usedBy: { edges: [{ node: { name: "user" } }] }
      })
      const [, sentence] = yield* refusedBy(
        `{ project(name: "proj", entityName: "ent") { artifactCollections(filters: "{\\"name\\": \\"ds\\"}") { totalCount } } }`
      )
      assert.include(String(sentence), "filters: ")
    }).pipe(Effect.provide(server))
  )

  it.effect("lists artifacts and collections in the order that a client asks for, and knows no other", () =>
    Effect.gen(function* () {
      for (const [name, version] of [
        ["job-b", "v0"],
        ["job-a", "v0"],
        ["job-b", "v1"]
      ] as const) {
        yield* Jobs.register({ entity: "ent", project: "proj", name, info: new Map([["_version", version]]) })
        yield* TestClock.adjust("1 minutes")
      }
      const query =
        'query L($order: String) { project(name: "proj", entityName: "ent") { artifactCollections(order: $order) { edges { node { name } } } } }'
      const collections = (order: string) =>
        Effect.map(gql(query, { order }), (data) => JSON.stringify(data).match(/job-[ab]/g))
      assert.deepStrictEqual(yield* collections("-name"), ["job-b", "job-a"])
      assert.deepStrictEqual(yield* collections("+created_at"), ["job-b", "job-a"])
      assert.deepStrictEqual(yield* collections("-createdAt"), ["job-a", "job-b"])
      const versions = (order: string) =>
        Effect.map(
          gql(
            'query V($order: String) { project(name: "proj", entityName: "ent") { artifactCollection(name: "job-b") { artifacts(order: $order) { edges { version } } } } }',
            { order }
          ),
          (data) => JSON.stringify(data).match(/v\d/g)
        )
      assert.deepStrictEqual(yield* versions(""), ["v1", "v0"])
      assert.deepStrictEqual(yield* versions("createdAt"), ["v0", "v1"])
      assert.deepStrictEqual(yield* versions("-versionIndex"), ["v1", "v0"])
      const [, sentence] = yield* refusedBy(query, { order: "-colour" })
      assert.strictEqual(sentence, "order: -colour is none of name, createdAt")
    }).pipe(Effect.provide(server))
  )
})
