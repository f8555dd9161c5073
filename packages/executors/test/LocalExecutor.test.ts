import { existsSync, mkdirSync, readdirSync, renameSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Exit, Fiber, Option, Stream, TestClock } from "effect"
import { JobStatus } from "@sweepline/core/Executor"
import { ExecutorError } from "@sweepline/core/ExecutorError"
import * as ForkServer from "@sweepline/executors/ForkServer"
import * as Launcher from "@sweepline/executors/Launcher"
import * as LocalExecutor from "@sweepline/executors/LocalExecutor"
import * as Support from "./support.js"

const { ended, engine, engineOn, key, onLinux, runs, script, status, temporary, text, until } = Support

describe.each(["auto", "shell"] as const)("LocalExecutor (launcher %s)", (launcher) => {
  const start = (folder: string, options: Partial<LocalExecutor.Options> = {}) =>
    engine(folder, { launcher, ...options })

  it.scopedLive("runs a job in its folder and reports its exit code and output", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const executor = yield* start(folder)
      const handle = yield* executor.submit(script("pwd; echo to stderr >&2; exit 7", { cwd: folder }), key("a"))
      assert.deepStrictEqual(yield* ended(executor, handle), JobStatus.Exited({ code: 7 }))
      const output = new TextDecoder().decode(yield* executor.output(handle, 0, 1000))
      assert.strictEqual(output, `${folder}\nto stderr\n`)
      assert.strictEqual(new TextDecoder().decode(yield* executor.output(handle, folder.length + 1, 4)), "to s")
      assert.strictEqual((yield* executor.output(handle, 10_000, 10)).length, 0)
      assert.strictEqual(text(join(folder, "runs/a/1/exit_code")), "7\n")
    })
  )

  it.scopedLive("gives a job its environment, arguments and files, and no input", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const executor = yield* start(folder, {
        environment: { PATH: "/usr/bin:/bin", KEPT: "kept", GONE: "gone", UNSET: undefined, "NO.SHELL=NAME": undefined }
      })
      const job = script(
        'echo "$KEPT|${GONE-none}|$NEW|$PYTHONUNBUFFERED|$PWD"; cat "$SWEEPLINE_RUN_DIR/config.yaml"; cat; echo "$#:$1:$2:$3"',
        {
          cwd: folder,
          args: ["", "two\nlines", 'it\'s "$HOME" \\'],
          env: new Map([
            ["GONE", undefined],
            ["NEW", "new\nline"]
          ]),
          files: new Map([["config.yaml", "lr: 0.1\n"]])
        }
      )
      const handle = yield* executor.submit(job, key("a"))
      yield* ended(executor, handle)
      assert.strictEqual(
        text(join(folder, "runs/a/1/output.log")),
        `kept|none|new\nline|1|${folder}\nlr: 0.1\n3::two\nlines:it's "$HOME" \\\n`
      )
    })
  )

  it.scopedLive("leaves PYTHONUNBUFFERED as it is where it is set", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const executor = yield* start(folder, { environment: { PATH: "/usr/bin:/bin", PYTHONUNBUFFERED: "" } })
      const handle = yield* executor.submit(script('echo "[$PYTHONUNBUFFERED]"'), key("a"))
      yield* ended(executor, handle)
      assert.strictEqual(text(join(folder, "runs/a/1/output.log")), "[]\n")
    })
  )

  onLinux("makes a run the leader of its own session and process group (Linux only)", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const executor = yield* start(folder)
      const handle = yield* executor.submit(script("exec sleep 60"), key("a"))
      const pid = Number(handle.data.split(" ")[1])
      const fields = text(`/proc/${pid}/stat`).split(") ")[1]?.split(" ") ?? []
      assert.deepStrictEqual([Number(fields[2]), Number(fields[3])], [pid, pid])
      yield* executor.cancel(handle, Duration.zero)
      assert.deepStrictEqual(yield* ended(executor, handle), JobStatus.Killed())
    })
  )

  it.scopedLive("takes a program for a program, though a shell has a command of that name", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      writeFileSync(join(folder, "exit"), "#!/bin/sh\necho program; /bin/false\n", { mode: 0o755 })
      const executor = yield* start(folder)
      const handle = yield* executor.submit(
        { argv: ["exit", "5"], env: new Map([["PATH", folder]]), cwd: folder, files: new Map() },
        key("a")
      )
      assert.deepStrictEqual(yield* ended(executor, handle), JobStatus.Exited({ code: 1 }))
      assert.strictEqual(text(join(folder, "runs/a/1/output.log")), "program\n")
    })
  )

  it.scopedLive("reports the death of a program by a signal as a shell does", () =>
    Effect.gen(function* () {
      const executor = yield* start(yield* temporary)
      const handle = yield* executor.submit(script("kill -SEGV $$"), key("a"))
      assert.deepStrictEqual(yield* ended(executor, handle), JobStatus.Exited({ code: 139 }))
    })
  )

  it.scopedLive("answers the same handle for a key that was submitted before, and runs it once", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const executor = yield* start(folder)
      const job = script(`echo ran >>${folder}/count`)
      const first = yield* executor.submit(job, key("a"))
      const second = yield* executor.submit(job, key("a"))
      yield* ended(executor, first)
      const third = yield* executor.submit(job, key("a"))
      assert.deepStrictEqual([second, third], [first, first])
      assert.strictEqual(text(`${folder}/count`), "ran\n")
    })
  )

  it.scopedLive(
    "runs once, however many engines race to submit",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporary
        const engines = yield* Effect.all([start(folder), start(folder), engine(folder)])
        yield* Effect.forEach(
          Array.from({ length: 100 }, (_, n) => key(`run${n}`)),
          Effect.fnUntraced(function* (one) {
            const job = script(`echo ran >>"$SWEEPLINE_RUN_DIR/count"`)
            const handles = yield* Effect.all(
              engines.map((executor) => executor.submit(job, one)),
              { concurrency: "unbounded" }
            )
            assert.strictEqual(new Set(handles.map((handle) => handle.data)).size, 1)
            for (const [n, executor] of engines.entries()) {
              assert.deepStrictEqual(yield* ended(executor, handles[n] ?? assert.fail()), JobStatus.Exited({ code: 0 }))
            }
            assert.strictEqual(text(join(folder, "runs", one.slice(0, -2), "count")), "ran\n")
          }),
          { concurrency: 3, discard: true }
        )
      }),
    60_000
  )

  it.scopedLive("a wrapper that comes late finds the claim and ends", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const executor = yield* start(folder, { claimTimeout: "100 millis" })
      // What a stopped wrapper leaves: its folder, and no claim. The key is given up, so that it never runs.
      const attempt = join(folder, "runs/a/1")
      mkdirSync(attempt, { recursive: true })
      const stuck = yield* engineOn(folder, () => ({}), { launcher, claimTimeout: "0 millis" })
      const handle = yield* stuck.submit(script(`echo ran >>${folder}/count`), key("a"))
      const first = yield* ended(stuck, handle)
      if (first._tag === "Crashed") assert.include(first.detail, "did not start in time")
      yield* Effect.sleep(200)
      assert.deepStrictEqual(yield* executor.submit(script(`echo ran >>${folder}/count`), key("a")), handle)
      assert.strictEqual(text(`${folder}/count`), first._tag === "Crashed" ? "" : "ran\n")
    })
  )

  it.scopedLive("asks with SIGTERM and answers that the run was killed", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const executor = yield* start(folder)
      const handle = yield* executor.submit(script(`echo ready >${folder}/ready; exec sleep 60`), key("a"))
      yield* until(() => existsSync(`${folder}/ready`))
      yield* executor.cancel(handle, Duration.seconds(5))
      assert.deepStrictEqual(yield* ended(executor, handle), JobStatus.Killed())
      // The wrapper outlived the SIGTERM of its group: it wrote the code.
      assert.strictEqual(text(join(folder, "runs/a/1/exit_code")), "143\n")
    })
  )

  it.scopedLive("keeps the exit code of a job that ends in order when it is asked", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const executor = yield* start(folder)
      const handle = yield* executor.submit(
        script(`trap 'echo saved; exit 3' TERM; echo >${folder}/ready; while :; do sleep 0.05; done`),
        key("a")
      )
      yield* until(() => existsSync(`${folder}/ready`))
      yield* executor.cancel(handle, Duration.seconds(5))
      assert.deepStrictEqual(yield* ended(executor, handle), JobStatus.Exited({ code: 3 }))
      assert.include(text(join(folder, "runs/a/1/output.log")), "saved\n")
    })
  )

  it.scopedLive("kills what ignores SIGTERM after the grace time, and no sooner", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const executor = yield* start(folder)
      const handle = yield* executor.submit(
        script(`trap '' TERM; echo $$ >${folder}/pid; while :; do sleep 0.05; done`),
        key("a")
      )
      yield* until(() => text(`${folder}/pid`).endsWith("\n"))
      yield* executor.cancel(handle, Duration.seconds(1))
      yield* Effect.sleep(200)
      assert.deepStrictEqual(yield* status(executor, handle), JobStatus.Running())
      assert.deepStrictEqual(yield* ended(executor, handle), JobStatus.Killed())
      yield* until(() => !runs(Number(text(`${folder}/pid`))))
    })
  )

  it.scopedLive("ends a stopped job", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const executor = yield* start(folder)
      const handle = yield* executor.submit(script(`echo >${folder}/ready; kill -STOP 0; sleep 60`), key("a"))
      yield* until(() => existsSync(`${folder}/ready`))
      yield* Effect.sleep(100)
      yield* executor.cancel(handle, Duration.seconds(5))
      assert.deepStrictEqual(yield* ended(executor, handle), JobStatus.Killed())
    })
  )

  onLinux("ends what a job runs in process groups of its own (Linux only)", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const executor = yield* start(folder)
      // `timeout` moves itself and what it runs into another group.
      const handle = yield* executor.submit(
        script(`timeout 60 sh -c 'trap "" TERM; echo $$ >${folder}/pid; while :; do sleep 0.05; done'`),
        key("a")
      )
      yield* until(() => text(`${folder}/pid`).endsWith("\n"))
      yield* executor.cancel(handle, Duration.millis(300))
      assert.notStrictEqual((yield* ended(executor, handle))._tag, "Running")
      yield* until(() => !runs(Number(text(`${folder}/pid`))))
    })
  )

  it.scopedLive("kills what a job leaves in the background when it ends", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const executor = yield* start(folder)
      const handle = yield* executor.submit(script(`sleep 60 & echo $! >${folder}/pid; exit 0`), key("a"))
      assert.deepStrictEqual(yield* ended(executor, handle), JobStatus.Exited({ code: 0 }))
      yield* until(() => !runs(Number(text(`${folder}/pid`))))
    })
  )

  it.scopedLive("calls a job crashed whose wrapper is killed, and kills the rest of it", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const executor = yield* start(folder)
      const handle = yield* executor.submit(script(`echo $$ >${folder}/pid; exec sleep 60`), key("a"))
      yield* until(() => text(`${folder}/pid`).endsWith("\n"))
      process.kill(Number(handle.data.split(" ")[1]), "SIGKILL")
      assert.strictEqual((yield* ended(executor, handle))._tag, "Crashed")
      yield* until(() => !runs(Number(text(`${folder}/pid`))))
    })
  )

  it.scopedLive("a job that is asked as soon as it is submitted hears it", () =>
    Effect.gen(function* () {
      const executor = yield* start(yield* temporary)
      yield* Effect.forEach(
        Array.from({ length: 20 }, (_, n) => key(`run${n}`)),
        Effect.fnUntraced(function* (one) {
          const handle = yield* executor.submit(script("exec sleep 120"), one)
          // What doesn't hear it goes on for longer than `ended` waits.
          yield* executor.cancel(handle, Duration.seconds(60))
          assert.deepStrictEqual(yield* ended(executor, handle), JobStatus.Killed())
        }),
        { concurrency: 4, discard: true }
      )
    })
  )

  onLinux("gives a job every signal at its default (Linux only)", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const executor = yield* start(folder)
      const handle = yield* executor.submit(
        script("grep -E 'Sig(Ign|Blk)' /proc/self/status; readlink /proc/self/fd/0"),
        key("a")
      )
      yield* ended(executor, handle)
      const zero = "0".repeat(16)
      const expected = `SigBlk:\t${zero}\nSigIgn:\t${zero}\n/dev/null\n`
      assert.strictEqual(text(join(folder, "runs/a/1/output.log")), expected)
    })
  )

  it.scopedLive("emits the key of a job that ends, once", () =>
    Effect.gen(function* () {
      const executor = yield* start(yield* temporary)
      const seen: Array<string> = []
      yield* executor.changes.pipe(
        Stream.runForEach((one) => Effect.sync(() => seen.push(one))),
        Effect.forkScoped
      )
      yield* Effect.sleep(10)
      const names = Array.from({ length: 20 }, (_, n) => key(`run${n}`))
      yield* Effect.forEach(names, (one) => executor.submit(script(""), one), { concurrency: 4 })
      yield* until(() => seen.length >= names.length)
      assert.deepStrictEqual(seen.toSorted(), names.toSorted())
    })
  )

  it.scopedLive("a later engine adopts what runs: status, output, changes and cancel", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const handle = yield* Effect.scoped(
        Effect.flatMap(start(folder), (first) =>
          first.submit(script(`echo begun; while [ ! -e ${folder}/go ]; do sleep 0.02; done; exit 4`), key("a"))
        )
      )
      const executor = yield* start(folder)
      assert.deepStrictEqual(yield* executor.find(key("a")), Option.some(handle))
      assert.deepStrictEqual(yield* status(executor, handle), JobStatus.Running())
      const change = yield* executor.changes.pipe(Stream.runHead, Effect.fork)
      yield* Effect.sleep(50)
      writeFileSync(join(folder, "go"), "")
      assert.deepStrictEqual(yield* Fiber.join(change), Option.some(key("a")))
      assert.deepStrictEqual(yield* status(executor, handle), JobStatus.Exited({ code: 4 }))
      assert.strictEqual(new TextDecoder().decode(yield* executor.output(handle, 0, 100)), "begun\n")
    })
  )

  it.scopedLive("a later engine goes on with a cancel that was under way", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const job = script(`trap '' TERM; echo $$ >${folder}/pid; while :; do sleep 0.05; done`)
      const handle = yield* Effect.scoped(
        Effect.gen(function* () {
          const first = yield* start(folder)
          const handle = yield* first.submit(job, key("a"))
          yield* until(() => text(`${folder}/pid`).endsWith("\n"))
          yield* first.cancel(handle, Duration.seconds(1))
          return handle
        })
      )
      const executor = yield* start(folder)
      assert.deepStrictEqual(yield* status(executor, handle), JobStatus.Running())
      assert.deepStrictEqual(yield* ended(executor, handle), JobStatus.Killed())
      yield* until(() => !runs(Number(text(`${folder}/pid`))))
    })
  )

  it.scopedLive("a job that is being stopped hears nothing of who only looks for it", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const asked = `${folder}/asked`
      const job = script(`trap 'echo >>${asked}' TERM; echo $$ >${folder}/pid; while :; do sleep 0.05; done`)
      const first = yield* start(folder)
      const handle = yield* first.submit(job, key("a"))
      yield* until(() => text(`${folder}/pid`).endsWith("\n"))
      // Old enough to have heard of it at once.
      yield* Effect.sleep("150 millis")
      yield* first.cancel(handle, Duration.seconds(20))
      yield* until(() => text(asked) === "\n")
      const reader = yield* start(folder)
      assert.deepStrictEqual(yield* reader.find(key("a")), Option.some(handle))
      yield* reader.output(handle, 0, 10)
      yield* Effect.sleep("300 millis")
      assert.strictEqual(text(asked), "\n")
      yield* first.cancel(handle, Duration.zero)
      yield* ended(first, handle)
    })
  )

  it.scopedLive("a later engine reads the code of what ended while there was none, and when that was", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const handle = yield* Effect.scoped(
        Effect.flatMap(start(folder), (first) => first.submit(script("sleep 0.1; exit 9"), key("a")))
      )
      const exitCode = join(folder, "runs/a/1/exit_code")
      // Once it is written, not only made: writing sets its time anew.
      yield* until(() => text(exitCode) === "9\n")
      utimesSync(exitCode, 1_800_000_000, 1_800_000_000)
      const executor = yield* start(folder)
      yield* ended(executor, handle)
      assert.deepStrictEqual(
        yield* Support.statusAndTime(executor, handle),
        JobStatus.Exited({ code: 9, at: 1_800_000_000_000 })
      )
    })
  )

  it.scopedLive("kills everything at once, also what is just being started", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const executor = yield* start(folder)
      const job = script(`trap '' TERM; echo $$ >"$SWEEPLINE_RUN_DIR/pid"; while :; do sleep 0.05; done`)
      const names = Array.from({ length: 4 }, (_, n) => key(`run${n}`))
      const handles = yield* Effect.forEach(names, (one) => executor.submit(job, one))
      yield* until(() => names.every((_, n) => text(join(folder, `runs/run${n}/pid`)).endsWith("\n")))
      const late = yield* Effect.fork(executor.submit(script(`sleep 1; echo ran >${folder}/late`), key("late")))
      yield* Effect.yieldNow()
      LocalExecutor.killAllNow()
      for (const handle of handles) assert.deepStrictEqual(yield* ended(executor, handle), JobStatus.Killed())
      const answer = yield* Fiber.await(late)
      if (Exit.isSuccess(answer)) assert.notStrictEqual((yield* ended(executor, answer.value))._tag, "Exited")
      for (const [n] of names.entries()) yield* until(() => !runs(Number(text(join(folder, `runs/run${n}/pid`)))))
      assert.isFalse(existsSync(`${folder}/late`))
    })
  )

  it.scopedLive("refuses a program that isn't there, before anything is written", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const executor = yield* start(folder)
      const job = { argv: ["no-such-program"] as const, env: new Map(), cwd: folder, files: new Map() }
      const error = yield* Effect.flip(executor.submit(job, key("a")))
      assert.strictEqual(error.reason, "Refused")
      assert.include(error.message, 'the program "no-such-program" is not on the PATH (searched /usr/bin:/bin)')
      assert.isFalse(existsSync(join(folder, "runs")))
    })
  )

  it.scopedLive("refuses a folder that isn't there", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const executor = yield* start(folder)
      const error = yield* Effect.flip(executor.submit(script("", { cwd: join(folder, "gone") }), key("a")))
      assert.strictEqual(error.reason, "Refused")
      assert.include(error.message, "there is no folder")
    })
  )

  onLinux("writes the exit code of a job whose folder was moved while it ran (Linux only)", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const first = yield* start(folder)
      const job = script(`until [ -e ${folder}/go ]; do sleep 0.01; done; exit 3`, { cwd: folder })
      const handle = yield* first.submit(job, key("a"))
      renameSync(join(folder, "runs"), join(folder, "moved"))
      writeFileSync(join(folder, "go"), "")
      yield* until(() => text(join(folder, "moved/a/1/exit_code")) === "3\n")
      const second = yield* start(folder, { runs: join(folder, "moved") })
      assert.deepStrictEqual(yield* status(second, handle), JobStatus.Exited({ code: 3 }))
    })
  )

  it.scopedLive("says which path can't be used", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      writeFileSync(join(folder, "file"), "")
      const executor = yield* start(folder, { runs: join(folder, "file/runs") })
      const error = yield* Effect.flip(executor.submit(script(""), key("a")))
      assert.instanceOf(error, ExecutorError)
      assert.strictEqual(error.reason, "Unavailable")
      assert.include(error.message, join(folder, "file/runs"))
    })
  )

  it.scopedLive("refuses a null character in an argument or a variable, which no program can be given", () =>
    Effect.gen(function* () {
      const executor = yield* start(yield* temporary)
      for (const job of [script("", { args: ["a\0b"] }), script("", { env: new Map([["NAME", "a\0b"]]) })]) {
        const error = yield* Effect.flip(executor.submit(job, key("a")))
        assert.strictEqual(error.reason, "Refused")
        assert.include(error.message, "without null bytes")
      }
    })
  )

  it.scopedLive("keeps runs apart whose ids are no file names", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const executor = yield* start(folder)
      const names = ["../up", "a/b", ".", "..", "x".repeat(300), `${"x".repeat(300)}y`].map((name) => key(name))
      for (const one of names) {
        const handle = yield* executor.submit(script(`echo '${one.slice(0, 10)}'`), one)
        assert.deepStrictEqual(yield* ended(executor, handle), JobStatus.Exited({ code: 0 }))
        const output = yield* executor.output(handle, 0, 100)
        assert.strictEqual(new TextDecoder().decode(output), `${one.slice(0, 10)}\n`)
      }
      assert.isFalse(existsSync(join(folder, "up")))
    })
  )
})

