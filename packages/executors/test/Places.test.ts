import { cpSync, existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Logger, Option, Schedule } from "effect"
import { JobStatus } from "@sweepline/core/Executor"
import type * as LocalExecutor from "@sweepline/executors/LocalExecutor"
import { ended, engine, engineOn, key, onLinux, runs, script, status, temporary, text, until } from "./support.js"

const sleeper = (folder: string) => script(`echo $$ >${folder}/pid; exec sleep 60`)

/** A job that an engine started, whose scope is closed: as if that process were gone. */
const orphan = (folder: string, options?: Partial<LocalExecutor.Options>) =>
  Effect.scoped(
    Effect.gen(function* () {
      mkdirSync(folder, { recursive: true })
      const first = yield* engine(folder, options)
      const handle = yield* first.submit(sleeper(folder), key("a"))
      yield* until(() => text(`${folder}/pid`).endsWith("\n"))
      return handle
    })
  )

/** Ends what a test leaves running. */
const end = (folder: string) =>
  engine(folder).pipe(
    Effect.flatMap((executor) =>
      Effect.flatMap(executor.find(key("a")), (handle) =>
        Option.isSome(handle) ? executor.cancel(handle.value, Duration.zero) : Effect.void
      )
    )
  )

describe("a job that isn't here any more, or can't be told to be", () => {
  it.scopedLive("is lost when the machine was restarted", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const handle = yield* orphan(folder)
      const executor = yield* engineOn(folder, (table) => ({ here: { ...table.here, boot: "another-boot" } }))
      assert.deepStrictEqual(
        yield* status(executor, handle),
        JobStatus.Lost({ detail: "the machine was restarted while it ran" })
      )
      assert.deepStrictEqual(yield* executor.find(key("a")), Option.some(handle))
      yield* executor.cancel(handle, Duration.zero)
      assert.isTrue(runs(Number(text(`${folder}/pid`))), "what has the pid after a reboot is another's")
      yield* end(folder)
    })
  )

  it.scopedLive("is refused when another pid namespace or another machine has it", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const handle = yield* orphan(folder)
      for (const elsewhere of [{ namespace: "1" }, { boot: "another-boot", host: "another-host" }]) {
        const executor = yield* engineOn(folder, (table) => ({ here: { ...table.here, ...elsewhere } }))
        const errors = yield* Effect.all([
          Effect.flip(executor.poll([handle])),
          Effect.flip(executor.find(key("a"))),
          Effect.flip(executor.cancel(handle, Duration.zero)),
          Effect.flip(executor.submit(sleeper(folder), key("a")))
        ])
        for (const error of errors) {
          assert.strictEqual(error.reason, "Foreign")
          assert.include(error.message, join(folder, "runs/a/1/claim"))
        }
      }
      assert.isTrue(runs(Number(text(`${folder}/pid`))))
      yield* end(folder)
    })
  )

  it.scopedLive("keeps nobody from hearing of the others, and is given up once its claim is deleted", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const handle = yield* orphan(folder)
      const executor = yield* engineOn(folder, (table) => ({ here: { ...table.here, namespace: "1" } }))
      const other = yield* executor.submit(script("exit 3"), key("b"))
      yield* Effect.repeat(executor.poll([handle, other]), {
        until: (statuses) => statuses.get(other.key)?._tag === "Exited",
        schedule: Schedule.spaced(5)
      }).pipe(Effect.timeout("30 seconds"))
      assert.isFalse((yield* executor.poll([handle, other])).has(handle.key))
      renameSync(join(folder, "runs"), join(folder, "unmounted"))
      assert.strictEqual(
        (yield* Effect.flip(executor.poll([handle]))).reason,
        "Foreign",
        "its claim may be there still"
      )
      renameSync(join(folder, "unmounted"), join(folder, "runs"))
      rmSync(join(folder, "runs/a/1/claim"))
      assert.strictEqual((yield* status(executor, handle))._tag, "Lost")
      process.kill(-Number(handle.data.split(" ")[1]), "SIGKILL")
    })
  )

  it.scopedLive("is told of beside another one, and once", () => {
    const said: Array<string> = []
    const logger = Logger.make<unknown, void>(({ message }) => said.push(String(message)))
    return Effect.gen(function* () {
      const folder = yield* temporary
      const first = yield* orphan(folder)
      const second = { ...first, key: key("b") }
      mkdirSync(join(folder, "runs/b/1"), { recursive: true })
      writeFileSync(join(folder, "runs/b/1/claim"), `${first.data}\n`)
      const executor = yield* engineOn(folder, (table) => ({ here: { ...table.here, namespace: "1" } }))
      for (let look = 0; look < 3; look++) {
        assert.strictEqual((yield* Effect.flip(executor.poll([first, second]))).subject, first.key)
      }
      assert.lengthOf(said, 1)
      assert.include(said[0], second.key)
      yield* end(folder)
    }).pipe(Effect.provide(Logger.replace(Logger.defaultLogger, logger)))
  })

  it.scopedLive("has ended wherever it ran, once its exit code is there", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const first = yield* engine(folder)
      const handle = yield* first.submit(script("exit 6"), key("a"))
      yield* ended(first, handle)
      const executor = yield* engineOn(folder, (table) => ({ here: { ...table.here, namespace: "1" } }))
      assert.deepStrictEqual(yield* status(executor, handle), JobStatus.Exited({ code: 6 }))
    })
  )

  it.scopedLive("is gone when its pid is another process's, which is left alone", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const handle = yield* orphan(folder)
      const pid = Number(text(`${folder}/pid`))
      // As if the kernel had given the pid to a process that started later.
      const reused = handle.data.replace(/\d+$/, "1")
      writeFileSync(join(folder, "runs/a/1/claim"), `${reused}\n`)
      const executor = yield* engine(folder)
      const found = Option.getOrThrow(yield* executor.find(key("a")))
      assert.strictEqual((yield* status(executor, found))._tag, "Crashed")
      yield* executor.cancel(found, Duration.zero)
      assert.isTrue(runs(pid))
      process.kill(-Number(handle.data.split(" ")[1]), "SIGKILL")
    })
  )

  for (const launcher of ["auto", "shell"] as const) {
    onLinux(
      `isn't a copy's, made while it ran: neither its status nor its end (launcher ${launcher}, Linux only)`,
      () =>
        Effect.gen(function* () {
          const folder = yield* temporary
          const handle = yield* orphan(join(folder, "one"), { launcher })
          const claim = (of: string) => join(folder, of, "runs/a/1")
          cpSync(join(folder, "one"), join(folder, "copy"), { recursive: true })
          symlinkSync(join(folder, "one"), join(folder, "link"))
          const copy = yield* engine(join(folder, "copy"))
          const lost = JobStatus.Lost({ detail: `it runs in ${claim("one")}, of which this folder is a copy` })
          assert.deepStrictEqual(yield* status(copy, handle), lost)
          yield* copy.cancel(handle, Duration.zero)
          const same = yield* engine(join(folder, "link"))
          assert.deepStrictEqual(yield* status(same, handle), JobStatus.Running())
          renameSync(join(folder, "one"), join(folder, "moved"))
          const moved = yield* engine(join(folder, "moved"))
          assert.deepStrictEqual(yield* status(moved, handle), JobStatus.Running())
          yield* end(join(folder, "moved"))
        })
    )
  }

  it.scopedLive("was killed, not crashed, when an earlier process asked it to stop", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const handle = yield* orphan(folder)
      writeFileSync(join(folder, "runs/a/1/stop"), "0 0\n")
      process.kill(-Number(handle.data.split(" ")[1]), "SIGKILL")
      yield* until(() => !runs(Number(text(`${folder}/pid`))))
      const executor = yield* engine(folder)
      assert.deepStrictEqual(yield* ended(executor, handle), JobStatus.Killed())
    })
  )

  onLinux("has its leftovers killed by whoever finds it gone (Linux only)", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const handle = yield* orphan(folder)
      process.kill(Number(handle.data.split(" ")[1]), "SIGKILL")
      const executor = yield* engine(folder)
      assert.strictEqual((yield* ended(executor, handle))._tag, "Crashed")
      yield* until(() => !runs(Number(text(`${folder}/pid`))))
    })
  )
})

