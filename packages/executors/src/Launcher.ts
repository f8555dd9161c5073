import { spawn } from "node:child_process"
import { closeSync, openSync } from "node:fs"
import * as Effect from "effect/Effect"
import * as Environment from "./Environment.js"
import * as RunFolder from "./RunFolder.js"
import * as Started from "./Started.js"
import * as Wrapper from "./Wrapper.js"

/** What a wrapper needs to start. */
export interface Start {
  /** Its folders, absolute; they are made where they aren't there. */
  readonly folder: RunFolder.RunFolder
  /** What is written into the run's own folder before the job starts: name to content. */
  readonly files: ReadonlyMap<string, string>
  /** What the wrapper writes into its claim (`Claim.middle`). */
  readonly claim: string
  /** The program, absolute, and its arguments. */
  readonly argv: ReadonlyArray<string>
  readonly cwd: string
  readonly env: Environment.Changes
}

/**
 * Starts wrappers: each the leader of its own session and process group, its output
 * appended to a file, without input. They go on when this process ends.
 */
export interface Launcher {
  /** Waits until the launcher is as fast as it will be. Nothing but speed depends on it. */
  readonly ready: Effect.Effect<unknown>
  readonly start: (options: Start) => Started.Started
}

/** Starts them as children of this process. When the scope closes, they no longer keep it from ending. */
export const direct = Effect.fnUntraced(function* (environment: Environment.Environment) {
  const children = new Set<ReturnType<typeof spawn>>()
  yield* Effect.addFinalizer(() => Effect.sync(() => children.forEach((child) => child.unref())))
  const launcher: Launcher = {
    ready: Effect.void,
    start: (options) => {
      const started = Started.make(false)
      const { attempt } = options.folder
      let file: number | undefined
      try {
        RunFolder.layOut(options.folder, options.files)
        file = openSync(RunFolder.output(options.folder), "a")
        const child = spawn(Wrapper.shell, ["-c", script, attempt, options.claim, ...options.argv], {
          cwd: options.cwd,
          env: Environment.apply(environment, options.env),
          detached: true,
          stdio: ["ignore", file, file]
        })
        children.add(child)
        child.once("error", (cause) => {
          children.delete(child)
          started.finish(Started.End.NotStarted({ cause }))
        })
        child.once("exit", (code) => {
          children.delete(child)
          started.finish(code === null ? Started.End.Signalled() : Started.End.Exited({ code }))
        })
      } catch (cause) {
        started.finish(Started.End.NotStarted({ cause }))
      } finally {
        if (file !== undefined) closeSync(file)
      }
      return started
    }
  }
  return launcher
})

// internal

const script = Wrapper.text(process.platform)
