import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { RunId } from "@sweepline/core/RunId"
import type { RunReport, SweepApi } from "@sweepline/core/SweepApi"
import * as FakeServer from "./FakeServer.js"
import { fails, gives, inProject, run, sweep } from "./sweepApi.js"

describe("a run", () => {
  it.effect("is stopped by the id that W&B's clients build", () =>
    Effect.gen(function* () {
      const server = FakeServer.make(() => ({ body: { data: { stopRun: { success: true } } } }))
      yield* gives(server, (api) => api.stopRun({ sweep, run: RunId.make("runaaaa1"), reason: "Killed" }))
      assert.deepStrictEqual(server.calls[0]?.variables, { id: "UnVuOnYxOnJ1bmFhYWExOnByb2o6ZW50" })
    })
  )

  it.effect("that the server didn't stop is an error, so that it is asked again", () =>
    Effect.gen(function* () {
      for (const stopRun of [null, { success: false }]) {
        const server = FakeServer.make(() => ({ body: { data: { stopRun } } }))
        const error = yield* fails(server, (api) => api.stopRun({ sweep, run, reason: "Killed" }))
        assert.isTrue(error.retryable)
      }
    })
  )

  it.effect("of a custom strategy is created pending, in the sweep, under one name however often it is asked", () =>
    Effect.gen(function* () {
      let n = 0
      const names = new Set<string>()
      const server = FakeServer.make(
        FakeServer.either(
          ({ operation }) => (operation === "UpsertBucket" && n++ === 0 ? { status: 500, body: "" } : undefined),
          FakeServer.graph({
            query: { project: () => ({ sweep: () => ({ id: "X", state: "RUNNING" }) }) },
            mutation: {
              upsertBucket: ({ input }: { readonly input: Readonly<Record<string, string>> }) => {
                names.add(input["name"] ?? "")
                assert.deepStrictEqual(
                  [input["modelName"], input["entityName"], input["sweep"], input["state"], input["config"]],
                  ["proj", "ent", "k3p9x0qa", "pending", '{"lr": {"value": 1.0}}']
                )
                return { bucket: { id: "X", name: input["name"], project: { name: "proj", entity: { name: "ent" } } } }
              }
            }
          })
        )
      )
      const created = yield* gives(server, (api) => api.createRun({ sweep, trial: new Map([["lr", 1]]) }))
      assert.match(created, /^[a-z0-9]{8}$/)
      assert.deepStrictEqual(names, new Set([created]))
      assert.strictEqual(server.operations().filter((name) => name === "UpsertBucket").length, 2)
    })
  )

  it.effect("of a sweep that isn't there is not created", () =>
    Effect.gen(function* () {
      const server = inProject({ sweep: () => null })
      const error = yield* fails(server, (api) => api.createRun({ sweep, trial: new Map() }))
      assert.strictEqual(error._tag, "SweepNotFoundError")
      assert.deepStrictEqual(server.operations(), ["GetSweepState"])
    })
  )

  it.effect("goes back to pending for its next attempt, unless it is", () =>
    Effect.gen(function* () {
      for (const [state, operations] of [
        ["preempted", ["RunState", "UpsertBucket"]],
        ["pending", ["RunState"]]
      ] as const) {
        const bucket = { id: "X", name: run, project: { name: "proj", entity: { name: "ent" } } }
        const server = inProject({ run: () => ({ state }) }, { upsertBucket: () => ({ bucket }) })
        yield* gives(server, (api) => api.requeueRun({ sweep, run, attempt: 2 }))
        assert.deepStrictEqual(server.operations(), operations)
      }
    })
  )

  it.effect("says whether somebody asked it to stop", () =>
    Effect.gen(function* () {
      for (const [stopped, reason] of [
        [true, Option.some("Killed")],
        [false, Option.none()],
        [null, Option.none()]
      ] as const) {
        const server = inProject({ run: () => ({ stopped }) })
        assert.deepStrictEqual(yield* gives(server, (api) => api.stopRequested({ sweep, run })), reason)
      }
      const asked = inProject({ run: ({ name }: { readonly name: string }) => ({ stopped: name === "b" }) })
      const runs = ["a", "b", "c"].map((id) => RunId.make(id))
      assert.deepStrictEqual(
        yield* gives(asked, (api) => api.stopRequests({ sweep, runs })),
        new Map([[RunId.make("b"), "Killed" as const]])
      )
    })
  )

  it.effect("that isn't there fails what is asked of it with status 404", () =>
    Effect.gen(function* () {
      const server = inProject({ run: () => null })
      const report: RunReport = { attempt: 1, state: "running", exitCode: undefined, summary: new Map() }
      for (const call of [
        (api: SweepApi["Type"]) => api.requeueRun({ sweep, run, attempt: 2 }),
        (api: SweepApi["Type"]) => api.stopRequested({ sweep, run }),
        (api: SweepApi["Type"]) => api.reportRun({ sweep, run, report })
      ]) {
        const error = yield* fails(server, (api) => Effect.asVoid(call(api)))
        assert.deepStrictEqual([error.status, error.retryable], [404, false])
      }
    })
  )

  const ends: ReadonlyArray<readonly [RunReport["state"], number | undefined, string]> = [
    ["running", undefined, "{}"],
    ["preempting", undefined, '{"preempting":true}'],
    ["preempted", undefined, '{"preempting":true,"complete":true,"exitcode":1}'],
    ["finished", 0, '{"complete":true,"exitcode":0}'],
    ["failed", 3, '{"complete":true,"exitcode":3}'],
    ["crashed", undefined, '{"complete":true,"exitcode":1}'],
    ["killed", undefined, '{"complete":true,"exitcode":255}']
  ]
  for (const [state, exitCode, body] of ends) {
    it.effect(`that is reported as ${state} is told as its own client would`, () =>
      Effect.gen(function* () {
        const server = inProject({ run: () => ({ state: "running" }) })
        const report = { attempt: 1, state, exitCode, summary: new Map() }
        yield* gives(server, (api) => api.reportRun({ sweep, run, report }))
        const call = server.calls.at(-1)
        assert.strictEqual(call?.url, "https://wandb.example/files/ent/proj/b7d2m4zz/file_stream")
        assert.strictEqual(call?.body, body)
      })
    )
  }

  it.effect("that has ended by its own word is not reported again", () =>
    Effect.gen(function* () {
      const server = inProject({ run: () => ({ state: "finished" }) })
      const report: RunReport = { attempt: 1, state: "failed", exitCode: 1, summary: new Map([["loss", 1]]) }
      yield* gives(server, (api) => api.reportRun({ sweep, run, report }))
      assert.deepStrictEqual(server.operations(), ["RunState"])
    })
  )
})

