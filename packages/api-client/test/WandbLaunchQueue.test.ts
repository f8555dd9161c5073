import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Fiber, HashMap, Layer, Logger, LogLevel, Option, TestClock } from "effect"
import { LaunchQueue } from "@sweepline/core/LaunchQueue"
import type { LaunchRequest } from "@sweepline/core/LaunchRequest"
import { QueueItemId } from "@sweepline/core/QueueItemId"
import { RunId } from "@sweepline/core/RunId"
import * as RunKey from "@sweepline/core/RunKey"
import { SweepId } from "@sweepline/core/SweepId"
import * as WandbLaunchQueue from "../src/WandbLaunchQueue.js"
import * as FakeServer from "./FakeServer.js"
import { FakeQueue } from "./FakeQueue.js"

describe("a push", () => {
  it.effect("carries the spec, the priority and the template variables, and answers the item", () =>
    Effect.gen(function* () {
      const queue = new FakeQueue()
      const launch = new Map([["template_variables", new Map([["cpu", 2n]])]])
      const item = yield* gives(queue.server(), (it) => it.push(request("a", { launch, priority: 0 })))
      assert.strictEqual(item, QueueItemId.make("item1"))
      const [push] = queue.pushes
      assert.deepStrictEqual(Object.keys(push ?? {}), [
        "entityName",
        "priority",
        "projectName",
        "queueName",
        "runSpec",
        "templateVariableValues"
      ])
      assert.deepStrictEqual(
        [push?.["entityName"], push?.["projectName"], push?.["queueName"], push?.["priority"]],
        ["ent", "model-registry", "q", 0]
      )
      assert.strictEqual(push?.["templateVariableValues"], '{"cpu": 2}')
      assert.include(String(push?.["runSpec"]), '"run_id": "a"')
    })
  )

  it.effect("declares nothing that isn't given", () =>
    Effect.gen(function* () {
      const queue = new FakeQueue()
      const server = queue.server()
      yield* gives(server, (it) => it.push(request("a")))
      assert.notInclude(server.calls[0]?.document ?? "", "templateVariableValues")
    })
  )

  it.effect("that can't be a spec is never sent", () =>
    Effect.gen(function* () {
      const queue = new FakeQueue()
      const error = yield* fails(queue.server(), (it) => it.push(request("a", { executable: { kind: "program" } })))
      assert.strictEqual(error._tag === "LaunchError" && error.reason, "InvalidSpec")
      assert.strictEqual(queue.pushes.length, 0)
    })
  )
})

describe("pushes that begin together", () => {
  const names = Array.from({ length: 12 }, (_, n) => `r${n}`)
  const all = (it: LaunchQueue["Type"]) =>
    Effect.forEach(names, (name) => it.push(request(name)), { concurrency: "unbounded" })

  it.effect("share requests, ten in each, and each is answered its own item", () =>
    Effect.gen(function* () {
      const queue = new FakeQueue()
      const server = queue.server()
      const items = yield* gives(server, all)
      // Before the very first one, one look at the queue, for all.
      assert.deepStrictEqual(server.operations(), ["GetRunQueueItem", "pushToRunQueueByName", "pushToRunQueueByName"])
      const pushed = queue.pushes.map(({ runSpec }) => /"run_id": "(\w+)"/.exec(String(runSpec))?.[1])
      assert.deepStrictEqual(
        items,
        names.map((name) => QueueItemId.make(`item${pushed.indexOf(name) + 1}`))
      )
    })
  )

  it.effect("go one by one to a server that refuses several in one request", () =>
    Effect.gen(function* () {
      const queue = new FakeQueue()
      for (const name of names) queue.run(name)
      const server = queue.server((call) =>
        "runSpec0" in call.variables ? { status: 400, body: { errors: [{ message: "one at a time" }] } } : undefined
      )
      const logs: Array<unknown> = []
      const logger = Logger.make<unknown, void>(({ annotations, logLevel, message }) => {
        const detail = HashMap.get(annotations, "detail")
        if (logLevel === LogLevel.Debug && Option.isSome(detail)) logs.push([message, detail.value])
      })
      yield* gives(server, all).pipe(
        Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
        Logger.withMinimumLogLevel(LogLevel.Debug)
      )
      assert.strictEqual(queue.pushes.length, names.length)
      // Both requests were under way before the first answer.
      assert.strictEqual(server.calls.filter(({ variables }) => "runSpec0" in variables).length, 2)
      const message = "The server refuses several pushes in one request: they are made one by one"
      assert.deepStrictEqual(logs, [[[message], "one at a time"]])
    })
  )

  it.effect("are lost together, and none is made twice", () =>
    Effect.gen(function* () {
      for (const effected of ["before", "after"] as const) {
        const queue = new FakeQueue()
        queue.loseAnswers(10, { broken: "ECONNRESET" }, effected)
        const items = yield* gives(queue.server(), all, queue.claims("7 seconds"))
        assert.strictEqual(new Set(items).size, names.length)
        assert.strictEqual(queue.pushes.length, names.length)
      }
    })
  )
})

