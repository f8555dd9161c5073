import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Fiber, TestClock } from "effect"
import { AgentCommand } from "@sweepline/core/AgentCommand"
import { AgentId } from "@sweepline/core/AgentId"
import { RunId } from "@sweepline/core/RunId"
import { SweepId } from "@sweepline/core/SweepId"
import * as Heartbeats from "../src/Heartbeats.js"
import { WandbClient } from "../src/WandbClient.js"
import * as FakeServer from "./FakeServer.js"

const sweep = SweepId.make("k3p9x0qa")
const run = RunId.make("aaaa1111")

/** The heartbeats of some workers in one pass; every second has a run. */
const pass = (workers: number) =>
  Effect.flatMap(WandbClient, (client) => {
    const beat = Heartbeats.make(client)
    return Effect.forEach(
      Array.from({ length: workers }, (_, n) => n),
      (n) =>
        Effect.either(
          beat({
            sweep,
            agent: AgentId.make(`agent${n}`),
            runs: new Map(n % 2 === 0 ? [] : [[RunId.make(`run${n}`), true]])
          })
        ),
      { batching: true }
    )
  })

interface Beat {
  readonly input: { readonly id: string; readonly metrics: string; readonly runState: string }
}

/** A server that answers each agent's heartbeat with a list of commands, or throws. */
const answering = (commands: (id: string, runState: string) => unknown, seen: Array<Beat["input"]> = []) =>
  FakeServer.make(
    FakeServer.graph({
      mutation: {
        agentHeartbeat: ({ input }: Beat) => {
          seen.push(input)
          const answer = commands(input.id, input.runState)
          return { agent: { id: input.id }, commands: typeof answer === "string" ? answer : JSON.stringify(answer) }
        }
      }
    })
  )

const after = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(effect)
    yield* TestClock.adjust("5 minutes")
    return yield* Fiber.join(fiber)
  })

/** What one agent is told. */
const told = (text: string) =>
  Effect.gen(function* () {
    const [answer] = yield* Effect.provide(pass(1), FakeServer.client(answering(() => text)))
    return answer ?? Either.right([])
  })

describe("heartbeats", () => {
  for (const [workers, requests] of [
    [1, 1],
    [8, 1],
    [64, 1],
    [250, 1],
    [251, 2],
    [1000, 4]
  ] as const) {
    it.effect(`of ${workers} workers are ${requests} requests, and each gets its own answer`, () =>
      Effect.gen(function* () {
        const seen: Array<Beat["input"]> = []
        const server = answering((id) => [{ type: "run", run_id: `for-${id}`, args: { n: { value: 1 } } }], seen)
        const answers = yield* Effect.provide(pass(workers), FakeServer.client(server))
        assert.strictEqual(server.calls.length, requests)
        assert.deepStrictEqual(
          answers.map((answer) => Either.getOrThrow(answer).map((it) => (it._tag === "Run" ? it.run : ""))),
          Array.from({ length: workers }, (_, n) => [`for-agent${n}`])
        )
        assert.deepStrictEqual(new Set(seen.map(({ metrics }) => metrics)), new Set(["{}"]))
        assert.deepStrictEqual(
          seen.slice(0, 2).map(({ runState }) => runState),
          ["{}", '{"run1": true}'].slice(0, workers)
        )
      })
    )
  }

  it.effect("may take a minute, and are sent again in that time", () =>
    Effect.gen(function* () {
      const server = FakeServer.make(() => ({ status: 500, body: "" }))
      const answers = yield* after(Effect.provide(pass(2), FakeServer.client(server)))
      assert.deepStrictEqual(
        answers.map((answer) => Either.getOrThrow(Either.flip(answer))._tag),
        ["CommError", "CommError"]
      )
      assert.strictEqual(server.calls.length, 5)
    })
  )

  it.effect("of agents that are gone fail as a lost sweep, and only those", () =>
    Effect.gen(function* () {
      const gone = new Set(["agent1"])
      const server = FakeServer.make(
        FakeServer.either(
          ({ operation, variables }) =>
            operation === "Heartbeat" && gone.has(String(variables["id"])) ? { status: 404, body: "" } : undefined,
          answering404(gone)
        )
      )
      const answers = yield* Effect.provide(pass(3), FakeServer.client(server))
      assert.deepStrictEqual(
        answers.map((answer) => Either.match(answer, { onLeft: ({ _tag }) => _tag, onRight: () => "fine" })),
        ["fine", "SweepNotFoundError", "fine"]
      )
      assert.deepStrictEqual(server.operations(), ["Heartbeats", "Heartbeat"])
    })
  )

  it.effect("of a server that refuses several at once go one by one, from then on", () =>
    Effect.gen(function* () {
      const server = FakeServer.make(
        FakeServer.either(
          ({ operation }) => (operation === "Heartbeats" ? { status: 404, body: "" } : undefined),
          answering404(new Set())
        )
      )
      const client = yield* Effect.provide(WandbClient, FakeServer.client(server))
      const beat = Heartbeats.make(client)
      const round = Effect.forEach(
        ["a", "b", "c"],
        (id) => Effect.either(beat({ sweep, agent: AgentId.make(id), runs: new Map() })),
        { batching: true }
      )
      assert.isTrue((yield* round).every(Either.isRight))
      assert.isTrue((yield* round).every(Either.isRight))
      assert.deepStrictEqual(server.operations(), ["Heartbeats", ...Array.from({ length: 6 }, () => "Heartbeat")])
    })
  )

  it.effect("that are refused with errors in status 200 say nothing of the sweep", () =>
    Effect.gen(function* () {
      const server = FakeServer.make(() => ({ body: { errors: [{ message: "sweep not found" }] } }))
      const answers = yield* Effect.provide(pass(1), FakeServer.client(server))
      assert.deepStrictEqual(
        answers.map((answer) => Either.getOrThrow(Either.flip(answer))._tag),
        ["CommError"]
      )
    })
  )
})

