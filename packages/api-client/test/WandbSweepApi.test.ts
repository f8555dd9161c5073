import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Option } from "effect"
import { RunId } from "@sweepline/core/RunId"
import type { SweepApi } from "@sweepline/core/SweepApi"
import { SweepId } from "@sweepline/core/SweepId"
import type { SweepState } from "@sweepline/core/SweepState"
import * as FakeServer from "./FakeServer.js"
import { fails, gives, inProject, sweep } from "./sweepApi.js"

describe("a sweep", () => {
  const config = "method: grid\nname: mine\nparameters:\n  lr:\n    values: [0.1, 1]\n"

  it.effect("is read with its config as it is there", () =>
    Effect.gen(function* () {
      const stored = { id: "X", name: sweep, state: "RUNNING", config, createdAt: "2024-01-02T03:04:05" }
      const server = inProject({ sweep: () => stored })
      assert.deepStrictEqual(yield* gives(server, (api) => api.sweep(sweep)), {
        id: sweep,
        name: "mine",
        state: Option.some("RUNNING"),
        config,
        seed: 0,
        createdAt: Date.UTC(2024, 0, 2, 3, 4, 5)
      })
    })
  )

  it.effect("is what it says now, whatever was read before", () =>
    Effect.gen(function* () {
      let stored = { id: "X", name: sweep, state: "RUNNING", config }
      const server = inProject({ sweep: () => stored })
      const names = yield* gives(server, (api) =>
        Effect.gen(function* () {
          const before = yield* api.sweep(sweep)
          stored = { ...stored, config: config.replace("mine", "yours") }
          return [before.name, (yield* api.sweep(sweep)).name]
        })
      )
      assert.deepStrictEqual(names, ["mine", "yours"])
    })
  )

  it.effect("that isn't there is not found, with the project that was looked in", () =>
    Effect.gen(function* () {
      for (const project of [null, { sweep: () => null }]) {
        for (const call of [
          (api: SweepApi["Type"]) => api.sweep(sweep),
          (api: SweepApi["Type"]) => api.runs(sweep),
          (api: SweepApi["Type"]) => api.setSweepState(sweep, "PAUSED")
        ]) {
          const error = yield* fails<unknown, { readonly _tag: string; readonly message: string }>(
            inProject(project),
            call
          )
          assert.strictEqual(error._tag, "SweepNotFoundError")
          assert.strictEqual(error.message, 'There is no sweep "k3p9x0qa". It was looked for in ent/proj.')
        }
        const error = yield* fails(inProject(project), (api) => api.sweepState(sweep))
        assert.strictEqual(error._tag, "SweepNotFoundError")
      }
    })
  )

  it.effect("is read again where an answer is garbled, for those who ask only once", () =>
    Effect.gen(function* () {
      const stored = { id: "X", name: sweep, state: "RUNNING", config }
      const server = FakeServer.make(
        FakeServer.either(
          ({ at }) => (at === 0 ? { body: "<html>" } : undefined),
          FakeServer.graph({ query: { project: () => ({ sweep: () => stored }) } })
        )
      )
      assert.strictEqual((yield* gives(server, (api) => api.sweep(sweep))).id, sweep)
    })
  )

  it.effect("lists its runs with their parameters, summaries and states", () =>
    Effect.gen(function* () {
      const node = (name: string, options: object) => ({ node: { name, state: "finished", ...options } })
      const stored = {
        config,
        runs: {
          edges: [
            node("a", {
              config: '{"lr": {"value": 1}, "host": {"value": "h"}, "_wandb": {"value": {}}}',
              summaryMetrics: '{"loss": 0.5}',
              exitcode: 0,
              createdAt: "2024-01-02T03:04:05Z"
            }),
            node("b", { state: "odd", config: null, summaryMetrics: null, stopped: true }),
            node("c", { state: null, config: "{}", summaryMetrics: "" }),
            node("d", { state: "killed", config: "{}", summaryMetrics: "{}" })
          ]
        },
        id: "X",
        name: sweep,
        state: "RUNNING"
      }
      const runs = yield* gives(inProject({ sweep: () => stored }), (api) => api.runs(sweep))
      const rest = { attempt: 1, startedAt: undefined, endedAt: undefined }
      assert.deepStrictEqual(runs, [
        {
          ...rest,
          id: RunId.make("a"),
          name: "a",
          state: "finished",
          trial: new Map([["lr", 1n]]),
          summary: new Map([["loss", 0.5]]),
          exitCode: 0,
          createdAt: Date.UTC(2024, 0, 2, 3, 4, 5),
          stop: undefined
        },
        {
          ...rest,
          id: RunId.make("b"),
          name: "b",
          state: "unknown",
          trial: new Map(),
          summary: new Map(),
          exitCode: undefined,
          createdAt: 0,
          stop: "Killed"
        },
        {
          ...rest,
          id: RunId.make("c"),
          name: "c",
          state: "unknown",
          trial: new Map(),
          summary: new Map(),
          exitCode: undefined,
          createdAt: 0,
          stop: undefined
        },
        {
          ...rest,
          id: RunId.make("d"),
          name: "d",
          state: "killed",
          trial: new Map(),
          summary: new Map(),
          exitCode: undefined,
          createdAt: 0,
          stop: undefined
        }
      ])
    })
  )

  it.effect("is among all of its project, newest first, however many pages they are", () =>
    Effect.gen(function* () {
      const page = ({ after }: { readonly after: string | null }) => ({
        edges: (after === null ? ["a", "b"] : ["c"]).map((name, n) => ({
          node: { id: "X", name, state: "RUNNING", config: "", createdAt: `2024-01-0${after === null ? n + 1 : 3}` }
        })),
        pageInfo: { endCursor: after === null ? "2" : null, hasNextPage: after === null }
      })
      const server = inProject({ sweeps: page })
      const sweeps = yield* gives(server, (api) => api.sweeps)
      assert.deepStrictEqual(
        sweeps.map(({ id }) => id),
        ["c", "b", "a"].map((id) => SweepId.make(id))
      )
      assert.strictEqual(server.calls.length, 2)
    })
  )
})