describe("a push to an older server", () => {
  const refusing = (...fields: ReadonlyArray<string>): ((call: FakeServer.Call) => FakeServer.Outcome | undefined) => {
    const message = `Cannot query field "${fields[0]}" on type "${fields[1]}".`
    return ({ document }) =>
      new RegExp(`\\b${fields[2] ?? fields[0]}\\b`).test(document)
        ? { status: 400, body: { errors: [{ message }] } }
        : undefined
  }
  const noNames = refusing("pushToRunQueueByName", "Mutation")
  const queues = (...names: ReadonlyArray<readonly [string, string]>) =>
    names.map(([name, access], n) => ({ id: `Q${n}`, name, access, createdBy: "someone" }))

  it.effect("whose answer has no spec doesn't ask for it", () =>
    Effect.gen(function* () {
      const queue = new FakeQueue()
      const server = queue.server(refusing("runSpec", "PushToRunQueueByNamePayload", "runQueueItemId\\s+runSpec"))
      assert.strictEqual(yield* gives(server, (it) => it.push(request("a"))), QueueItemId.make("item1"))
      assert.deepStrictEqual(server.operations().slice(1), ["pushToRunQueueByName", "pushToRunQueueByName"])
      assert.deepStrictEqual(Object.keys(queue.pushes[0] ?? {}), ["entityName", "projectName", "queueName", "runSpec"])
    })
  )

  it.effect("that knows no priorities goes without one, if none was asked for", () =>
    Effect.gen(function* () {
      const queue = new FakeQueue()
      const message = 'Field "priority" is not defined by type "PushToRunQueueByNameInput".'
      const server = queue.server(({ document }) =>
        document.includes("$priority") ? { status: 400, body: { errors: [{ message }] } } : undefined
      )
      assert.strictEqual(yield* gives(server, (it) => it.push(request("a"))), QueueItemId.make("item1"))
      const error = yield* fails(server, (it) => it.push(request("b", { priority: 0 })))
      assert.include(error.message, "knows no priorities")
      assert.strictEqual(queue.pushes.length, 1)
    })
  )

  it.effect("that knows no names goes by the id of the queue", () =>
    Effect.gen(function* () {
      const queue = new FakeQueue()
      queue.queues = queues(["other", "PROJECT"], ["q", "PROJECT"], ["q", "NONE"])
      const server = queue.server(noNames)
      assert.strictEqual(yield* gives(server, (it) => it.push(request("a"))), QueueItemId.make("item1"))
      assert.strictEqual(queue.pushes[0]?.["queueID"], "Q1")
    })
  )

  it.effect("makes the default queue where there is none, and no other", () =>
    Effect.gen(function* () {
      const queue = new FakeQueue()
      const server = queue.server(noNames)
      yield* gives(server, (it) => it.push(request("a", { queue: "default" })))
      assert.strictEqual(queue.pushes[0]?.["queueID"], "new")
      const error = yield* fails(server, (it) => it.push(request("a")))
      assert.strictEqual(error._tag === "LaunchError" && error.reason, "QueueNotFound")
      assert.include(error.message, 'there is no queue "q" in ent/model-registry')
    })
  )

  it.effect("is refused where two queues have the name", () =>
    Effect.gen(function* () {
      const queue = new FakeQueue()
      queue.queues = queues(["q", "PROJECT"], ["q", "USER"])
      const error = yield* fails(queue.server(noNames), (it) => it.push(request("a")))
      assert.include(error.message, 'there are 2 queues named "q"')
      assert.strictEqual(queue.pushes.length, 0)
    })
  )
})

const lost: ReadonlyArray<readonly [string, FakeServer.Outcome]> = [
  ["a cut connection", { broken: "ECONNRESET" }],
  ["silence", "silence"],
  ["status 500", { status: 500, body: "" }],
  ["status 502", { status: 502, body: "<html>" }],
  ["status 429", { status: 429, headers: { "retry-after": "5" }, body: "" }],
  ["no JSON", { body: "<html>" }],
  ["JSON of another shape", { body: { data: { pushToRunQueueByName: 5 } } }],
  ["an empty answer", { body: { data: { pushToRunQueueByName: null } } }],
  ["errors in status 200", { body: { errors: [{ message: "internal" }] } }]
]

