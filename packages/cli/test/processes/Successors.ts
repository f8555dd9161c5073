import { assert, describe, it } from "@effect/vitest"
import type { TestContext } from "vitest"
import * as Counting from "../fixtures/counting.js"
import { binary, folder, kill, objects, processesIn, runsStart, start, sweepline, until } from "../fixtures/program.js"

const seed = Number(process.env["SEED"] ?? 1)
const times = Number(process.env["STOPS"] ?? 8)

/** So many that the sweep lasts for longer than it takes to stop its scheduler. */
const runs = 30

const files = {
  "sweep.yaml": `program: run.sh
command: [sh, "\${program}", "\${args_no_hyphens}"]
metric: {name: score, goal: maximize}
method: random
run_cap: ${runs}
parameters: {x: {distribution: uniform, min: 0, max: 1}}
`,
  "run.sh": Counting.script(Counting.briefly)
}

const sleep = (millis: number) => new Promise((resolve) => setTimeout(resolve, millis))

/** A scheduler that keeps its sweep for a second only, once it is stopped. */
const schedule = (cwd: string, ...args: ReadonlyArray<string>) =>
  start(process.execPath, [binary, ...args, "--json"], { cwd, env: { SWEEPLINE_LEASE: "1 second" } })

/** The objects of a type that a program has printed. */
const told = (text: string, type: string) => objects(text).filter((object) => object["type"] === type)

describe("a scheduler that is stopped past its lease, and then continued", () => {
  /** Whether the second scheduler took over from the first. */
  const succeed = async (test: TestContext, draw: () => number): Promise<boolean> => {
    const cwd = folder(test, files)
    const first = schedule(cwd, "run", "sweep.yaml", "--workers", "3")
    const pid = first.child.pid ?? 0
    await runsStart(first)
    await sleep(draw() * 1000)
    kill(pid, "SIGSTOP")
    await sleep(1100)
    const second = schedule(cwd, "resume")
    // It says nothing where the first one was stopped in the middle of a write.
    const says = until(
      "the second one says something",
      () => second.stdout() !== "" || second.child.exitCode !== null,
      {
        within: 8000
      }
    )
    await says.catch(() => undefined)
    await sleep(draw() * 1000)
    kill(pid, "SIGCONT")
    const [one, two] = await Promise.all([first.ended, second.ended])
    const tookOver = told(two.stdout, "SweepEnded").length > 0
    // It may also come too late.
    if (!two.stderr.includes("is FINISHED and can't be resumed")) assert.strictEqual(two.code, 0, two.stderr)
    assert.strictEqual(one.code, tookOver ? 6 : 0, one.stderr)
    if (tookOver) assert.match(one.stderr, /The lease on sweep \w+ was lost to process \d+ on /)
    if (tookOver) assert.strictEqual(two.code, 0)
    const ended = [...told(one.stdout, "SweepEnded"), ...told(two.stdout, "SweepEnded")]
    assert.strictEqual(ended.length, 1)
    assert.deepInclude(ended[0], { state: "COMPLETED", runs: { finished: runs } })
    await until("the last process ends", () => processesIn(cwd).length === 0)
    const [, ...rows] = objects((await sweepline(cwd, "show", "--json")).stdout)
    const keys = rows.map(({ id }) => `${String(id)}#1`).toSorted()
    assert.strictEqual(keys.length, runs)
    assert.deepStrictEqual(Counting.lines(cwd, "starts"), keys)
    assert.deepStrictEqual(Counting.lines(cwd, "ends"), keys)
    const history = objects((await sweepline(cwd, "export", "--history", "--format", "jsonl")).stdout)
    assert.strictEqual(history.length, 2 * runs)
    return tookOver
  }

  it("launches no run twice, and leaves the sweep to its successor", async (test) => {
    const draw = Counting.draws(seed)
    let took = 0
    for (let n = 0; n < times; n++) if (await succeed(test, draw)) took += 1
    assert.isAtLeast(took, times / 2)
    console.log(`stopped and continued ${times} times, ${took} of them taken over (SEED=${seed})`)
  })
})

describe("a process that is stopped while it writes", () => {
  const holder = `
const db = new (require("libsql"))(process.argv[1])
db.exec("BEGIN IMMEDIATE")
console.log("held")
process.kill(process.pid, "SIGSTOP")
db.exec("COMMIT")
`
  it("holds the sweep's next scheduler up, which says so and waits, however long", async (test) => {
    const cwd = folder(test, files)
    const first = schedule(cwd, "run", "sweep.yaml", "--workers", "3")
    await runsStart(first)
    kill(first.child.pid ?? 0, "SIGKILL")
    await first.ended
    const stopped = start(process.execPath, ["-e", holder, ".sweepline/sweepline.db"], {
      cwd,
      env: { NODE_PATH: new URL("../../../../node_modules", import.meta.url).pathname }
    })
    await until("it holds the database", () => stopped.stdout() === "held\n", { seen: stopped.stderr })
    const second = schedule(cwd, "resume")
    await until("its successor says so", () => second.stderr().includes("Another process holds the database"), {
      seen: second.stderr
    })
    // Longer than any other write is tried.
    await sleep(12_000)
    assert.strictEqual(second.child.exitCode, null, second.stderr())
    kill(stopped.child.pid ?? 0, "SIGCONT")
    assert.strictEqual((await stopped.ended).code, 0)
    const { code, stderr, stdout } = await second.ended
    assert.strictEqual(code, 0, stderr)
    assert.deepInclude(told(stdout, "SweepEnded")[0], { state: "COMPLETED", runs: { finished: runs } })
  })
})