describe("the state of a sweep", () => {
  /** B67, and whether the server is asked to write. */
  const cases: ReadonlyArray<readonly [string | null, SweepState, boolean, boolean]> = [
    ["RUNNING", "PAUSED", true, true],
    ["running", "PAUSED", true, true],
    ["PAUSED", "PAUSED", true, false],
    ["PENDING", "PAUSED", false, false],
    ["PENDING", "CANCELED", true, true],
    ["PENDING", "RUNNING", true, true],
    ["PAUSED", "RUNNING", true, true],
    ["PAUSED", "FINISHED", true, true],
    ["RUNNING", "FINISHED", true, true],
    ["RUNNING", "CANCELED", true, true],
    ["FINISHED", "CANCELED", false, false],
    ["CANCELLED", "FINISHED", false, false],
    ["CANCELLED", "CANCELED", true, false],
    ["FINISHED", "RUNNING", false, false],
    ["CRASHED", "CANCELED", false, false],
    [null, "CANCELED", false, false]
  ]
  for (const [from, to, answer, written] of cases) {
    it.effect(`${answer ? "becomes" : "does not become"} ${to} from ${from ?? "nothing"}`, () =>
      Effect.gen(function* () {
        const server = inProject(
          { sweep: () => ({ id: "U3dlZXA=", state: from }) },
          { upsertSweep: () => ({ sweep: { name: sweep } }) }
        )
        assert.strictEqual(yield* gives(server, (api) => api.setSweepState(sweep, to)), answer)
        const write = server.calls.find(({ operation }) => operation === "UpsertSweep")
        assert.deepStrictEqual(
          write?.variables,
          written ? { id: "U3dlZXA=", state: to, entityName: "ent", projectName: "proj" } : undefined
        )
      })
    )
  }
})

