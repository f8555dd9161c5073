import { spawn, spawnSync } from "node:child_process"
import { closeSync, constants, existsSync, openSync, readSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Claim from "@sweepline/executors/Claim"
import * as ForkServer from "@sweepline/executors/ForkServer"
import * as ForkServerProgram from "@sweepline/executors/ForkServerProgram"
import * as Protocol from "@sweepline/executors/ForkServerProtocol"
import * as RunFolder from "@sweepline/executors/RunFolder"
import { key, runs, temporary, until } from "./support.js"

describe.skipIf(!ForkServer.isAvailable())("the fork server's program (needs /usr/bin/perl on Linux)", () => {
  it.scopedLive("tells of a wrapper that was killed between its exit code and its word of that", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const run = RunFolder.make(folder, key("one"))
      const told = yield* pipe(folder)
      const server = yield* Effect.acquireRelease(
        Effect.sync(() =>
          spawn("/usr/bin/perl", ["-e", ForkServerProgram.text], { stdio: ["pipe", told.fd, "ignore"] })
        ),
        (child) => Effect.sync(() => child.kill("SIGKILL"))
      )
      // Its claim leaves no room for another word in a pipe that nobody reads: the wrapper has to wait.
      const claim = `b n h ${"t".repeat(capacity - 4096 + 4000)}`
      const job = {
        folder: run,
        files: new Map(),
        claim,
        argv: ["/bin/true"],
        cwd: "/",
        env: { set: new Map(), unset: [] }
      }
      server.stdin?.write(Protocol.environment({ PATH: "/bin" }))
      server.stdin?.write(Protocol.job("0", job) ?? "")
      yield* until(() => existsSync(RunFolder.exitCode(run)))
      const reading = Claim.read(RunFolder.claim(run))
      if (reading.kind !== "held") return assert.fail(reading.kind)
      const { pid } = reading.claim
      process.kill(pid, "SIGKILL")
      // Before there is room in the pipe again: it would still say its word.
      yield* until(() => !runs(pid))
      let text = ""
      yield* until(() => (text += told.read()).endsWith("\n0 signalled\n"))
      assert.notInclude(text, "0 done")
    })
  )
})

// fixtures

/** What fits into a pipe of Linux. */
const capacity = 65_536

/** A pipe that is read when the test says so. */
const pipe = (folder: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const path = join(folder, "told")
      spawnSync("mkfifo", [path])
      const fd = openSync(path, constants.O_RDWR)
      const end = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
      const read = () => {
        const bytes = Buffer.alloc(capacity)
        try {
          return bytes.toString("latin1", 0, readSync(end, bytes))
        } catch {
          // EAGAIN: it is empty.
          return ""
        }
      }
      return { fd, end, read }
    }),
    ({ end, fd }) => Effect.sync(() => [fd, end].forEach(closeSync))
  )