describe("a heartbeat's commands", () => {
  const cases: ReadonlyArray<readonly [string, ReadonlyArray<AgentCommand>]> = [
    ["[]", []],
    ["null", []],
    ["", []],
    ['[{"type": "exit"}]', [AgentCommand.Exit()]],
    ['[{"type": "stop"}]', [AgentCommand.Exit()]],
    ['[{"type": "stop", "run_id": "aaaa1111"}]', [AgentCommand.StopRun({ run })]],
    [
      '[{"type": "run", "run_id": "aaaa1111", "args": {"a": {"value": 1}, "b": {"value": 1.0}}, "program": "t.py"}]',
      [
        AgentCommand.Run({
          run,
          trial: new Map<string, number | bigint>([
            ["a", 1n],
            ["b", 1]
          ])
        })
      ]
    ],
    ['[{"type": "run", "run_id": "aaaa1111"}]', [AgentCommand.Run({ run, trial: new Map() })]],
    [
      '[{"type": "resume", "run_id": "aaaa1111", "args": {}}, {"type": "exit"}]',
      [AgentCommand.Resume({ run, trial: new Map(), attempt: undefined }), AgentCommand.Exit()]
    ],
    ['[{"type": "dance", "n": 1}]', [AgentCommand.Unknown({ text: "{'type': 'dance', 'n': 1}" })]],
    ['[{"type": "run", "args": {}}]', [AgentCommand.Unknown({ text: "{'type': 'run', 'args': {}}" })]],
    ['[{"type": "resume", "run_id": ""}]', [AgentCommand.Unknown({ text: "{'type': 'resume', 'run_id': ''}" })]],
    ['["run"]', [AgentCommand.Unknown({ text: "'run'" })]]
  ]
  for (const [text, commands] of cases) {
    it.effect(`are understood in ${text === "" ? "an empty text" : text}`, () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* told(text), Either.right(commands))
      })
    )
  }

  it.effect("are none where the field is missing", () =>
    Effect.gen(function* () {
      const server = FakeServer.make(() => ({ body: { data: { agentHeartbeat: { agent: { id: "a" } } } } }))
      assert.deepStrictEqual(yield* Effect.provide(pass(1), FakeServer.client(server)), [Either.right([])])
    })
  )

  for (const text of ["{", "5", '{"type": "exit"}']) {
    it.effect(`fail the heartbeat where they read ${text}`, () =>
      Effect.gen(function* () {
        assert.strictEqual(Either.getOrThrow(Either.flip(yield* told(text)))._tag, "CommError")
      })
    )
  }

  it.effect("fail the sweep where a parameter has no value", () =>
    Effect.gen(function* () {
      const answer = yield* told('[{"type": "run", "run_id": "a", "args": {"lr": {}}}]')
      assert.strictEqual(Either.getOrThrow(Either.flip(answer))._tag, "SchedulerError")
    })
  )
})

// fixtures

/** Answers heartbeats with nothing to do; those of agents that are gone fail in their place. */
const answering404 = (gone: ReadonlySet<string>): FakeServer.Handler =>
  FakeServer.graph({
    mutation: {
      agentHeartbeat: ({ input }: Beat) => {
        if (gone.has(input.id)) throw new Error("agent not found")
        return { agent: { id: input.id }, commands: "[]" }
      }
    }
  })
