import { assert, describe, it } from "@effect/vitest"
import { execFileSync } from "node:child_process"
import { cpSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as Counting from "../fixtures/counting.js"
import { binary, folder, kill, launch, objects, runsStart, start, stateOf, until } from "../fixtures/program.js"
import * as Tracing from "../fixtures/tracing.js"

const seed = Number(process.env["SEED"] ?? 1)
const copies = Number(process.env["COPIES"] ?? 12)

const files = (runs: number) => ({
  "sweep.yaml": `program: run.sh
command: [sh, "\${program}", "\${args_no_hyphens}"]
metric: {name: score, goal: maximize}
method: random
run_cap: ${runs}
parameters: {x: {distribution: uniform, min: 0, max: 1}}
`,
  "run.sh": Counting.script(Counting.briefly)
})

interface Contents {
  readonly integrity: string
  /** The number and the text of each event. */
  readonly journal: ReadonlyArray<readonly [number, string]>
  /** The state of each run. */
  readonly runs: Readonly<Record<string, string>>
}

const looker = fileURLToPath(new URL("../fixtures/database.cjs", import.meta.url))

const contents = (folder: string): Contents =>
  JSON.parse(execFileSync(process.execPath, [looker, join(folder, "sweepline.db")], { encoding: "utf8" })) as Contents

/** The runs whose launch the journal intended. */
const intended = ({ journal }: Contents): ReadonlySet<string> =>
  new Set(
    journal.flatMap(([, text]) =>
      text.includes('"CommandIssued"') ? (/"_tag":"Launch","run":"(\w+)"/.exec(text)?.slice(1) ?? []) : []
    )
  )

describe("a state folder that is copied while its scheduler stands still", () => {
  it(`is whole and holds everything that was told by then, ${copies} times at random moments`, async (test) => {
    const draw = Counting.draws(seed)
    const cwd = folder(test, files(100))
    const program = launch(cwd, "run", "sweep.yaml", "--workers", "4", "--json")
    const pid = program.child.pid ?? 0
    await runsStart(program)
    const taken: Array<{ readonly copy: string; readonly started: ReadonlyArray<string>; readonly told: string }> = []
    const hasEnded = () => program.child.exitCode !== null || program.child.signalCode !== null
    while (taken.length < copies) {
      await new Promise((resolve) => setTimeout(resolve, 50 + draw() * 400))
      if (hasEnded()) break
      kill(pid, "SIGSTOP")
      // It may be ending right now, and this process hear of that later.
      await until("it stands still", () => stateOf(pid) === "T" || hasEnded())
      if (hasEnded()) break
      const copy = join(cwd, `copy${taken.length}`)
      taken.push({ copy, started: Counting.lines(cwd, "starts"), told: program.stdout() })
      cpSync(join(cwd, ".sweepline"), copy, { recursive: true })
      kill(pid, "SIGCONT")
    }
    const { code, stderr } = await program.ended
    assert.strictEqual(code, 0, stderr)
    const last = new Map(contents(join(cwd, ".sweepline")).journal)
    assert.isAtLeast(taken.length, Math.min(copies, 6))
    let events = 0
    for (const { copy, started, told } of taken) {
      const found = contents(copy)
      assert.strictEqual(found.integrity, "ok")
      for (const key of started) assert.isTrue(intended(found).has(key.slice(0, -2)), `the intent of ${key}`)
      for (const { run, state, type } of objects(told.slice(0, told.lastIndexOf("\n") + 1))) {
        if (type === "RunEnded") assert.strictEqual(found.runs[String(run)], state)
        if (type === "RunStarted") assert.isDefined(found.runs[String(run)])
      }
      // What was written once is never written anew.
      for (const [seq, text] of found.journal) assert.strictEqual(text, last.get(seq) ?? text)
      assert.isAtLeast(found.journal.length, events)
      events = found.journal.length
    }
    console.log(`${taken.length} copies, the last with ${events} events (SEED=${seed})`)
  })
})

describe("the intent to launch a run", () => {
  it("is flushed to the disk before its run is spawned", async (test) => {
    const reason = Tracing.refusal()
    if (reason !== undefined) return test.skip(`strace: ${reason}`)
    const cwd = folder(test, files(5))
    const { code, stderr } = await start(
      "strace",
      "-f -qq -y -s 8192 -o trace -e trace=pwrite64,pwritev,fsync,fdatasync,openat"
        .split(" ")
        .concat(process.execPath, binary, "run", "sweep.yaml", "--workers", "2"),
      { cwd }
    ).ended
    assert.strictEqual(code, 0, stderr)
    const trace = readFileSync(join(cwd, "trace"), "latin1").split("\n")
    const runs = Counting.lines(cwd, "starts").map((key) => key.slice(0, -2))
    assert.strictEqual(runs.length, 5)
    for (const run of runs) {
      const intent = trace.findIndex(
        (line) => line.includes("sweepline.db-wal>") && line.includes(`\\"_tag\\":\\"Launch\\",\\"run\\":\\"${run}\\"`)
      )
      // A wrapper's first act: the program itself comes after it.
      const claim = trace.findIndex((line) => line.includes(`/${run}/1/claim"`) && line.includes("O_EXCL"))
      assert.isAbove(intent, -1)
      assert.isAbove(claim, intent)
      const flushes = trace.slice(intent, claim).filter((line) => /\b(fsync|fdatasync)\(\d+<.*-wal>/.test(line))
      assert.isAtLeast(flushes.length, 1, `the flush between the intent and the spawn of ${run}`)
    }
  })
})
