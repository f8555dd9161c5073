import { spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { Socket } from "node:net"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Environment } from "./Environment.js"
import * as ForkServerProgram from "./ForkServerProgram.js"
import * as Protocol from "./ForkServerProtocol.js"
import type * as Launcher from "./Launcher.js"
import * as Started from "./Started.js"

/** Whether a fork server can run here: Linux with its system Perl. macOS starts processes fast as it is. */
export const isAvailable = (): boolean => process.platform === "linux" && existsSync(perl)

/**
 * Starts wrappers through a fork server. To start a process, the system first copies the page
 * tables of the one that asks, which for a scheduler of 100 MB takes more than a millisecond in
 * which it does nothing else, and a shell of its own for each run takes as long again. The server has 2 MB.
 *
 * It ends with the scope or this process, and the wrappers go on. Should it not be ready within a second, or
 * end before, wrappers are started by `fallback`; what it had started then ends as `Unknown`.
 */
export const make = (
  environment: Environment,
  fallback: Launcher.Launcher
): Effect.Effect<Launcher.Launcher, never, Scope.Scope> =>
  Effect.gen(function* () {
    let server: Server | undefined
    yield* Effect.addFinalizer(() => Effect.sync(() => server?.close()))
    return {
      // Opened when a job is there to start, so what only looks at jobs doesn't pay for it.
      ready: Effect.suspend(() => {
        server ??= open(environment, fallback)
        return server.ready
      }),
      start: (options) => (server ?? fallback).start(options)
    }
  })

// internal

const perl = "/usr/bin/perl"

/** A launcher that has to be closed. */
interface Server extends Launcher.Launcher {
  readonly close: () => void
}

const closable = (launcher: Launcher.Launcher): Server => ({ ...launcher, close: () => {} })

/** The process of a server. Some of what keeps it from starting is thrown, a lack of memory for one: then there is none. */
const serverProcess = () => {
  try {
    return spawn(perl, ["-e", ForkServerProgram.text], {
      // Nothing of the user's, PERL5OPT for one, may change what it does.
      env: {},
      cwd: "/",
      detached: true,
      stdio: ["pipe", "pipe", "ignore"]
    })
  } catch {
    return undefined
  }
}

const open = (environment: Environment, fallback: Launcher.Launcher): Server => {
  const settled = Effect.unsafeMakeLatch(false)
  let state: "starting" | "ready" | "over" = "starting"
  /** What was started and hasn't told of its end, by its id. */
  const pending = new Map<string, Started.Teller>()
  let next = 0

  const server = serverProcess()
  if (server === undefined) return closable(fallback)

  const settle = (as: "ready" | "over"): void => {
    if (state !== "over") state = as
    settled.unsafeOpen()
  }
  const gone = (): void => {
    settle("over")
    for (const started of pending.values()) started.finish(Started.End.Unknown())
    pending.clear()
  }
  server.once("error", gone)
  server.once("exit", gone)
  // With too many files open it has no pipes at all.
  if (server.pid === undefined) return closable(fallback)
  // What can't be written any more is answered by the server's end.
  server.stdin.on("error", () => {})

  const pipes = [server.stdin, server.stdout].filter((pipe) => pipe instanceof Socket)
  /** Only what was started keeps this process from ending. */
  const hold = (held: boolean): void => {
    for (const handle of [server, ...pipes]) {
      if (held) handle.ref()
      else handle.unref()
    }
  }
  hold(false)

  const hear = (message: Protocol.Message): void => {
    if (message._tag === "Ready") return settle("ready")
    const started = pending.get(message.id)
    if (message._tag === "Claimed") return started?.claimed(message.claim)
    if (!pending.delete(message.id)) return
    if (pending.size === 0) hold(false)
    started?.finish(message.end)
  }
  const hearLine = (line: string): void => {
    const message = Protocol.parse(line)
    if (message !== undefined) hear(message)
  }
  server.stdout.setEncoding("latin1").on("data", Protocol.lines(hearLine))
  server.stdin.write(Protocol.environment(environment))

  return {
    ready: Effect.suspend(() =>
      state === "starting" ? Effect.timeoutOption(Effect.interruptible(settled.await), "1 second") : Effect.void
    ),
    start: (options) => {
      const id = String(next++)
      const record = state === "ready" ? Protocol.job(id, options) : undefined
      if (record === undefined) return fallback.start(options)
      const started = Started.make(true)
      if (pending.size === 0) hold(true)
      pending.set(id, started)
      server.stdin.write(record)
      return started
    },
    close: () => {
      state = "over"
      hold(false)
      server.stdin.end()
    }
  }
}
