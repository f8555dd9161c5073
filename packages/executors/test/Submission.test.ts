import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Stream } from "effect"
import * as Environment from "@sweepline/executors/Environment"
import type * as KillNow from "@sweepline/executors/KillNow"
import type { Launcher } from "@sweepline/executors/Launcher"
import * as ProcessTable from "@sweepline/executors/ProcessTable"
import * as Started from "@sweepline/executors/Started"
import * as Submission from "@sweepline/executors/Submission"
import type { Watch } from "@sweepline/executors/Watch"
import { key, script, temporary } from "./support.js"

describe("a submission", () => {
  it.scoped("is among what is about to begin until its job is watched: who kills all at once finds it", () =>
    Effect.gen(function* () {
      const runs = yield* temporary
      let found: ReadonlyArray<KillNow.Job> = []
      const submission = yield* Submission.make({
        runs,
        environment: Environment.base({ PATH: "/bin" }),
        launcher,
        claimTimeout: Duration.seconds(10),
        watch: {
          ...unasked,
          own: () => Effect.sync(() => void (found = [...submission.halt()]))
        }
      })
      yield* submission.start(script("true"), key("one"))
      assert.deepStrictEqual(
        found.map((job) => job.key),
        [key("one")]
      )
      assert.strictEqual(submission.halt().size, 0)
      // Whoever did that has ended all: what waits for its turn doesn't begin.
      const error = yield* Effect.flip(submission.start(script("true"), key("two")))
      assert.include(error.message, "all runs were killed")
    }).pipe(Effect.provide(ProcessTable.layer))
  )

  it.scoped("refuses what no folder and no file's name is, before anything is started", () =>
    Effect.gen(function* () {
      const runs = yield* temporary
      const file = join(runs, "file")
      writeFileSync(file, "")
      const submission = yield* Submission.make({
        runs,
        environment: Environment.base({ PATH: "/bin" }),
        launcher: { ...launcher, start: () => assert.fail("something was started") },
        claimTimeout: Duration.seconds(10),
        watch: { ...unasked, own: () => Effect.void }
      })
      for (const [job, problem] of [
        [script("true", { cwd: file }), "there is no folder"],
        [script("true", { files: new Map([["../config.yaml", ""]]) }), "is no name of a file"]
      ] as const) {
        assert.include((yield* Effect.flip(submission.start(job, key("one")))).message, problem)
      }
    }).pipe(Effect.provide(ProcessTable.layer))
  )
})

// fixtures

/** A launcher whose wrappers claim at once. */
const launcher: Launcher = {
  ready: Effect.void,
  start: ({ claim }) => {
    const started = Started.make(true)
    const [boot = "", namespace = "", host = "", token = ""] = claim.split(" ")
    started.claimed({ pid: 1, listed: 1, startTime: "1", boot, namespace, host, token })
    return started
  }
}

const unasked: Omit<Watch, "own"> = {
  poll: () => Effect.succeed(new Map()),
  find: () => Effect.die("nobody looks for a job"),
  outputOf: () => undefined,
  jobs: { get: () => undefined, add: () => assert.fail(), end: () => {}, all: () => [], changes: Stream.empty }
}
