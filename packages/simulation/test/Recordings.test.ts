import { assert, describe, it } from "@effect/vitest"
import type { Job } from "@sweepline/core/Executor"
import { RunId } from "@sweepline/core/RunId"
import * as RunKey from "@sweepline/core/RunKey"
import * as Draws from "@sweepline/simulation/Draws"
import * as Recordings from "@sweepline/simulation/Recordings"
import type { Ending } from "@sweepline/simulation/SimulatedJob"

describe("a recorded run that was tried again", () => {
  it("fails as often before it ends as it did, whatever its last attempt exited with", () => {
    assert.deepStrictEqual(endings({ attempts: 3, state: "finished", exitCode: 0 }), ["Fails 1", "Fails 1", "Succeeds"])
    assert.deepStrictEqual(endings({ attempts: 2, state: "failed", exitCode: 7 }), ["Fails 7", "Fails 7", "Fails 7"])
    assert.deepStrictEqual(endings({ attempts: 2, state: "crashed", exitCode: undefined }), [
      "Fails 1",
      "Crashes",
      "Crashes"
    ])
  })
})

describe("a recorded run", () => {
  it("logs each row in the very millisecond in which it was logged", () => {
    const times = Array.from({ length: 100 }, (_, index) => index + 1)
    const recording: Recordings.Recording = {
      ...finished,
      durationMs: 100,
      rows: times.map((at) => ({ part: at / 100, row: { at } }))
    }
    const { metrics } = Recordings.models([recording], { seed: 1, trialOf: () => undefined })
    const curve = metrics({ key: RunKey.make(RunId.make("a"), 1), job }, 100, Draws.make(1))
    for (const at of times) assert.deepStrictEqual(curve(at).at(-1), { at })
  })
})

// internal

const finished = { trial: undefined, waitMs: 0, state: "finished", exitCode: 0, attempts: 1 } as const

/** How the first three attempts end of a run that repeats a recording. */
const endings = (ended: Pick<Recordings.Recording, "attempts" | "exitCode" | "state">): ReadonlyArray<string> => {
  const recording: Recordings.Recording = { ...ended, trial: undefined, durationMs: 1000, waitMs: 0, rows: [] }
  const { failure } = Recordings.models([recording], { seed: 1, trialOf: () => undefined })
  return [1, 2, 3].map((attempt) => {
    const key = RunKey.make(RunId.make("a"), attempt)
    return textOf(failure({ key, job }, Draws.make(1, "failure", key)))
  })
}

const textOf = (ending: Ending): string => (ending._tag === "Fails" ? `Fails ${ending.code}` : ending._tag)

const job: Job = { argv: ["true"], env: new Map(), cwd: "/", files: new Map() }