describe("a job", () => {
  const name = "ent/proj/job-fit:v4"
  const membership = (type: string) => ({ id: "X", artifact: { id: "X", artifactType: { name: type } } })

  it.effect("is found by its full name", () =>
    Effect.gen(function* () {
      const server = inProject({ artifactCollectionMembership: () => membership("job") })
      assert.deepStrictEqual(yield* gives(server, (api) => api.job(name)), Option.some(name))
      assert.deepStrictEqual(server.calls[0]?.variables, { entity: "ent", project: "proj", name: "job-fit:v4" })
    })
  )

  it.effect("is none where nothing, or an artifact of another type, has its name", () =>
    Effect.gen(function* () {
      for (const found of [null, membership("model"), { id: "X", artifact: null }]) {
        const server = inProject({ artifactCollectionMembership: () => found })
        assert.deepStrictEqual(yield* gives(server, (api) => api.job(name)), Option.none())
      }
      assert.deepStrictEqual(yield* gives(inProject(null), (api) => api.job(name)), Option.none())
    })
  )

  it.effect("is none without being asked for where its name can't be one", () =>
    Effect.gen(function* () {
      const server = FakeServer.make(() => "silence")
      for (const bad of ["job-fit:v4", "proj/job-fit:v4", "a/b/c/d:v1", "ent/proj/job-fit", ""]) {
        assert.deepStrictEqual(yield* gives(server, (api) => api.job(bad)), Option.none())
      }
      assert.strictEqual(server.calls.length, 0)
    })
  )
})
