import { assert, describe, it } from "@effect/vitest"
import { folder, look, objects, sweepline } from "./fixtures/program.js"

describe("the history of a sweep", () => {
  it("is printed event by event, and rebuilt up to any of them", async (test) => {
    const cwd = folder(test, {
      "sweep.yaml": `
program: run.sh
command: [sh, "\${program}", "\${args_no_hyphens}"]
method: grid
parameters: {x: {values: [1, 2]}}
`,
      "run.sh": "test $1 != x=2\n"
    })
    const { code, stderr } = await sweepline(cwd, "run", "sweep.yaml", "--workers", "1")
    assert.strictEqual(code, 0, stderr)

    const [shown, json] = await Promise.all([look(cwd, "show", "--events"), look(cwd, "show", "--events", "--json")])
    const lines = shown.stdout.trimEnd().split("\n")
    for (const [index, line] of lines.entries()) {
      assert.match(line, new RegExp(`^ +${index + 1} {2}\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z {2}\\S`))
    }
    for (const told of [
      "scheduler starts with 1 worker;",
      "is suggested for worker 1: x=1",
      "is failed",
      "scheduler leaves"
    ])
      assert.include(shown.stdout, told)
    const events = objects(json.stdout) as unknown as ReadonlyArray<Told>
    assert.deepStrictEqual(
      events.map(({ n }) => n),
      lines.map((_, index) => index + 1)
    )
    const launched = events.find(({ event }) => event._tag === "RunLaunched")
    const run = launched?.event.run ?? assert.fail("no run was launched")

    const [ofRun, then, now, before] = await Promise.all([
      look(cwd, "show", run, "--events"),
      look(cwd, "replay", "--json", "--until", String(launched?.n)),
      look(cwd, "replay"),
      look(cwd, "replay", "--json", "--until", "2020-01-01")
    ])
    assert.isTrue(
      ofRun.stdout
        .trimEnd()
        .split("\n")
        .every((line) => line.includes(run)),
      ofRun.stdout
    )
    const [model] = objects(then.stdout) as unknown as ReadonlyArray<Model>
    assert.deepInclude(model ?? {}, { events: launched?.n, state: "RUNNING", launched: 1, ended: {}, left: false })
    assert.deepStrictEqual(
      model?.runs.map((it) => [it.run, it.phase, it.config]),
      [[run, "Managed", { x: 1 }]]
    )
    assert.match(now.stdout, /scheduler +COMPLETED \(it has left\).*\n.*\n +end +there is nothing more to try: .*\n/)
    assert.match(now.stdout, /ended +1 finished · 1 failed/)
    assert.deepInclude(objects(before.stdout)[0] ?? {}, { events: 0, at: null, state: "PENDING" })
  })
})

interface Told {
  readonly n: number
  readonly event: { readonly _tag: string; readonly run?: string }
}

interface Model {
  readonly runs: ReadonlyArray<{ readonly run: string; readonly phase: string; readonly config: unknown }>
}