describe("creating a sweep", () => {
  const text = "name: s\nmethod: random\nparameters:\n  lr: {min: 0.0, max: 1.0}\n  n: {min: 1, max: 9}\n"
  const created = { upsertSweep: { sweep: { name: "new00000" }, configValidationWarnings: [] } }

  it.effect("sends its config as W&B's clients do, with the distributions that they fill in", () =>
    Effect.gen(function* () {
      const server = FakeServer.make(() => ({ body: { data: created } }))
      const id = yield* gives(server, (api) => api.createSweep({ config: text, name: "mine", seed: 1 }))
      assert.strictEqual(id, SweepId.make("new00000"))
      assert.deepStrictEqual(server.calls[0]?.variables, {
        config:
          "method: random\nname: s\nparameters:\n  lr:\n    distribution: uniform\n    max: 1.0\n    min: 0.0\n" +
          "  'n':\n    distribution: int_uniform\n    max: 9\n    min: 1\n",
        controller: null,
        description: null,
        displayName: "mine",
        entityName: "ent",
        id: null,
        launchScheduler: null,
        priorRunsFilters: null,
        projectName: "proj",
        scheduler: null,
        templateVariableValues: "null"
      })
    })
  )

  it.effect("goes back to what older servers take, form by form", () =>
    Effect.gen(function* () {
      const server = FakeServer.make(({ document }) =>
        document.includes("entity {") || document.includes("configValidationWarnings")
          ? { status: 400, body: { errors: [{ message: "Unknown argument" }] } }
          : { body: { data: created } }
      )
      yield* gives(server, (api) => api.createSweep({ config: text, name: "mine", seed: 1 }))
      const has = (part: string) => server.calls.map(({ document }) => document.includes(part))
      assert.deepStrictEqual(has("$templateVariableValues"), [true, false, false, false, false])
      assert.deepStrictEqual(has("$launchScheduler"), [true, true, false, false, false])
      assert.deepStrictEqual(has("configValidationWarnings"), [true, true, true, false, false])
      assert.deepStrictEqual(has("project {"), [true, true, true, true, false])
      assert.strictEqual(new Set(server.calls.map(({ variables }) => JSON.stringify(variables))).size, 1)
    })
  )

  it.effect("gives up at once where the key isn't accepted", () =>
    Effect.gen(function* () {
      const server = FakeServer.make(() => ({ status: 401, body: "" }))
      const error = yield* fails(server, (api) => api.createSweep({ config: text, name: "mine", seed: 1 }))
      assert.strictEqual(error.status, 401)
      assert.strictEqual(server.calls.length, 1)
    })
  )

  it.effect("refuses a config that can't be one, and bounds of two kinds, without asking", () =>
    Effect.gen(function* () {
      const server = FakeServer.make(() => "silence")
      for (const config of ["method: [", "method: random\nparameters:\n  lr: {min: 0, max: 1.5}\n"]) {
        const error = yield* fails(server, (api) => api.createSweep({ config, name: "mine", seed: 1 }))
        assert.isFalse(error.retryable)
      }
      assert.strictEqual(server.calls.length, 0)
    })
  )
})