describe("a push whose answer is lost", () => {
  for (const [name, outcome] of lost) {
    it.effect(`by ${name} is not made again if it happened`, () =>
      Effect.gen(function* () {
        const queue = new FakeQueue()
        queue.loseAnswers(1, outcome, "after")
        const server = queue.server()
        const item = yield* gives(server, (it) => it.push(request("a")), queue.claims("10 seconds"))
        assert.strictEqual(item, QueueItemId.make("item1"))
        assert.strictEqual(queue.pushes.length, 1)
      })
    )

    it.effect(`by ${name} is made again if it did not happen`, () =>
      Effect.gen(function* () {
        const queue = new FakeQueue()
        queue.loseAnswers(1, outcome, "before")
        const server = queue.server()
        assert.strictEqual(yield* gives(server, (it) => it.push(request("a"))), QueueItemId.make("item1"))
        assert.strictEqual(queue.pushes.length, 1)
        assert.strictEqual(server.operations().filter((it) => it === "pushToRunQueueByName").length, 2)
      })
    )
  }

  it.effect("is uncertain while the queue has a new item that nobody has claimed, and made only once", () =>
    Effect.gen(function* () {
      const queue = new FakeQueue()
      queue.loseAnswers(1, "silence", "before")
      const server = queue.server()
      const meanwhile = Effect.delay(
        Effect.sync(() => queue.foreign("theirs")),
        "10 seconds"
      )
      const error = yield* fails(server, (it) => it.push(request("a")), meanwhile)
      assert.strictEqual(error._tag === "LaunchError" && error.reason, "LaunchUncertain")
      assert.strictEqual(server.operations().filter((it) => it === "pushToRunQueueByName").length, 1)
    })
  )

  it.effect("is uncertain also where the server said no, and an agent launches it all the same later", () =>
    Effect.gen(function* () {
      for (const outcome of [{ status: 429, body: "" }, { body: { errors: [{ message: "internal" }] } }]) {
        const queue = new FakeQueue()
        queue.loseAnswers(1, outcome, "after")
        const error = yield* fails(queue.server(), (it) => it.push(request("a")), queue.claims("1 hour"))
        assert.strictEqual(error._tag === "LaunchError" && error.reason, "LaunchUncertain")
        assert.strictEqual(queue.pushes.length, 1)
      }
    })
  )

  it.effect("isn't waited for longer than it is looked for, whatever the server asks", () =>
    Effect.gen(function* () {
      const queue = new FakeQueue()
      queue.loseAnswers(1, { status: 429, headers: { "retry-after": "999999999" }, body: "" }, "before")
      assert.strictEqual(yield* gives(queue.server(), (it) => it.push(request("a"))), QueueItemId.make("item1"))
    })
  )

  it.effect("is none of the items that were there before it", () =>
    Effect.gen(function* () {
      const queue = new FakeQueue()
      queue.foreign("theirs")
      queue.loseAnswers(1, "silence", "before")
      assert.strictEqual(yield* gives(queue.server(), (it) => it.push(request("a"))), QueueItemId.make("item2"))
      assert.strictEqual(queue.pushes.length, 1)
    })
  )

  it.effect("is certain once the others' items are claimed, or have failed", () =>
    Effect.gen(function* () {
      for (const end of ["CLAIMED", "FAILED"]) {
        const queue = new FakeQueue()
        queue.loseAnswers(1, { status: 503, body: "" }, "before")
        const arriving = Effect.delay(
          Effect.sync(() => queue.foreign("theirs")),
          "1 second"
        )
        const ending = Effect.zipRight(
          arriving,
          Effect.delay(
            Effect.sync(() => queue.settleForeign("theirs", end)),
            "40 seconds"
          )
        )
        const item = yield* gives(queue.server(), (it) => it.push(request("a")), ending)
        assert.strictEqual(item, QueueItemId.make("item2"))
      }
    })
  )

  it.effect("is not confused by the items that are known", () =>
    Effect.gen(function* () {
      const queue = new FakeQueue()
      const server = queue.server()
      const item = yield* gives(server, (it) =>
        Effect.gen(function* () {
          yield* it.push(request("a"))
          queue.loseAnswers(1, { status: 503, body: "" }, "before")
          return yield* it.push(request("b"))
        })
      )
      assert.strictEqual(item, QueueItemId.make("item2"))
    })
  )

  it.effect("is made again by none of several that are lost at once, if they happened", () =>
    Effect.gen(function* () {
      const queue = new FakeQueue()
      queue.loseAnswers(6, { broken: "ECONNRESET" }, "after")
      const names = ["a", "b", "c", "d", "e", "f"]
      const items = yield* gives(
        queue.server(),
        (it) => Effect.forEach(names, (name) => it.push(request(name)), { concurrency: "unbounded" }),
        queue.claims("7 seconds")
      )
      assert.strictEqual(new Set(items).size, 6)
      assert.strictEqual(queue.pushes.length, 6)
    })
  )

  it.effect("is not made again where it takes effect after its sender gave up", () =>
    Effect.gen(function* () {
      const queue = new FakeQueue()
      queue.loseAnswers(1, { broken: "ECONNRESET" }, "late")
      const late = Effect.zipRight(
        Effect.delay(
          Effect.sync(() => queue.arrive()),
          "3 seconds"
        ),
        queue.claims("30 seconds")
      )
      const item = yield* gives(queue.server(), (it) => it.push(request("a")), late)
      assert.strictEqual(item, QueueItemId.make("item1"))
      assert.strictEqual(queue.pushes.length, 1)
    })
  )

  it.effect("is known to have happened by its run, where the item has left the queue already", () =>
    Effect.gen(function* () {
      const queue = new FakeQueue()
      queue.loseAnswers(1, { broken: "ECONNRESET" }, "after")
      const done = Effect.sync(() => queue.finish("a"))
      const server = queue.server()
      const error = yield* fails(server, (it) => it.push(request("a")), Effect.delay(done, "1 seconds"))
      assert.strictEqual(error._tag === "LaunchError" && error.reason, "LaunchUncertain")
      assert.include(error.message, "it was launched")
      assert.strictEqual(queue.pushes.length, 1)
    })
  )

  it.effect("outlives an outage of a minute", () =>
    Effect.gen(function* () {
      for (const when of ["before", "after"] as const) {
        const queue = new FakeQueue()
        queue.loseAnswers(1, { broken: "ECONNRESET" }, when)
        const server = queue.server(({ at, operation }) =>
          at > 0 && at < 60_000 && operation !== "pushToRunQueueByName" ? { broken: "ECONNREFUSED" } : undefined
        )
        const item = yield* gives(server, (it) => it.push(request("a")), queue.claims("70 seconds"))
        assert.strictEqual(item, QueueItemId.make("item1"))
        assert.strictEqual(queue.pushes.length, 1)
      }
    })
  )
})

