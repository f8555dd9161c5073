import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { spawnSync } from "node:child_process"
import { Mounts } from "@sweepline/embedded/Database"
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as InProcess from "./fixtures/inProcess.js"
import { binary, type Ended, folder, look, objects, start, sweepline } from "./fixtures/program.js"

/** One sentence on standard error, nothing on standard output, and this exit code. */
const refused = (ended: Omit<Ended, "signal">, code: number, ...parts: ReadonlyArray<string>) => {
  for (const part of parts) assert.include(ended.stderr, part)
  assert.strictEqual(ended.stdout, "")
  assert.notInclude(ended.stderr, "\n    at ")
  assert.strictEqual(ended.code, code)
}

/** The program in the test's own process. */
const alone = (args: ReadonlyArray<string>, variables?: InProcess.Variables) =>
  Effect.runPromise(Effect.scoped(InProcess.run(args, variables)))

const good = 'program: run.sh\ncommand: [sh, "${program}"]\nmethod: random\nrun_cap: 1\nparameters: {x: {value: 1}}\n'

describe.concurrent("bad input", () => {
  it("a file that isn't there, a folder, a file that may not be read", async (test) => {
    const cwd = folder(test)
    refused(await sweepline(cwd, "run", "nothing.yaml"), 2, "Could not read nothing.yaml: there is no such file.")
    refused(await look(cwd, "run", cwd), 2, `${cwd} is a folder. Name the sweep config in it`)
    assert.isFalse(existsSync(join(cwd, ".sweepline")))
  })

  it("bad YAML and every violation, each with its place", async (test) => {
    const cwd = folder(test, {
      "bad.yaml": "method: [grid\n",
      "wrong.yaml": "methd: grid\nmethod: gird\nparameters:\n  lr: {min: 2, max: 1}\n"
    })
    const bad = await sweepline(cwd, "run", "bad.yaml")
    refused(bad, 2)
    assert.match(bad.stderr, /^bad\.yaml:\d+:\d+: /)
    const wrong = await sweepline(cwd, "validate", "wrong.yaml")
    refused(wrong, 2, 'Did you mean "method"?')
    const lines = wrong.stderr.trim().split("\n")
    assert.isAtLeast(lines.length, 3)
    for (const line of lines) assert.match(line, /^wrong\.yaml:\d+:\d+: /)
    assert.isFalse(existsSync(join(cwd, ".sweepline")))
  })

  it("a program or an interpreter that isn't there", async (test) => {
    const cwd = folder(test, {
      "program.yaml": good.replace("run.sh", "gone.sh"),
      "interpreter.yaml": good.replace("[sh,", "[no-such-shell,"),
      "run.sh": ""
    })
    refused(
      await sweepline(cwd, "run", "program.yaml"),
      2,
      "program.yaml names the program gone.sh, which is neither in"
    )
    refused(await sweepline(cwd, "run", "interpreter.yaml"), 2, '"no-such-shell" is not on the PATH')
    assert.isFalse(existsSync(join(cwd, ".sweepline")))
  })

  it("a variable of the environment that can't be used; one that is meant for others changes nothing", async (test) => {
    const cwd = folder(test, { "sweep.yaml": good, "run.sh": "true" })
    const run = (variables: InProcess.Variables) =>
      alone(["run", join(cwd, "sweep.yaml"), "--dir", join(cwd, "state")], variables)
    refused(await run({ SWEEPLINE_OUTPUT_INTERVAL: "soon" }), 2, "variable SWEEPLINE_OUTPUT_INTERVAL can't be used")
    assert.isFalse(existsSync(join(cwd, "state")))
    const env = { SWEEPLINE_QUEUE: "of-launch-agents" }
    assert.strictEqual((await start(process.execPath, [binary, "run", "sweep.yaml"], { cwd, env }).ended).code, 0)
  })

  it("a state folder that can't be made or isn't a database", async (test) => {
    const cwd = folder(test, { "sweep.yaml": good, "run.sh": "true", file: "" })
    const run = (dir: string) => alone(["run", join(cwd, "sweep.yaml"), "--dir", join(cwd, dir)])
    refused(await run("file/below"), 3, "file")
    mkdirSync(join(cwd, "foreign"))
    writeFileSync(join(cwd, "foreign/sweepline.db"), "this is no database, and it is longer than a header".repeat(9))
    refused(await run("foreign"), 3, "foreign/sweepline.db")
    if (process.getuid?.() !== 0) {
      mkdirSync(join(cwd, "locked"))
      chmodSync(join(cwd, "locked"), 0o500)
      refused(await run("locked/below"), 3, "locked")
    }
  })

  it("a database of a newer version, which stays as it is", async (test) => {
    const cwd = folder(test, { "sweep.yaml": good, "run.sh": "true" })
    await sweepline(cwd, "run", "sweep.yaml")
    const file = join(cwd, ".sweepline/sweepline.db")
    // In a process of its own: its end closes the database for certain.
    spawnSync(process.execPath, ["-e", 'new (require("libsql"))(process.argv[1]).pragma("user_version = 999")', file])
    const before = readFileSync(file)
    refused(await sweepline(cwd, "run", "sweep.yaml"), 3, "newer sweepline", "update sweepline")
    assert.isTrue(before.equals(readFileSync(file)))
  })

  it("a damaged database, which stays as it is", async (test) => {
    const cwd = folder(test, { "sweep.yaml": good, "run.sh": "true" })
    await sweepline(cwd, "run", "sweep.yaml")
    const file = join(cwd, ".sweepline/sweepline.db")
    const damaged = readFileSync(file).fill(0xee, 4096, 3 * 4096)
    writeFileSync(file, damaged)
    refused(await sweepline(cwd, "run", "sweep.yaml"), 3, "sweepline.db is damaged", "put a copy of it back")
    assert.isTrue(damaged.equals(readFileSync(file)))
  })

  it("a folder without sweeps, a sweep and a run that don't exist", async (test) => {
    const cwd = folder(test, { "sweep.yaml": good, "run.sh": "true" })
    refused(await look(cwd, "show"), 4, "There is no sweepline database at")
    await sweepline(cwd, "run", "sweep.yaml")
    refused(await look(cwd, "show", "zzzzzzzz"), 4, 'There is no sweep "zzzzzzzz"', "sweepline list")
    refused(await look(cwd, "logs", "zzzzzzzz"), 4, 'There is no run "zzzzzzzz". List a sweep')
    const { id } = objects((await look(cwd, "list", "--json")).stdout)[0] ?? {}
    refused(await look(cwd, "logs", String(id)), 4, "A sweep is called so: list its runs with: sweepline show")
    refused(await look(cwd, "show", "--command"), 2, "sweepline show RUN --command")
    refused(await look(cwd, "pause"), 2, "is FINISHED and can't be paused")
  })

  it("a state folder that can't be written is read by what only reads", async (test) => {
    const cwd = folder(test, { "sweep.yaml": good, "run.sh": "echo '{\"loss\": 1}'" })
    const ran = await sweepline(cwd, "run", "sweep.yaml", "--json")
    const id = /"run":"([a-z0-9]+)"/.exec(ran.stdout)?.[1] ?? ""
    const dir = join(cwd, ".sweepline")
    for (const beside of ["-wal", "-shm"]) rmSync(join(dir, `sweepline.db${beside}`), { force: true })
    const before = readdirSync(dir).toSorted()
    // By its mount it is no place to write to.
    const run = (...args: ReadonlyArray<string>) =>
      InProcess.run([...args, "--dir", dir]).pipe(
        Effect.provideService(Mounts, () => [{ point: "/", kind: "nfs" }]),
        Effect.scoped,
        Effect.runPromise
      )
    for (const line of ["list", "show", `show ${id}`, "show --events", "show --why", "best", `logs ${id}`, "replay"]) {
      const { code, stderr, stdout } = await run(...line.split(" "))
      assert.strictEqual(code, 0, `${line}: ${stderr}`)
      assert.isNotEmpty(stdout, line)
    }
    assert.strictEqual((await run("export", "--format", "jsonl")).code, 0)
    refused(await run("pause"), 3, "is on a network filesystem")
    assert.deepStrictEqual(readdirSync(dir).toSorted(), before)
  })

  it("a Node that is too old, before anything is begun", async (test) => {
    const on = (version: string, ...args: ReadonlyArray<string>) => {
      const pretend = `Object.defineProperty(process, "version", { value: "${version}" })\n`
      const cwd = folder(test, { "old.cjs": pretend, "sweep.yaml": good, "run.sh": "" })
      return start(process.execPath, ["-r", "./old.cjs", binary, ...args], { cwd }).ended
    }
    for (const version of ["v18.20.8", "v20.18.9"]) {
      refused(await on(version, "run", "sweep.yaml"), 1, `needs Node 20.19.0 or later, and this is ${version}.`)
    }
    assert.strictEqual((await on("v18.20.8", "--version")).code, 0)
    const newer = await on("v22.0.0", "validate", "sweep.yaml")
    assert.strictEqual(newer.code, 0, newer.stderr)
  })

  it.scoped("commands, options and values that don't exist", () =>
    Effect.gen(function* () {
      const run = (...args: ReadonlyArray<string>) => InProcess.run(args)
      refused(yield* run("rum", "sweep.yaml"), 2, 'There is no command "rum". Did you mean "run"?')
      refused(yield* run("run", "a.yaml", "--worker", "2"), 2, 'Did you mean "--workers"?')
      refused(yield* run("run", "a.yaml", "--workers", "none"), 2, "--workers takes a whole number")
      refused(yield* run("run", "a.yaml", "-w", "100001"), 2, "--workers takes a whole number of at most 100000")
      refused(yield* run("plan", "a.yaml", "--budget", "9".repeat(400)), 2, "is no budget of GPU hours")
      refused(yield* run("run", "a.yaml", "--grace", "soon"), 2, '"soon" is no duration for --grace')
      refused(yield* run("run", "a.yaml", "--grace", "Infinity"), 2, '"Infinity" is no duration for --grace')
      refused(yield* run("run", "a.yaml", "--grace", `${"9".repeat(400)}s`), 2, "is no duration for --grace")
      refused(yield* run("run", "a.yaml", "--run-timeout", "-5 minutes"), 2, '"-5 minutes" is no duration')
      refused(yield* run("run", "a.yaml", "--deadline", "2026-02-30"), 2, '--deadline "2026-02-30" is no time.')
      refused(yield* run("run", "a.yaml", "--deadline", "1969-02-28"), 2, '--deadline "1969-02-28" has passed already.')
      refused(yield* run("run", "a.yaml", "--deadline", "999999999d"), 2, '--deadline "999999999d" is no time.')
      refused(yield* run("run", "a.yaml", "--run-timeout", "0"), 2, '--run-timeout "0" would stop every run at once.')
      refused(yield* run("list", "--dir", ""), 2, '--dir "" names no folder.')
      refused(yield* run("list", "--dir="), 2, '--dir "" names no folder.')
      refused(yield* run("run", "a.yaml", "--workers=", "--dry-run"), 2, 'of at least 1, not "".')
      refused(yield* run("run", "a.yaml", "--seed=-1"), 2, '--seed takes a whole number of at least 0, not "-1".')
      refused(yield* run("run", "a.yaml", "--start="), 2, "--start needs a value.")
      refused(yield* run("run", "a.yaml", "--prior-run", ""), 2, "--prior-run needs a value.")
      refused(yield* run("edit", "--set="), 2, "--set needs a value.")
      refused(yield* run("run"), 2, "sweep.yaml")
    })
  )

  it.scoped("a variable that stands in for an option, by its own name; an option beside it goes first", () =>
    Effect.gen(function* () {
      const run = (variables: InProcess.Variables, ...args: ReadonlyArray<string>) =>
        InProcess.run(["run", "a.yaml", ...args], variables)
      const natural = 'takes a whole number of at least 1, not "none".'
      refused(yield* run({ SWEEPLINE_WORKERS: "none" }), 2, `sweepline: SWEEPLINE_WORKERS ${natural}`)
      refused(yield* run({ SWEEPLINE_GRACE: "soon" }), 2, '"soon" is no duration for SWEEPLINE_GRACE.')
      refused(
        yield* run({ SWEEPLINE_RUN_TIMEOUT: "0s" }),
        2,
        'SWEEPLINE_RUN_TIMEOUT "0s" would stop every run at once.'
      )
      refused(yield* run({ SWEEPLINE_WANDB_SDK: "no" }), 2, "SWEEPLINE_WANDB_SDK takes local or own")
      refused(yield* run({ SWEEPLINE_WORKERS: "2" }, "-w", "none"), 2, `sweepline: --workers ${natural}`)
      refused(yield* run({ SWEEPLINE_WORKERS: "none" }, "-w", "2"), 2, "Could not read a.yaml")
    })
  )

  it.scoped("devices that aren't there, by who asked for them", (test) =>
    Effect.gen(function* () {
      const cwd = folder(test, { "sweep.yaml": good, "run.sh": "" })
      const run = (variables: InProcess.Variables, ...args: ReadonlyArray<string>) =>
        InProcess.run(["run", join(cwd, "sweep.yaml"), "--dir", join(cwd, "state"), ...args], variables)
      refused(yield* run({ SWEEPLINE_GPUS: "GPU" }), 2, 'sweepline: SWEEPLINE_GPUS "GPU": "GPU" is no GPU.')
      refused(yield* run({ SWEEPLINE_GPUS: "0" }, "--gpus", "GPU"), 2, 'sweepline: --gpus "GPU": "GPU" is no GPU.')
      assert.isFalse(existsSync(join(cwd, "state")))
    })
  )
})
