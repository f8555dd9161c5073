import { SettingsError } from "@sweepline/api-client/SettingsError"
import { CommError } from "@sweepline/core/CommError"
import { ExecutorError } from "@sweepline/core/ExecutorError"
import { JournalUnavailable } from "@sweepline/core/JournalUnavailable"
import { LaunchError } from "@sweepline/core/LaunchError"
import { LeaseHeldError } from "@sweepline/core/LeaseHeldError"
import { SchedulerError } from "@sweepline/core/SchedulerError"
import { SweepConfigError, Violation } from "@sweepline/core/SweepConfigError"
import { SweepNotFoundError } from "@sweepline/core/SweepNotFoundError"
import { DatabaseError } from "@sweepline/embedded/DatabaseError"
import { assert, describe, it } from "@effect/vitest"
import * as ExitCode from "../src/ExitCode.js"
import { UsageError } from "../src/UsageError.js"

const violation = new Violation({ path: "", line: 1, column: 1, problem: "" })

describe("ExitCode", () => {
  it.each<readonly [number, ExitCode.CommandError]>([
    [1, new SchedulerError({ reason: "SearchFailed", detail: "" })],
    [2, new SettingsError({ reason: "NoApiKey", detail: "" })],
    [2, new SweepConfigError({ file: "", violations: [violation] })],
    [2, new UsageError({ message: "" })],
    [3, new CommError({ reason: "Timeout", operation: "", detail: "", retryable: true })],
    [3, new DatabaseError({ reason: "NewerVersion", path: "", detail: "" })],
    [3, new JournalUnavailable({ sweep: "a", detail: "" })],
    [4, new DatabaseError({ reason: "Missing", path: "", detail: "" })],
    [4, new SweepNotFoundError({ kind: "sweep", id: "a" })],
    [6, new LeaseHeldError({ sweep: "a", holder: "", lost: false })],
    [7, new LaunchError({ reason: "Refused", run: "a", detail: "" })],
    [8, new ExecutorError({ reason: "Refused", subject: "a", detail: "" })]
  ])("%i is the architecture's of what went wrong", (code, error) =>
    assert.strictEqual(ExitCode.of(error), code, error._tag)
  )

  it("of a signal is the shell's", () => {
    assert.deepStrictEqual([ExitCode.ofSignal("SIGINT"), ExitCode.ofSignal("SIGTERM")], [130, 143])
  })
})