describe("files that are not as they should be", () => {
  const attempt = (folder: string) => {
    mkdirSync(join(folder, "runs/a/1"), { recursive: true })
    return join(folder, "runs/a/1")
  }

  it.scopedLive("a claim that can't be read is refused, and nothing runs", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      writeFileSync(join(attempt(folder), "claim"), "hello\n")
      const executor = yield* engine(folder)
      for (const asked of [executor.submit(script(`echo >${folder}/ran`), key("a")), executor.find(key("a"))]) {
        const error = yield* Effect.flip<unknown, { reason: string; message: string }, never>(asked)
        assert.strictEqual(error.reason, "Refused")
        assert.include(error.message, `${attempt(folder)}/claim says "hello"`)
      }
      assert.isFalse(existsSync(`${folder}/ran`))
    })
  )

  it.scopedLive("a claim without a whole line is waited for, then refused", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      writeFileSync(join(attempt(folder), "claim"), "1 12")
      const executor = yield* engine(folder)
      const error = yield* Effect.flip(executor.submit(script(`echo >${folder}/ran`), key("a")))
      assert.strictEqual(error.reason, "Refused")
      assert.include(error.message, "has no whole line")
      assert.isFalse(existsSync(`${folder}/ran`))
    })
  )

  it.scopedLive("an exit code without its newline isn't there yet", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const handle = yield* orphan(folder)
      const executor = yield* engine(folder)
      const file = join(folder, "runs/a/1/exit_code")
      for (const partial of ["", "1", "x\n"]) {
        writeFileSync(file, partial)
        assert.deepStrictEqual(yield* status(executor, handle), JobStatus.Running())
      }
      writeFileSync(file, "13\n")
      assert.deepStrictEqual(yield* status(executor, handle), JobStatus.Exited({ code: 13 }))
      rmSync(file)
      yield* executor.cancel(handle, Duration.zero)
      assert.deepStrictEqual(yield* ended(executor, handle), JobStatus.Killed())
    })
  )

  it.scopedLive("a handle that none of ours wrote is a lost job", () =>
    Effect.gen(function* () {
      const executor = yield* engine(yield* temporary)
      assert.strictEqual((yield* status(executor, { key: key("a"), data: "pod/xyz" }))._tag, "Lost")
    })
  )

  it.scopedLive("nothing is found under a key that was never submitted", () =>
    Effect.gen(function* () {
      const executor = yield* engine(yield* temporary)
      assert.deepStrictEqual(yield* executor.find(key("a")), Option.none())
    })
  )
})
