import { assert, describe, it } from "@effect/vitest"
import { Documents } from "@sweepline/core/Documents"
import { SweepId } from "@sweepline/core/SweepId"
import { Effect, Option } from "effect"
import { FileStore } from "../src/FileStore.js"
import * as SweepRemoval from "../src/SweepRemoval.js"
import { at, begin, gql, send, server, stream, sweepWithRun, textAt } from "./support.js"

const createRunFiles =
  'mutation CreateRunFiles ($run: String!) { createRunFiles(input: {entityName: "ent", projectName: "proj", runName: $run, files: ["a.txt"]}) { files { uploadUrl } } }'

/** A client begins a run, logs to it and sends a file. */
const use = Effect.fnUntraced(function* (run: string) {
  yield* begin(run)
  yield* stream(run, { files: { "wandb-history.jsonl": { offset: 0, content: ['{"loss": 1, "_step": 0}'] } } })
  const url = textAt(yield* gql(createRunFiles, { run }), "createRunFiles", "files", 0, "uploadUrl")
  yield* send("PUT", url, { body: "x" })
})

const keys = Effect.flatMap(Documents, (documents) =>
  documents.read((reader) => reader.list({ prefix: "" }).map(([key, value]) => `${key} ${value}`))
)

describe("a sweep that is removed", () => {
  it.effect("leaves nothing of what clients told of it and its runs, and all of other runs", () =>
    Effect.gen(function* () {
      const { agent, run, sweep } = yield* sweepWithRun
      yield* use(run)
      yield* use("another1")
      for (const _ of ["once", "again"]) yield* SweepRemoval.remove(SweepId.make(sweep))
      const changes = (entry: string) => entry.startsWith("run-change/")
      const left = (yield* keys).filter((entry) => !changes(entry))
      assert.deepStrictEqual(
        left.filter((entry) => [run, sweep, agent].some((id) => entry.includes(id))),
        []
      )
      assert.isNotEmpty(left.filter((entry) => entry.includes("another1")))
      const files = yield* FileStore
      const file = (name: string) => Effect.map(files.get(`runs/ent/proj/${name}/a.txt`), Option.isSome)
      assert.deepStrictEqual([yield* file(run), yield* file("another1")], [false, true])
      assert.isNotNull(
        at(
          yield* gql('{ project(name: "proj", entityName: "ent") { run(name: "another1") { name } } }'),
          "project",
          "run"
        )
      )
    }).pipe(Effect.provide(server))
  )
})
