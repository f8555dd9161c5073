import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, FastCheck, Option } from "effect"
import type { JobStatus } from "@sweepline/core/Executor"
import * as RunKey from "@sweepline/core/RunKey"
import * as Slots from "@sweepline/core/Slots"
import type { SimulatedJob } from "@sweepline/simulation/SimulatedJob"
import { Ending } from "@sweepline/simulation/SimulatedJob"
import * as Reference from "./ReferenceScheduler.js"
import { gridConfig, simulate } from "./SimulatedSweep.js"

describe("a sweep that people pause, resume, stop, cancel and edit, and whose runs they kill", () => {
  it("comes to what the reference says, attempt for attempt and to the millisecond", () => {
    FastCheck.assert(
      FastCheck.property(stories(), (story) => assert.deepStrictEqual(play(story), Reference.tell(story))),
      { numRuns: 50 }
    )
  })

  it("launches nothing while it is paused, and goes on where it was", () => {
    const story: Reference.Story = {
      workers: 2,
      retries: 1,
      runs: [{ fails: 1 }, { fails: 0 }, { fails: 0 }],
      duration: () => 10_000,
      actions: [
        { at: 5_000, does: "pause" },
        { at: 25_000, does: "resume" }
      ]
    }
    assert.deepStrictEqual(play(story).attempts, [
      { run: 0, attempt: 1, from: 0, to: 10_000, ended: "failed" },
      { run: 0, attempt: 2, from: 25_000, to: 35_000, ended: "finished" },
      { run: 1, attempt: 1, from: 0, to: 10_000, ended: "finished" },
      { run: 2, attempt: 1, from: 25_000, to: 35_000, ended: "finished" }
    ])
  })
})

/** The same story, played by the real scheduler. */
const play = (story: Reference.Story): ReturnType<typeof Reference.tell> => {
  const runOf = ({ job }: SimulatedJob): number => Number(/"p0":\s*(\d+)/.exec(job.argv[1] ?? "")?.[1])
  const order = new Map<string, number>()
  const { jobs, sweep } = simulate({
    config: gridConfig([story.runs.length]),
    workers: story.workers,
    engine: {
      duration: (job) => {
        order.set(job.key, runOf(job))
        return story.duration(runOf(job), RunKey.attempt(job.key))
      },
      failure: (job) =>
        RunKey.attempt(job.key) <= (story.runs[runOf(job)]?.fails ?? 0)
          ? Ending.Fails({ code: 1, after: 1 })
          : Ending.Succeeds()
    },
    scheduler: { retries: story.retries, backoff: Duration.zero },
    agent: { stopInterval: Duration.zero, killGrace: Duration.zero, slots: Slots.workers(mostWorkers) },
    meanwhile: (api, id, running) => {
      let now = 0
      return Effect.forEach(
        story.actions,
        (action) => {
          const wait = action.at - now
          now = action.at
          return Effect.zipRight(Effect.sleep(wait), acted(action))
        },
        { discard: true }
      )
      function acted(action: Reference.Action) {
        if (action.does === "edit") {
          const { at: _, does: __, ...change } = action
          return running.edit(change, false)
        }
        if (action.does !== "kill") return api.setSweepState(id, states[action.does])
        return Effect.flatMap(api.runs(id), (runs) => {
          const run = runs[action.run]
          return run === undefined ? Effect.void : api.stopRun({ sweep: id, run: run.id, reason: "Killed" })
        })
      }
    }
  })
  const attempts = jobs.map(({ endsAt, key, startsAt, status }) => ({
    run: order.get(key) ?? -1,
    attempt: RunKey.attempt(key),
    from: startsAt,
    to: endsAt,
    ended: endOf(status)
  }))
  const state = Option.getOrNull(sweep.state)
  return {
    sweep: state === "CANCELED" ? state : "FINISHED",
    attempts: attempts.toSorted((a, b) => a.run - b.run || a.attempt - b.attempt)
  }
}

/** How many runs go on at a time, whatever an edit says. */
const mostWorkers = 4

const states = { pause: "PAUSED", resume: "RUNNING", stop: "FINISHED", cancel: "CANCELED" } as const

const endOf = (status: JobStatus): Reference.Attempt["ended"] =>
  status._tag === "Exited" ? (status.code === 0 ? "finished" : "failed") : "killed"

/**
 * Runs take whole seconds and some milliseconds, people act at half seconds: so nothing happens at the same time,
 * where the order would be anybody's guess.
 */
function stories(): FastCheck.Arbitrary<Reference.Story> {
  const seconds = FastCheck.integer({ min: 0, max: 120 })
  const workers = FastCheck.integer({ min: 1, max: mostWorkers })
  const retries = FastCheck.integer({ min: 0, max: 2 })
  const does = FastCheck.constantFrom<"pause" | "resume" | "stop" | "cancel">(
    ...(["pause", "pause", "resume", "resume", "resume", "stop", "cancel"] as const)
  )
  const action = FastCheck.oneof(
    { weight: 3, arbitrary: FastCheck.record({ at: seconds, does }) },
    {
      weight: 2,
      arbitrary: FastCheck.record({ at: seconds, does: FastCheck.constant("kill" as const), run: FastCheck.nat(8) })
    },
    {
      weight: 2,
      arbitrary: FastCheck.record(
        { at: seconds, does: FastCheck.constant("edit" as const), workers, retries },
        { requiredKeys: ["at", "does"] }
      )
    }
  )
  return FastCheck.record({
    workers,
    retries,
    runs: FastCheck.array(
      FastCheck.record({ fails: FastCheck.constantFrom(0, 0, 0, 1, 2), takes: FastCheck.integer({ min: 1, max: 40 }) }),
      { minLength: 1, maxLength: 9 }
    ),
    actions: FastCheck.uniqueArray(action, { maxLength: 8, selector: ({ at }) => at })
  }).map(({ actions, retries, runs, workers }) => ({
    workers,
    retries,
    runs,
    duration: (run, attempt) => (runs[run]?.takes ?? 1) * 1000 + run * 3 + attempt,
    actions: [
      ...actions.toSorted((a, b) => a.at - b.at).map((it): Reference.Action => ({ ...it, at: it.at * 1000 + 500 })),
      { at: 1_000_500, does: "resume" as const }
    ]
  }))
}
