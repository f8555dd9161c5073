import childProcess from "node:child_process"
import { syncBuiltinESMExports } from "node:module"
import { assert, describe, it, vi } from "@effect/vitest"
import { Effect } from "effect"
import * as ForkServer from "@sweepline/executors/ForkServer"
import type { Launcher } from "@sweepline/executors/Launcher"
import * as Started from "@sweepline/executors/Started"

describe("a fork server", () => {
  it.scoped("that the system has no memory for leaves the work to shells", () =>
    Effect.gen(function* () {
      yield* noMemory
      const shell = Started.make(false)
      const launcher = yield* ForkServer.make({}, { ready: Effect.void, start: () => shell })
      yield* launcher.ready
      assert.strictEqual(launcher.start(nothing), shell)
    })
  )
})

// fixtures

const nothing: Parameters<Launcher["start"]>[0] = {
  folder: { run: "/r", attempt: "/r/1" },
  files: new Map(),
  claim: "",
  argv: ["/bin/true"],
  cwd: "/",
  env: { set: new Map(), unset: [] }
}

/** Until the scope closes, no process can be started: some of what the system says then Node throws at once. */
const noMemory = Effect.acquireRelease(
  Effect.sync(() => {
    const spawn = vi.spyOn(childProcess, "spawn").mockImplementation(() => {
      throw Object.assign(new Error("spawn ENOMEM"), { code: "ENOMEM" })
    })
    syncBuiltinESMExports()
    return spawn
  }),
  (spawn) =>
    Effect.sync(() => {
      spawn.mockRestore()
      syncBuiltinESMExports()
    })
)