describe("a push that fails for sure", () => {
  it.effect("is left to the caller where it never reached the server, or the key isn't accepted", () =>
    Effect.gen(function* () {
      for (const outcome of [{ broken: "ECONNREFUSED" }, { status: 401, body: "" }, { status: 403, body: "" }]) {
        const queue = new FakeQueue()
        queue.loseAnswers(9, outcome, "before")
        const server = queue.server()
        const error = yield* fails(server, (it) => it.push(request("a")))
        assert.strictEqual(error._tag, "CommError")
        assert.strictEqual(server.operations().filter((it) => it === "pushToRunQueueByName").length, 1)
      }
    })
  )

  it.effect("is refused in the server's words after four times", () =>
    Effect.gen(function* () {
      const queue = new FakeQueue()
      queue.loseAnswers(9, { body: { errors: [{ message: "template variable cpu is required" }] } }, "before")
      const server = queue.server()
      const error = yield* fails(server, (it) => it.push(request("a")))
      assert.strictEqual(error.message, "Run a could not be launched: template variable cpu is required")
      assert.strictEqual(error._tag === "LaunchError" && error.reason, "Refused")
      assert.strictEqual(server.operations().filter((it) => it === "pushToRunQueueByName").length, 4)
    })
  )

  it.effect("is left to the caller where the server's no may have been one of many failures", () =>
    Effect.gen(function* () {
      const queue = new FakeQueue()
      queue.run("a")
      queue.loseAnswers(9, { body: { errors: [{ message: "internal error" }] } }, "before")
      let pushes = 0
      const server = queue.server(({ operation }) =>
        operation === "pushToRunQueueByName" && pushes++ === 0 ? { status: 502, body: "" } : undefined
      )
      const error = yield* fails(server, (it) => it.push(request("a")))
      assert.strictEqual(error._tag, "CommError")
      assert.strictEqual(pushes, 4)
    })
  )

  it.effect("is refused with a sentence of ours where there is no such queue", () =>
    Effect.gen(function* () {
      const queue = new FakeQueue()
      queue.missing = true
      queue.loseAnswers(9, { status: 404, body: "run queue q not found" }, "before")
      const server = queue.server()
      const error = yield* fails(server, (it) => it.push(request("a")))
      assert.strictEqual(error._tag === "LaunchError" && error.reason, "QueueNotFound")
      assert.include(error.message, 'there is no queue "q" in ent/model-registry')
      assert.strictEqual(server.operations().filter((it) => it === "pushToRunQueueByName").length, 1)
    })
  )

  it.effect("is tried again later by the caller where the server is only busy", () =>
    Effect.gen(function* () {
      const queue = new FakeQueue()
      queue.foreign("theirs")
      queue.loseAnswers(9, { status: 429, body: "" }, "before")
      const error = yield* fails(queue.server(), (it) => it.push(request("a")))
      assert.deepStrictEqual(error._tag === "CommError" && error.status, 429)
    })
  )
})

