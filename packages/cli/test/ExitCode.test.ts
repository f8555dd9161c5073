import { CommError } from "@sweepline/core/CommError"
import { SchedulerError } from "@sweepline/core/SchedulerError"
import { SweepNotFoundError } from "@sweepline/core/SweepNotFoundError"
import { DatabaseError } from "@sweepline/embedded/DatabaseError"
import { assert, describe, it } from "@effect/vitest"
import * as ExitCode from "../src/ExitCode.js"
import { UsageError } from "../src/UsageError.js"

describe("ExitCode", () => {
  it("is the architecture's", () => {
    assert.strictEqual(ExitCode.of(new UsageError({ message: "" })), 2)
    assert.strictEqual(ExitCode.of(new CommError({ reason: "Timeout", operation: "", detail: "", retryable: true })), 3)
    assert.strictEqual(ExitCode.of(new SweepNotFoundError({ kind: "sweep", id: "a" })), 4)
    assert.strictEqual(ExitCode.of(new DatabaseError({ reason: "NewerVersion", path: "", detail: "" })), 3)
    assert.strictEqual(ExitCode.of(new DatabaseError({ reason: "Missing", path: "", detail: "" })), 4)
    assert.strictEqual(ExitCode.of(new SchedulerError({ reason: "NoExecutable", detail: "" })), 1)
    assert.strictEqual(ExitCode.of(new SchedulerError({ reason: "BadWorkers", detail: "" })), 2)
    assert.strictEqual(ExitCode.ofSignal("SIGINT"), 130)
    assert.strictEqual(ExitCode.ofSignal("SIGTERM"), 143)
  })
})