describe("a shell for each run", () => {
  it.scopedLive("refuses arguments that are too long", () =>
    Effect.gen(function* () {
      const executor = yield* engine(yield* temporary, { launcher: "shell" })
      const error = yield* Effect.flip(executor.submit(script("", { args: ["x".repeat(3_000_000)] }), key("a")))
      assert.strictEqual(error.reason, "Refused")
      assert.include(error.message, "longer than the system allows")
    })
  )
})

describe.skipIf(!ForkServer.isAvailable())("the fork server (needs /usr/bin/perl on Linux)", () => {
  it.scopedLive("makes the folder of all runs, line breaks and all, whichever wrapper comes first", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      for (let n = 0; n < 20; n++) {
        const executor = yield* engine(join(folder, String(n)), {
          runs: join(folder, String(n), "deep\nfolder", "runs")
        })
        const both = ["a", "b"].map((name) => executor.submit(script(""), key(name)))
        assert.lengthOf(yield* Effect.all(both, { concurrency: "unbounded" }), 2)
      }
    })
  )

  it.scoped("is waited for no longer than a second, also by a submit, which nothing interrupts", () =>
    Effect.gen(function* () {
      const before = children()
      const launcher = yield* ForkServer.make({}, yield* Launcher.direct({}))
      const submit = yield* Effect.fork(Effect.uninterruptible(launcher.ready))
      yield* Effect.yieldNow()
      const [server] = children().filter((pid) => !before.includes(pid))
      assert.isDefined(server)
      process.kill(server, "SIGSTOP")
      yield* Effect.addFinalizer(() => Effect.sync(() => process.kill(server, "SIGKILL")))
      yield* TestClock.adjust("1 second")
      assert.isTrue(Option.isSome(yield* Fiber.poll(submit)))
    })
  )

  it.scopedLive("may be killed: its jobs are looked at, and shells start the next ones", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const executor = yield* engine(folder)
      const waits = script(`while [ ! -e ${folder}/go ]; do sleep 0.02; done; exit 4`)
      const first = yield* executor.submit(waits, key("a"))
      const server = Number(
        text(`/proc/${first.data.split(" ")[1]}/stat`)
          .split(") ")[1]
          ?.split(" ")[1]
      )
      assert.include(text(`/proc/${server}/cmdline`), "perl")
      const change = yield* executor.changes.pipe(Stream.runHead, Effect.fork)
      process.kill(server, "SIGKILL")
      yield* until(() => !runs(server))
      const second = yield* executor.submit(waits, key("b"))
      assert.deepStrictEqual(yield* status(executor, first), JobStatus.Running())
      writeFileSync(join(folder, "go"), "")
      assert.isTrue(Option.isSome(yield* Fiber.join(change)))
      for (const handle of [first, second]) {
        assert.deepStrictEqual(yield* ended(executor, handle), JobStatus.Exited({ code: 4 }))
      }
    })
  )
})

/** The processes that this one has started. */
const children = (): ReadonlyArray<number> =>
  readdirSync("/proc/self/task").flatMap((task) =>
    text(`/proc/self/task/${task}/children`).trim().split(" ").filter(Boolean).map(Number)
  )
