import { assert, describe, it } from "@effect/vitest"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { binary, examples, folder, last, launch, look, objects, start, sweepline, until } from "./fixtures/program.js"

const slow = { timeout: 120_000 }

describe.concurrent("sweepline run", () => {
  it("finishes the quickstart with an accuracy worth looking at, and shows it in every way", slow, async (test) => {
    const cwd = folder(test)
    const { code, stderr, stdout } = await sweepline(
      cwd,
      "run",
      join(examples, "quickstart/sweep.yaml"),
      "--run-cap",
      "5",
      "--seed",
      "3",
      "--json"
    )
    assert.strictEqual(code, 0, stderr)
    assert.strictEqual(stderr, "")
    const end = last(stdout)
    assert.deepInclude(end, { type: "SweepEnded", state: "COMPLETED", reason: "RunCapReached", runs: { finished: 5 } })
    const best = end?.["best"] as { readonly run: string; readonly value: number }
    assert.isAbove(best.value, 0.6)

    const listed = (await sweepline(cwd, "list", "--json")).stdout
    assert.match(listed, /^\{"id":"/)
    const [sweep] = objects(listed)
    assert.strictEqual(sweep?.["id"], end?.["sweep"])

    const ranked = objects((await look(cwd, "best", "--json")).stdout)
    assert.strictEqual(ranked[0]?.["id"], best.run)
    assert.lengthOf(ranked, 5)

    const shown = await look(cwd, "show")
    assert.include(shown.stdout, "FINISHED: RunCapReached: run_cap is reached")
    assert.include(shown.stdout, best.run)
    assert.include((await look(cwd, "show", best.run)).stdout, "learning_rate")

    const command = (await sweepline(cwd, "show", best.run, "--command")).stdout.trim()
    const again = await start("sh", ["-c", command], { cwd }).ended
    const logged = await look(cwd, "logs", best.run)
    assert.strictEqual(again.stdout, logged.stdout)
    assert.lengthOf(objects(logged.stdout), 8)

    const csv = (await look(cwd, "export")).stdout.trim().split("\r\n")
    assert.lengthOf(csv, 6)
    assert.match(csv[0] ?? "", /^id,name,state,attempt,.*config\.learning_rate/)
    await sweepline(cwd, "export", "--history", "-o", "rows.jsonl")
    assert.lengthOf(objects(readFileSync(join(cwd, "rows.jsonl"), "utf8")), 40)
  })

  it(
    "suggests the same runs for the same seed, as --dry-run says before; both tell what isn't meant",
    slow,
    async (test) => {
      const config = sweepOf(3).replace('"${args}"', '"${agrs}", "${envvar:NOT_SET}"')
      const cwd = folder(test, { "sweep.yaml": config, "run.sh": "echo '{\"score\": 1}'" })
      const dry = await sweepline(cwd, "run", "sweep.yaml", "--seed", "7", "--dry-run", "--json")
      assert.strictEqual(dry.code, 0, dry.stderr)
      const planned = objects(dry.stdout).map(({ config }) => config)
      const { stderr, stdout } = await sweepline(cwd, "run", "sweep.yaml", "--seed", "7", "--json")
      for (const text of [dry.stderr, stderr]) {
        assert.deepStrictEqual(text.trim().split("\n"), [
          "sweepline: The macro ${agrs} in the sweep's command isn't known and is left out: did you mean ${args}?",
          "sweepline: The environment variable NOT_SET in the sweep's command isn't set: its name is used instead."
        ])
      }
      const ran = objects(stdout).filter(({ type }) => type === "RunEnded")
      assert.sameDeepMembers(
        ran.map(({ config }) => config),
        planned
      )
    }
  )

  it("reads metrics of a Python script while it runs, without PYTHONUNBUFFERED", slow, async (test) => {
    const cwd = folder(test, {
      "sweep.yaml": sweepOf(1).replace("run.sh", "run.py").replace("[sh,", "[python3,"),
      "run.py": [
        "import json, os, time",
        "print(json.dumps({'score': 0.5}))",
        "while not os.path.exists('go'): time.sleep(0.05)",
        "print(json.dumps({'score': 2.5}))"
      ].join("\n")
    })
    const program = launch(cwd, "run", "sweep.yaml", "--json")
    const score = async () =>
      (objects((await look(cwd, "list", "--json")).stdout)[0]?.["best"] as { readonly value: number } | null)?.value
    await until("the first score shows while the script runs", async () => (await score()) === 0.5)
    writeFileSync(join(cwd, "go"), "")
    const { code, stdout } = await program.ended
    assert.strictEqual(code, 0)
    assert.deepInclude(last(stdout)?.["best"], { value: 2.5 })
  })

  it("runs the Python example", slow, async (test) => {
    const cwd = folder(test)
    const { code, stdout } = await sweepline(cwd, "run", join(examples, "python/sweep.yaml"), "--run-cap", "4")
    assert.strictEqual(code, 0)
    assert.match(stdout, /✔ COMPLETED: run_cap is reached/)
    assert.match(stdout, /accuracy 0\.\d{4} {2}best so far/)
  })

  it("ends a sweep whose script fails every time after a few runs, and shows its last words", slow, async (test) => {
    const cwd = folder(test, { "sweep.yaml": sweepOf(50), "run.sh": "echo broken pipe wrench >&2; exit 3" })
    const { code, stderr, stdout } = await sweepline(cwd, "run", "sweep.yaml", "--workers", "1", "--json")
    assert.strictEqual(code, 1)
    assert.deepInclude(last(stdout), { state: "FAILED", reason: "BrokenScript" })
    assert.include(stderr, "broken pipe wrench")
    assert.isBelow(objects(stdout).filter(({ type }) => type === "RunEnded").length, 10)
  })

  it("ends a sweep of one run that fails as failed, and shows its last words as they are", slow, async (test) => {
    const cwd = folder(test, { "sweep.yaml": sweepOf(1), "run.sh": "echo first: sweepline run >&2; exit 3" })
    const { code, stderr, stdout } = await sweepline(cwd, "run", "sweep.yaml", "--json", "--dir", "state")
    assert.strictEqual(code, 1)
    const [run] = objects(stdout).flatMap(({ run, type }) => (type === "RunEnded" ? [run] : []))
    assert.deepInclude(last(stdout), {
      state: "FAILED",
      reason: "NoneFinished",
      because: `none of its runs finished: see what a run wrote with: sweepline logs ${run}`
    })
    assert.strictEqual(stderr, `sweepline: Run ${run} failed (exit code 3). Its last output:\nfirst: sweepline run\n`)
    assert.match((await sweepline(cwd, "list", "--dir", "state")).stdout, /FINISHED \(failed\)/)
  })

  it("reads a config from standard input", slow, async (test) => {
    const cwd = folder(test, { "sweep.yaml": sweepOf(2), "run.sh": "echo '{\"score\": 1}'" })
    const program = `"${process.execPath}" "${binary}" run - --dry-run < sweep.yaml`
    const { code, stderr, stdout } = await start("sh", ["-c", program], { cwd }).ended
    assert.strictEqual(code, 0, stderr)
    assert.lengthOf(stdout.trim().split("\n"), 2)
  })

  it("says so where no run reports the metric, with the line to print", slow, async (test) => {
    const cwd = folder(test, { "sweep.yaml": sweepOf(2), "run.sh": "echo '{\"loss\": 1}'" })
    const { code, stdout } = await sweepline(cwd, "run", "sweep.yaml")
    assert.strictEqual(code, 0)
    assert.include(stdout, 'No finished run reported the metric "score" (they reported loss)')
    assert.include(stdout, '{"score": 0.9}')
  })

  it("says so once where that may be because the environment keeps W&B's SDK from logging", slow, async (test) => {
    const cwd = folder(test, { "sweep.yaml": sweepOf(2), "run.sh": "echo done" })
    const told = async (...options: ReadonlyArray<string>) => {
      const line = [binary, "run", "sweep.yaml", ...options]
      const { code, stderr } = await start(process.execPath, line, { cwd, env: { WANDB_MODE: "offline" } }).ended
      assert.strictEqual(code, 0, stderr)
      return stderr
    }
    const sentence =
      "sweepline: WANDB_MODE is offline, so what runs log with W&B's SDK doesn't come here. Unset it: they log to their sweep, on this machine alone.\n"
    assert.strictEqual(await told(), sentence)
    assert.strictEqual(await told("--json"), sentence)
    assert.strictEqual(await told("--wandb-sdk", "own"), "")
    writeFileSync(join(cwd, "run.sh"), "echo '{\"score\": 1}'")
    assert.strictEqual(await told(), "")
  })

  it("runs a run's configuration again, several times", slow, async (test) => {
    const cwd = folder(test, { "sweep.yaml": sweepOf(1), "run.sh": "echo '{\"score\": 1}'" })
    const first = last((await sweepline(cwd, "run", "sweep.yaml", "--json")).stdout)?.["best"] as {
      readonly run: string
      readonly config: unknown
    }
    const { code, stderr, stdout } = await sweepline(cwd, "rerun", first.run, "--times", "2", "--json")
    assert.strictEqual(code, 0, stderr)
    const ran = objects(stdout).filter(({ type }) => type === "RunEnded")
    assert.deepStrictEqual(
      ran.map(({ config }) => config),
      [first.config, first.config]
    )
  })

  it("survives a reader that goes away", slow, async (test) => {
    const cwd = folder(test, { "sweep.yaml": sweepOf(5), "run.sh": "sleep 0.2; echo '{\"score\": 1}'" })
    const program = launch(cwd, "run", "sweep.yaml", "--json")
    await until("it begins", () => program.stdout() !== "")
    program.child.stdout?.destroy()
    assert.strictEqual((await program.ended).code, 0)
    assert.deepInclude(objects((await look(cwd, "list", "--json")).stdout)[0], {
      state: "FINISHED",
      runs: { finished: 5 }
    })
  })
})

const sweepOf = (runs: number) => `
name: shell
program: run.sh
command: [sh, "\${program}", "\${args}"]
method: random
run_cap: ${runs}
metric: {name: score, goal: maximize}
parameters: {x: {distribution: uniform, min: 0, max: 1}}
`
