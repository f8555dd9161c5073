import { assert, describe, it } from "@effect/vitest"
import * as NodeContext from "@effect/platform-node/NodeContext"
import { FileSystem } from "@effect/platform"
import { Effect, Exit, Fiber, Stream } from "effect"
import { execFile, execFileSync } from "node:child_process"
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import * as FileOutput from "../src/FileOutput.js"
import { Output } from "../src/Output.js"
import * as InProcess from "./fixtures/inProcess.js"
import * as KeptOutput from "./fixtures/keptOutput.js"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "sweepline-output-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true }))
)

/** A pipe whose writers, where they still wait for a reader at the end, get one: they may hold threads. */
const namedPipe = Effect.acquireRelease(
  Effect.map(folder, (path) => {
    const pipe = join(path, "pipe")
    execFileSync("mkfifo", [pipe])
    return pipe
  }),
  (pipe) => Effect.sync(() => closeSync(openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK)))
)

/** What someone else reads from a pipe. */
const read = (pipe: string) => Effect.promise(() => promisify(execFile)("cat", [pipe]).then(({ stdout }) => stdout))

const write = <E = never>(file: string, text: string | Stream.Stream<string, E>, { output } = KeptOutput.make()) =>
  FileOutput.write(file, text).pipe(Effect.provideService(Output, output), Effect.provide(NodeContext.layer))

