import { assert, describe, it } from "@effect/vitest"
import { folder, look, objects, sweepline } from "../fixtures/program.js"

/** Half a second apart; on two workers no two runs end within a second of one another, and the last after six. */
const seconds = [0.5, 1.5, 2, 3, 1, 2.5]

const sweep = `
program: sleep.sh
command: [sh, "\${program}", "\${args_no_hyphens}"]
method: grid
parameters:
  seconds: {values: [${seconds.join(", ")}]}
`

describe("plan and run", () => {
  // What a launch costs on a machine that is busy with other tests isn't in the plan: another try may find it idle.
  it("launch in the same order, and take as long", { timeout: 60_000, retry: 2 }, async (test) => {
    const cwd = folder(test, { "sweep.yaml": sweep, "sleep.sh": "exec sleep ${1#seconds=}\n" })
    const planned = await sweepline(
      cwd,
      "plan",
      "sweep.yaml",
      "--workers",
      "2",
      "--json",
      "--duration",
      "parameter(seconds, 1s)"
    )
    const ran = await sweepline(cwd, "run", "sweep.yaml", "--workers", "2", "--json")
    assert.strictEqual(planned.code, 0, planned.stderr)
    assert.strictEqual(ran.code, 0, ran.stderr)
    const plan: ReadonlyArray<Timed> = objects(planned.stdout)
      .filter(({ type }) => type === "PlannedRun")
      .map(({ config, endSeconds, startSeconds }) => ({ config, from: Number(startSeconds), to: Number(endSeconds) }))
    const real: ReadonlyArray<Timed> = objects((await look(cwd, "show", "--json")).stdout)
      .slice(1)
      .map(({ config, endedAt, startedAt }) => ({ config, from: secondsOf(startedAt), to: secondsOf(endedAt) }))
    // The first two start at once, in either order.
    assert.deepStrictEqual(order(real, "from").slice(2), order(plan, "from").slice(2))
    assert.deepStrictEqual(order(real, "to"), order(plan, "to"))
    assert.closeTo(makespan(real) / makespan(plan), 1, 0.1)
  })
})

interface Timed {
  readonly config: unknown
  readonly from: number
  readonly to: number
}

const order = (runs: ReadonlyArray<Timed>, by: "from" | "to") =>
  runs.toSorted((a, b) => a[by] - b[by]).map(({ config }) => config)

const makespan = (runs: ReadonlyArray<Timed>): number =>
  Math.max(...runs.map(({ to }) => to)) - Math.min(...runs.map(({ from }) => from))

const secondsOf = (date: unknown): number => Date.parse(String(date)) / 1000
