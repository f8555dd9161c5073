import { spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { Socket } from "node:net"
import { getSystemErrorName } from "node:util"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Claim from "./Claim.js"
import type { Changes, Environment } from "./Environment.js"
import * as ForkServerProgram from "./ForkServerProgram.js"
import * as Launcher from "./Launcher.js"

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
        return server.isSettled() ? Effect.void : Effect.timeoutOption(server.settled, "1 second")
      }),
      start: (options) => (server ?? fallback).start(options)
    }
  })

// internal

const perl = "/usr/bin/perl"

interface Server {
  readonly start: Launcher.Launcher["start"]
  /** Whether the server is ready, or is known not to become so. */
  readonly isSettled: () => boolean
  /** Waits until it is settled. */
  readonly settled: Effect.Effect<void>
  readonly close: () => void
}

const open = (environment: Environment, fallback: Launcher.Launcher): Server => {
  const settled = Effect.unsafeMakeLatch(false)
  let isSettled = false
  const settle = (): void => {
    isSettled = true
    settled.unsafeOpen()
  }
  const waiting = new Map<string, ReturnType<typeof Launcher.makeStarted>>()
  let next = 0
  let ready = false

  const server = spawn(perl, ["-e", ForkServerProgram.text], {
    // Nothing of the user's, PERL5OPT for one, may change what it does.
    env: {},
    cwd: "/",
    detached: true,
    stdio: ["pipe", "pipe", "ignore"]
  })
  const gone = (): void => {
    ready = false
    settle()
    for (const started of waiting.values()) started.finish(Launcher.End.Unknown())
    waiting.clear()
  }
  server.once("error", gone)
  server.once("exit", gone)
  // With too many files open it has no pipes at all.
  if (server.pid === undefined) {
    return { start: fallback.start, isSettled: () => true, settled: Effect.void, close: () => {} }
  }
  // What can't be written any more is answered by the server's end.
  server.stdin.on("error", () => {})

  /** Only what was started keeps this process from ending. */
  const hold = (held: boolean): void => {
    const [input, output] = [server.stdin, server.stdout]
    for (const one of [server, input, output]) {
      if (one !== server && !(one instanceof Socket)) continue
      if (held) one.ref()
      else one.unref()
    }
  }
  hold(false)

  const hear = (line: string): void => {
    const [id = "", what, detail, more] = line.split(" ", 4)
    if (id === "ready") {
      ready = true
      settle()
    }
    const started = waiting.get(id)
    if (started === undefined) return
    if (what === "claimed") {
      const claim = Claim.parse(line.slice(id.length + " claimed ".length))
      if (claim !== undefined) started.claimed(claim)
      return
    }
    waiting.delete(id)
    if (waiting.size === 0) hold(false)
    started.finish(toEnd(what, Number(detail), Number(more)))
  }
  let rest = ""
  server.stdout.setEncoding("latin1").on("data", (text: string) => {
    const lines = (rest + text).split("\n")
    rest = lines.pop() ?? ""
    for (const line of lines) hear(line)
  })
  server.stdin.write(record(Object.entries(environment).flat()))

  const start = (options: Launcher.Start): Launcher.Started => {
    const { argv, claim, cwd, env, files, folder } = options
    const fields = [folder.run, folder.attempt, claim, cwd, ...pairs(files), ...changes(env), ...argv]
    if (!ready || fields.some((field) => field.includes("\0"))) return fallback.start(options)
    const started = Launcher.makeStarted(true)
    const id = String(next++)
    if (waiting.size === 0) hold(true)
    waiting.set(id, started)
    server.stdin.write(record([id, ...fields]))
    return started
  }
  const close = (): void => {
    ready = false
    hold(false)
    server.stdin.end()
  }
  return { start, isSettled: () => isSettled, settled: settled.await, close }
}

const toEnd = (what: string | undefined, detail: number, more: number): Launcher.End => {
  switch (what) {
    case "done":
      return Launcher.End.Done({ code: detail, output: more })
    case "exited":
      return Launcher.End.Exited({ code: detail })
    case "failed": {
      const code = detail > 0 ? getSystemErrorName(-detail) : "UNKNOWN"
      return Launcher.End.NotStarted({ cause: Object.assign(new Error(code), { code }) })
    }
    default:
      return Launcher.End.Signalled()
  }
}

const record = (fields: ReadonlyArray<string>): string => {
  const text = fields.join("\0")
  return `${Buffer.byteLength(text)}\n${text}`
}

/** Names and values, as the server reads them. */
const pairs = (map: ReadonlyMap<string, string>): ReadonlyArray<string> => [String(map.size), ...[...map].flat()]

/** The changes to the environment, as the server reads them. */
const changes = ({ set, unset }: Changes): ReadonlyArray<string> => [...pairs(set), String(unset.length), ...unset]