describe("output into a file", () => {
  it.scoped("replaces it whole, and leaves nothing beside it", () =>
    Effect.gen(function* () {
      const file = join(yield* folder, "runs.csv")
      yield* write(file, "a long first text")
      yield* write(file, "second")
      assert.strictEqual(readFileSync(file, "utf8"), "second")
      assert.deepStrictEqual(readdirSync(join(file, "..")), ["runs.csv"])
    })
  )

  it.scoped("takes it part by part, and is the old one until the last", () =>
    Effect.gen(function* () {
      const file = join(yield* folder, "runs.csv")
      const parts = Stream.tap(Stream.make("a", "b", "c"), () =>
        Effect.sync(() => assert.strictEqual(readFileSync(file, "utf8"), "old"))
      )
      writeFileSync(file, "old")
      const broken = yield* Effect.exit(write(file, Stream.concat(parts, Stream.fail("unread"))))
      assert.deepStrictEqual(broken, Exit.fail("unread"))
      assert.strictEqual(readFileSync(file, "utf8"), "old")
      yield* write(file, parts)
      assert.strictEqual(readFileSync(file, "utf8"), "abc")
      assert.deepStrictEqual(readdirSync(join(file, "..")), ["runs.csv"])
    })
  )

  it.scoped("follows a link, which stays one", () =>
    Effect.gen(function* () {
      const path = yield* folder
      writeFileSync(join(path, "real.csv"), "old")
      symlinkSync("real.csv", join(path, "link.csv"))
      yield* write(join(path, "link.csv"), "new")
      assert.strictEqual(readFileSync(join(path, "real.csv"), "utf8"), "new")
      assert.isTrue(lstatSync(join(path, "link.csv")).isSymbolicLink())
    })
  )

  it.scoped("makes the file that a link leads to, from a folder that is a link too", () =>
    Effect.gen(function* () {
      const path = yield* folder
      mkdirSync(join(path, "a", "b"), { recursive: true })
      symlinkSync(join("a", "b"), join(path, "short"))
      symlinkSync(join("..", "real.csv"), join(path, "short", "link.csv"))
      yield* write(join(path, "short", "link.csv"), "new")
      assert.strictEqual(readFileSync(join(path, "a", "real.csv"), "utf8"), "new")
      assert.isTrue(lstatSync(join(path, "short", "link.csv")).isSymbolicLink())
    })
  )

  it.scoped("leaves its mode, whatever new files get", () =>
    Effect.gen(function* () {
      const file = join(yield* folder, "runs.csv")
      writeFileSync(file, "old")
      for (const mode of [0o600, 0o666]) {
        chmodSync(file, mode)
        yield* write(file, "new")
        assert.strictEqual(statSync(file).mode & 0o777, mode)
      }
    })
  )

  it.scoped("goes on where an open file stands, and keeps what was in it", () =>
    Effect.gen(function* () {
      const file = join(yield* folder, "runs.csv")
      const open = yield* Effect.acquireRelease(
        Effect.sync(() => openSync(file, "w")),
        (fd) => Effect.sync(() => closeSync(fd))
      )
      writeSync(open, "head\n")
      yield* write(`/dev/fd/${open}`, "rows\n")
      writeSync(open, "foot\n")
      assert.strictEqual(readFileSync(file, "utf8"), "head\nrows\nfoot\n")
    })
  )

  it.scoped("by the name of standard output is printed", () =>
    Effect.gen(function* () {
      const link = join(yield* folder, "link")
      symlinkSync("/dev/stdout", link)
      const kept = KeptOutput.make()
      for (const name of ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", link]) yield* write(name, name, kept)
      assert.deepStrictEqual(kept.out, ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", link])
    })
  )

  // The end of a terminal that can be opened where there is none.
  it.effect.skipIf(!existsSync("/dev/ptmx"))("goes to a terminal, which has no positions", () =>
    write("/dev/ptmx", Stream.make("a\n", "b\n"))
  )

  it.scopedLive("writes into a pipe, and doesn't put a file in its place", () =>
    Effect.gen(function* () {
      const pipe = yield* namedPipe
      const text = "through ".repeat(100_000)
      yield* Effect.fork(write(pipe, text))
      assert.strictEqual(yield* read(pipe), text)
      assert.isTrue(lstatSync(pipe).isFIFO())
    })
  )

  it.scopedLive(
    "waits for the reader of a pipe without a thread, of which there are four, and can be interrupted",
    () =>
      Effect.gen(function* () {
        const pipe = yield* namedPipe
        const writers = yield* Effect.forEach([1, 2, 3, 4, 5], (n) => Effect.fork(write(pipe, `${n}`)))
        yield* Effect.sleep("100 millis")
        const fs = yield* FileSystem.FileSystem
        assert.isTrue(yield* Effect.timeout(fs.exists(pipe), "30 seconds"))
        yield* Fiber.interruptAll(writers.slice(1))
        assert.strictEqual(yield* read(pipe), "1")
      }).pipe(Effect.provide(NodeContext.layer))
  )

  it.scopedLive("into a pipe that has lost its reader is refused", () =>
    Effect.gen(function* () {
      const pipe = yield* namedPipe
      const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK)
      const open = openSync(pipe, constants.O_WRONLY)
      closeSync(reader)
      const { message } = yield* Effect.flip(write(`/dev/fd/${open}`, "text"))
      closeSync(open)
      assert.include(message, `Could not write /dev/fd/${open}: `)
    })
  )

  it.scoped("that can't be written is refused by the name that a person gave it, whatever is in that", () =>
    Effect.gen(function* () {
      const file = join(yield* folder, `all $& of my runs ${"x".repeat(235)}`)
      const { message } = yield* Effect.flip(write(file, "text"))
      assert.include(message, `Could not write ${file}: ENAMETOOLONG: name too long, open '${file}'.`)
    })
  )

  it.scoped("that can't be written is refused in a sentence", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const told = (file: string) => Effect.map(Effect.flip(write(file, "")), ({ message }) => message)
      assert.include(yield* told(path), `Could not write ${path}: it is a folder.`)
      assert.include(yield* told(join(path, "none", "runs.csv")), "its folder doesn't exist. Name a file")
      assert.deepStrictEqual(readdirSync(path), [])
      writeFileSync(join(path, "file"), "")
      assert.include(yield* told(join(path, "file", "runs.csv")), "a part of its path is no folder.")
      symlinkSync("loop", join(path, "loop"))
      assert.include(yield* told(join(path, "loop")), "its links lead in a circle.")
      assert.isTrue(lstatSync(join(path, "loop")).isSymbolicLink())
    })
  )

  it.scoped("is not made for -, where the plan itself is printed", () =>
    Effect.gen(function* () {
      const { code, stderr } = yield* InProcess.run(["plan", "sweep.yaml", "--svg", "-"])
      assert.strictEqual(code, 2)
      assert.include(stderr, "--svg - would put the picture among the plan's text: name a file")
    })
  )
})
