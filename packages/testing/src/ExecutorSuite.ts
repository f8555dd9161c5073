import { describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { type Executor, type Job, type JobHandle, JobStatus } from "@sweepline/core/Executor"
import { RunId } from "@sweepline/core/RunId"
import * as RunKey from "@sweepline/core/RunKey"
import { settle } from "./Fixtures.js"
import { assert } from "./internal/assert.js"

/** What the suite asks of an engine: executors over it, and jobs that it can run. */
export interface Engine {
  /** One more executor over the same engine, as each process that starts has its own. */
  readonly open: Effect.Effect<Executor["Type"], unknown, Scope.Scope>
  readonly jobs: {
    /** Prints the line `{"ran":1}` and exits with 0, in a moment. */
    readonly prints: Job
    /** Exits with 3, in a moment. */
    readonly fails: Job
    /** Goes on until it is asked to end. */
    readonly stays: Job
    /**
     * Goes on although it is asked to end, and prints a line once it does. Without it what becomes of such a job isn't
     * looked at.
     */
    readonly resists?: Job
  }
}

/** What every engine does: it owns its jobs, which outlive whoever submitted them, and runs no key twice. In real time. */
export const suite = (name: string, make: Effect.Effect<Engine, unknown, Scope.Scope>): void => {
  describe(`Executor (${name})`, () => {
    it.scopedLive("says of each of many jobs what became of it, in one look", () =>
      Effect.gen(function* () {
        const { jobs, open } = yield* make
        const executor = yield* open
        const prints = yield* executor.submit(jobs.prints, key("prints"))
        const fails = yield* executor.submit(jobs.fails, key("fails"))
        const stays = yield* executor.submit(jobs.stays, key("stays"))
        const unknown = { key: key("unknown"), data: "of another engine" }
        yield* ended(executor, prints)
        yield* ended(executor, fails)
        const statuses = yield* executor.poll([prints, unknown, stays, fails])
        assert.strictEqual(statuses.size, 4)
        assert.deepInclude(statuses.get(prints.key), JobStatus.Exited({ code: 0 }))
        assert.deepInclude(statuses.get(fails.key), JobStatus.Exited({ code: 3 }))
        assert.deepStrictEqual(statuses.get(stays.key), JobStatus.Running())
        assert.strictEqual(statuses.get(unknown.key)?._tag, "Lost")
        assert.strictEqual((yield* executor.poll([])).size, 0)
        yield* executor.cancel(stays, Duration.zero)
        yield* ended(executor, stays)
      })
    )

    it.scopedLive("runs a key once, however often and by whomever it is submitted, and its next attempt again", () =>
      Effect.gen(function* () {
        const { jobs, open } = yield* make
        const first = yield* open
        const second = yield* open
        const one = key("one")
        const handles = yield* Effect.all(
          [first, second, first, second].map((executor) => executor.submit(jobs.prints, one)),
          { concurrency: "unbounded" }
        )
        const [handle] = handles
        if (handle === undefined) return assert.fail("nothing was submitted")
        for (const other of handles) assert.deepStrictEqual(other, handle)
        yield* ended(second, handle)
        assert.deepStrictEqual(yield* first.submit(jobs.prints, one), handle)
        assert.strictEqual(yield* printed(first, handle), '{"ran":1}\n')
        const again = yield* first.submit(jobs.prints, RunKey.make(RunKey.run(one), 2))
        assert.notDeepEqual(again, handle)
        assert.deepStrictEqual(yield* ended(first, again), JobStatus.Exited({ code: 0 }))
        assert.strictEqual(yield* printed(first, again), '{"ran":1}\n')
        // What an earlier attempt came to says nothing of this one.
        const last = yield* first.submit(jobs.fails, RunKey.make(RunKey.run(one), 3))
        assert.deepStrictEqual(yield* ended(first, last), JobStatus.Exited({ code: 3 }))
      })
    )

    it.scopedLive("gives the output from any offset on, at most so much of it, and nothing past its end", () =>
      Effect.gen(function* () {
        const { jobs, open } = yield* make
        const executor = yield* open
        const handle = yield* executor.submit(jobs.prints, key("one"))
        yield* ended(executor, handle)
        assert.strictEqual(yield* printed(executor, handle, 2, 3), "ran")
        assert.strictEqual(yield* printed(executor, handle, 2), 'ran":1}\n')
        assert.strictEqual(yield* printed(executor, handle, 10), "")
        assert.strictEqual(yield* printed(executor, handle, 1000), "")
      })
    )

    it.scopedLive("keeps a job when whoever submitted it is gone: the next one finds it and ends it", () =>
      Effect.gen(function* () {
        const { jobs, open } = yield* make
        const one = key("one")
        const [handle, short] = yield* Effect.scoped(
          Effect.flatMap(open, (first) =>
            Effect.all([first.submit(jobs.stays, one), first.submit(jobs.prints, key("short"))])
          )
        )
        const executor = yield* open
        assert.deepStrictEqual(yield* ended(executor, short), JobStatus.Exited({ code: 0 }))
        assert.strictEqual(yield* printed(executor, short), '{"ran":1}\n')
        assert.deepStrictEqual(yield* executor.find(one), Option.some(handle))
        assert.deepStrictEqual(yield* executor.find(key("another")), Option.none())
        assert.deepStrictEqual(yield* status(executor, handle), JobStatus.Running())
        yield* executor.cancel(handle, Duration.seconds(5))
        assert.deepStrictEqual(yield* ended(executor, handle), JobStatus.Killed())
        assert.deepStrictEqual(yield* executor.find(one), Option.some(handle))
      })
    )

    it.scopedLive("leaves a job that has ended as it is, whoever asks it to end", () =>
      Effect.gen(function* () {
        const { jobs, open } = yield* make
        const executor = yield* open
        const handle = yield* executor.submit(jobs.fails, key("one"))
        yield* ended(executor, handle)
        yield* executor.cancel(handle, Duration.zero)
        assert.deepStrictEqual(yield* status(executor, handle), JobStatus.Exited({ code: 3 }))
        yield* executor.cancel({ key: key("unknown"), data: "" }, Duration.zero)
      })
    )

    it.scopedLive(
      "ends by force a job that doesn't end, no earlier than after the grace time, and waits for neither",
      () =>
        Effect.gen(function* () {
          const { jobs, open } = yield* make
          if (jobs.resists === undefined) return
          const executor = yield* open
          const handle = yield* executor.submit(jobs.resists, key("resists"))
          yield* printed(executor, handle).pipe(
            Effect.repeat({ while: (text) => text === "", schedule: Schedule.spaced("5 millis") }),
            Effect.timeout(patience)
          )
          yield* Effect.timeout(executor.cancel(handle, Duration.hours(1)), patience)
          assert.deepStrictEqual(yield* status(executor, handle), JobStatus.Running())
          // Who asks again has less patience.
          yield* Effect.timeout(executor.cancel(handle, Duration.millis(1)), patience)
          assert.deepStrictEqual(yield* ended(executor, handle), JobStatus.Killed())
        })
    )

    it.scopedLive("says when a job ended, if it does: the same whenever it is asked, in milliseconds since 1970", () =>
      Effect.gen(function* () {
        const { jobs, open } = yield* make
        const executor = yield* open
        const atOf = (handle: JobHandle) =>
          Effect.map(executor.poll([handle]), (all) => {
            const status = all.get(handle.key)
            return status?._tag === "Exited" ? status.at : undefined
          })
        const before = yield* Clock.currentTimeMillis
        const handle = yield* executor.submit(jobs.prints, key("one"))
        yield* ended(executor, handle)
        const at = yield* atOf(handle)
        yield* ended(executor, yield* executor.submit(jobs.prints, key("another")))
        assert.strictEqual(yield* atOf(handle), at)
        if (at === undefined) return
        // The clock of an engine isn't ours.
        assert.isAtLeast(at, before - hour)
        assert.isAtMost(at, (yield* Clock.currentTimeMillis) + hour)
      })
    )

    it.scopedLive("tells whoever listens of the end of each job", () =>
      Effect.gen(function* () {
        const { jobs, open } = yield* make
        const executor = yield* open
        const listen = Effect.tap(Queue.unbounded<RunKey.RunKey>(), (heard) =>
          Effect.forkScoped(Stream.runForEach(executor.changes, (key) => Queue.offer(heard, key)))
        )
        const listeners = yield* Effect.replicateEffect(listen, 2)
        yield* settle
        for (const name of ["one", "two"]) {
          const handle = yield* executor.submit(jobs.prints, key(name))
          for (const heard of listeners) {
            // A key is told of when its job may have ended, and so perhaps before it has.
            const told = yield* Queue.take(heard).pipe(
              Effect.flatMap((key) => (key === handle.key ? status(executor, handle) : Effect.succeed(undefined))),
              Effect.repeat({ until: (status) => status !== undefined && status._tag !== "Running" }),
              Effect.timeout(patience)
            )
            assert.deepStrictEqual(told, JobStatus.Exited({ code: 0 }))
          }
        }
      })
    )
  })
}

// fixtures

const patience = "8 seconds"
const hour = 3_600_000

const key = (name: string): RunKey.RunKey => RunKey.make(RunId.make(name), 1)

const status = (executor: Executor["Type"], handle: JobHandle) =>
  Effect.map(
    Effect.flatMap(executor.poll([handle]), (all) => Effect.fromNullable(all.get(handle.key))),
    timeless
  )

/** An engine needn't say when a job ended. */
const timeless = (status: JobStatus): JobStatus =>
  status._tag === "Exited" ? JobStatus.Exited({ code: status.code }) : status

const ended = (executor: Executor["Type"], handle: JobHandle): Effect.Effect<JobStatus, unknown> =>
  Effect.zipRight(
    status(executor, handle).pipe(
      Effect.repeat({ while: ({ _tag }) => _tag === "Running", schedule: Schedule.spaced("5 millis") }),
      Effect.timeout(patience)
    ),
    status(executor, handle)
  )

const printed = (executor: Executor["Type"], handle: JobHandle, offset = 0, max = 1000) =>
  Effect.map(executor.output(handle, offset, max), (bytes) => new TextDecoder().decode(bytes))
