import { assert, describe, it } from "@effect/vitest"
import {
  folder,
  kill,
  last,
  launch,
  objects,
  runsStart,
  shellSweep,
  startedRuns,
  sweepline,
  until
} from "../fixtures/program.js"

/** The values of the runs that were created within a time. */
const values = (text: string, after: number, before: number) =>
  objects(text).flatMap(({ config, createdAt, type }) => {
    const at = Date.parse(String(createdAt))
    return type === "RunStarted" && at > after && at < before ? [Number((config as { x: number }).x)] : []
  })

describe.concurrent("a live sweep", () => {
  it("goes by a new run_cap, new workers and new ranges from the next run on", async (test) => {
    const cwd = folder(test, shellSweep({ runs: 4, seconds: 4 }))
    const program = launch(cwd, "run", "sweep.yaml", "--workers", "1", "--json")
    await runsStart(program)
    const editing = Date.now()
    const edited = await sweepline(
      cwd,
      ..."edit --run-cap 9 --workers 4 --set parameters.x.min=5 --set parameters.x.max=6".split(" ")
    )
    const editedAt = Date.now()
    assert.strictEqual(edited.code, 0, edited.stderr)
    assert.include(edited.stdout, `its scheduler (process ${program.child.pid}`)
    await until("four run at a time", () => startedRuns(program.stdout()) >= 4, {
      seen: program.stdout,
      within: 20_000
    })
    const { code, stdout } = await program.ended
    assert.strictEqual(code, 0)
    assert.deepInclude(last(stdout), { state: "COMPLETED", reason: "RunCapReached", runs: { finished: 9 } })
    const earlier = values(stdout, 0, editing)
    assert.isAtLeast(earlier.length, 1)
    for (const x of earlier) assert.isAtMost(x, 1)
    const later = values(stdout, editedAt + 500, Number.POSITIVE_INFINITY)
    assert.isAtLeast(later.length, 4)
    for (const x of later) assert.isTrue(x >= 5 && x <= 6, String(x))
  })

  it("ends at a deadline that it was given later, and keeps its edits over a kill", async (test) => {
    const cwd = folder(test, shellSweep({ runs: 1000, seconds: 60 }))
    const program = launch(cwd, "run", "sweep.yaml", "--workers", "1", "--grace", "1s", "--json")
    await runsStart(program)
    kill(program.child.pid ?? 0, "SIGKILL")
    await program.ended
    const edited = await sweepline(cwd, "edit", "--deadline", "15s", "--workers", "2")
    assert.include(edited.stdout, "when it is resumed")
    const { code, stdout } = await sweepline(cwd, "resume", "--json")
    assert.strictEqual(code, 0)
    assert.deepInclude(last(stdout), { state: "COMPLETED", reason: "DeadlineReached", runs: { killed: 2 } })
  })

  it("refuses what would make its runs mean something else, and what is wrong", async (test) => {
    const cwd = folder(test, shellSweep({ runs: 1000, seconds: 60 }))
    const program = launch(cwd, "run", "sweep.yaml", "--workers", "1", "--grace", "1s", "--json")
    await runsStart(program)
    const refused = async (...args: ReadonlyArray<string>) => {
      const { code, stderr } = await sweepline(cwd, "edit", ...args)
      assert.strictEqual(code, 2)
      return stderr
    }
    assert.include(await refused("--set", "method=bayes"), "The method (random) of a live sweep can't be changed")
    assert.include(await refused("--set", "parameters.y.value=1"), "the parameters' names (x)")
    assert.match(await refused("--set", "parameters.x.max=-1"), /the edited config of sweep \w+:\d+:\d+: /)
    assert.include(await refused(), "Nothing of sweep")
    program.child.kill("SIGTERM")
    await program.ended
  })
})