describe("registering a worker", () => {
  it.effect("answers the agent's id", () =>
    Effect.gen(function* () {
      const server = FakeServer.make(() => ({ body: { data: { createAgent: { agent: { id: "QWdlbnQ=" } } } } }))
      assert.strictEqual(yield* gives(server, (api) => api.registerAgent({ sweep, host: "h-0" })), "QWdlbnQ=")
      assert.deepStrictEqual(server.calls[0]?.variables, {
        host: "h-0",
        projectName: "proj",
        entityName: "ent",
        sweep: "k3p9x0qa"
      })
    })
  )

  describe("together with others", () => {
    const hosts = Array.from({ length: 251 }, (_, n) => `h-${n}`)
    const registering = (api: SweepApi["Type"], some: ReadonlyArray<string> = hosts.slice(0, 3)) =>
      Effect.forEach(some, (host) => Effect.either(api.registerAgent({ sweep, host })), { concurrency: "unbounded" })
    interface Registration {
      readonly input: { readonly host: string }
    }
    const createAgent = ({ input }: Registration) => {
      if (input.host === "h-7") throw new Error("busy")
      return { agent: { id: `agent of ${input.host}` } }
    }

    it.effect("takes one request for 250, and one that fails in it is registered by itself", () =>
      Effect.gen(function* () {
        const alone: FakeServer.Outcome = { body: { data: { createAgent: { agent: { id: "agent of h-7" } } } } }
        const server = FakeServer.make(
          FakeServer.either(
            ({ variables }) => (variables["host"] === "h-7" ? alone : undefined),
            FakeServer.graph({ mutation: { createAgent } })
          )
        )
        assert.deepStrictEqual(
          (yield* gives(server, (api) => registering(api, hosts))).map(Either.getOrThrow),
          hosts.map((host) => `agent of ${host}`)
        )
        assert.deepStrictEqual(server.operations().toSorted(), ["CreateAgent", "CreateAgent", "CreateAgents"])
      })
    )

    it.effect("goes one by one to a server that refuses several at once", () =>
      Effect.gen(function* () {
        const server = FakeServer.make(({ operation }) =>
          operation === "CreateAgents"
            ? { status: 404, body: "" }
            : { body: { data: { createAgent: { agent: { id: "a" } } } } }
        )
        assert.isTrue((yield* gives(server, (api) => registering(api))).every(Either.isRight))
        assert.strictEqual(server.operations().filter((it) => it === "CreateAgent").length, 3)
      })
    )

    it.effect("is refused for a sweep that has ended, each in the server's words", () =>
      Effect.gen(function* () {
        const message = "Sweep k3p9x0qa is not running"
        const server = FakeServer.make(({ operation }) =>
          operation === "CreateAgents"
            ? { body: { data: null, errors: [{ message }] } }
            : { status: 400, body: { errors: [{ message }] } }
        )
        for (const answer of yield* gives(server, (api) => registering(api))) {
          assert.include(Either.getOrThrow(Either.flip(answer)).message, message)
        }
      })
    )
  })

  it.effect("is refused for a sweep that has ended, in the server's words", () =>
    Effect.gen(function* () {
      const message = "Sweep k3p9x0qa is not running"
      const server = FakeServer.make(() => ({ status: 400, body: { errors: [{ message }] } }))
      const error = yield* fails(server, (api) => api.registerAgent({ sweep, host: "h" }))
      assert.include(error.message, message)
      assert.strictEqual(server.calls.length, 1)
    })
  )

  it.effect("doesn't fail for an answer that is garbled, or errors that pass", () =>
    Effect.gen(function* () {
      const agent: FakeServer.Outcome = { body: { data: { createAgent: { agent: { id: "a" } } } } }
      const noise: FakeServer.Outcome = { body: { errors: [{ message: "busy" }] } }
      const server = FakeServer.make(FakeServer.scripted(noise, { body: "[]" }, { body: { data: {} } }, agent))
      assert.strictEqual(yield* gives(server, (api) => api.registerAgent({ sweep, host: "h" })), "a")
      const never = FakeServer.make(() => noise)
      assert.strictEqual((yield* fails(never, (api) => api.registerAgent({ sweep, host: "h" })))._tag, "CommError")
      assert.strictEqual(never.calls.length, 4)
    })
  )

  it.effect("finds no sweep where the server says 404", () =>
    Effect.gen(function* () {
      const server = FakeServer.make(() => ({ status: 404, body: "" }))
      const error = yield* fails(server, (api) => api.registerAgent({ sweep, host: "h" }))
      assert.strictEqual(error._tag, "SweepNotFoundError")
    })
  )
})