describe("finding a push of an earlier scheduler", () => {
  const key = RunKey.make(RunId.make("a"), 1)

  it.effect("finds the item that an agent has claimed", () =>
    Effect.gen(function* () {
      const queue = new FakeQueue()
      yield* gives(queue.server(), (it) => it.push(request("a")))
      const found = yield* gives(queue.server(), (it) => it.find(key), queue.claims("20 seconds"))
      assert.deepStrictEqual(found, Option.some(QueueItemId.make("item1")))
    })
  )

  it.effect("finds none where the run waits and the queue holds nothing that could be it", () =>
    Effect.gen(function* () {
      const queue = new FakeQueue()
      queue.run("a")
      assert.deepStrictEqual(yield* gives(queue.server(), (it) => it.find(key)), Option.none())
    })
  )

  it.effect("takes the items that the scheduler looks at for known", () =>
    Effect.gen(function* () {
      const queue = new FakeQueue()
      queue.run("a")
      const found = yield* gives(
        queue.server(),
        (it) =>
          Effect.zipLeft(it.find(key), it.itemState({ id: QueueItemId.make("theirs"), queue: "q" }), {
            concurrent: true
          }),
        Effect.sync(() => queue.foreign("theirs"))
      )
      assert.deepStrictEqual(found, Option.none())
    })
  )

  it.effect("is uncertain where the queue keeps an item that could be it, or the run isn't pending any more", () =>
    Effect.gen(function* () {
      const waiting = new FakeQueue()
      waiting.run("a")
      waiting.foreign("theirs")
      const running = new FakeQueue()
      running.run("a", "running")
      for (const queue of [waiting, running]) {
        const error = yield* fails(queue.server(), (it) => it.find(key))
        assert.strictEqual(error._tag === "LaunchError" && error.reason, "LaunchUncertain")
      }
    })
  )
})

// fixtures

const request = (run: string, options: Partial<LaunchRequest> = {}): LaunchRequest => ({
  key: RunKey.make(RunId.make(run), 1),
  sweep: SweepId.make("k3p9x0qa"),
  run: RunId.make(run),
  attempt: 1,
  queue: "q",
  priority: 2,
  executable: { kind: "image", uri: "train:7" },
  trial: new Map(),
  entryPoint: undefined,
  launch: new Map(),
  author: undefined,
  ...options
})

/** What a call gives under virtual time, beside something that happens meanwhile. */
const calling = <A, E>(
  server: FakeServer.FakeServer,
  use: (queue: LaunchQueue["Type"]) => Effect.Effect<A, E>,
  meanwhile: Effect.Effect<unknown> = Effect.void
) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(Effect.either(Effect.flatMap(LaunchQueue, use)))
    const other = yield* Effect.fork(meanwhile)
    yield* TestClock.adjust("20 minutes")
    yield* Fiber.interrupt(other)
    return yield* Fiber.join(fiber)
  }).pipe(Effect.provide(Layer.provide(WandbLaunchQueue.layer({ queue: "q" }), FakeServer.project(server))))

const gives = <A, E>(...of: Parameters<typeof calling<A, E>>) => Effect.map(calling(...of), Either.getOrThrow)
const fails = <A, E>(...of: Parameters<typeof calling<A, E>>) =>
  Effect.map(calling(...of), (answer) => Either.getOrThrow(Either.flip(answer)))
