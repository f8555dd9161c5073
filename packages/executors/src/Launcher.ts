import { spawn } from "node:child_process"
import { closeSync, openSync } from "node:fs"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Environment from "./Environment.js"
import * as RunFolder from "./RunFolder.js"
import * as Wrapper from "./Wrapper.js"

/** What a wrapper needs to start. */
export interface Start {
  /** The attempt's folder, absolute. */
  readonly attempt: string
  /** What the wrapper writes into its claim (`Claim.middle`). */
  readonly claim: string
  /** The program, absolute, and its arguments. */
  readonly argv: ReadonlyArray<string>
  readonly cwd: string
  readonly env: Environment.Changes
}

/**
 * How a wrapper ended: with a code, by a signal (also in order, see `Wrapper`), or not
 * started at all. `Unknown`: whoever would have told us is gone.
 */
export type End = Data.TaggedEnum<{
  Exited: { readonly code: number }
  Signalled: {}
  NotStarted: { readonly cause: unknown }
  Unknown: {}
}>

/** Constructors and matchers. */
export const End = Data.taggedEnum<End>()

/** A wrapper that was started, or is about to be. */
export interface Started {
  /** How it ended; `undefined` while it hasn't. */
  readonly end: () => End | undefined
  /** Calls back at its end, or at once if that was before. */
  readonly onEnd: (callback: (end: End) => void) => void
}

/**
 * Starts wrappers: each the leader of its own session and process group, its output
 * appended to a file, without input. They go on when this process ends.
 */
export interface Launcher {
  /** Waits until the launcher is as fast as it will be. Nothing but speed depends on it. */
  readonly ready: Effect.Effect<unknown>
  readonly start: (options: Start) => Started
}

/** Starts them as children of this process. When the scope closes, they no longer keep it from ending. */
export const direct = Effect.fnUntraced(function* (environment: Environment.Environment) {
  const children = new Set<ReturnType<typeof spawn>>()
  yield* Effect.addFinalizer(() => Effect.sync(() => children.forEach((child) => child.unref())))
  const launcher: Launcher = {
    ready: Effect.void,
    start: (options) => {
      const started = makeStarted()
      let file: number | undefined
      try {
        file = openSync(`${options.attempt}/${RunFolder.outputName}`, "a")
        const child = spawn(Wrapper.shell, ["-c", script, options.attempt, options.claim, ...options.argv], {
          cwd: options.cwd,
          env: Environment.apply(environment, options.env),
          detached: true,
          stdio: ["ignore", file, file]
        })
        children.add(child)
        child.once("error", (cause) => {
          children.delete(child)
          started.finish(End.NotStarted({ cause }))
        })
        child.once("exit", (code) => {
          children.delete(child)
          started.finish(code === null ? End.Signalled() : End.Exited({ code }))
        })
      } catch (cause) {
        started.finish(End.NotStarted({ cause }))
      } finally {
        if (file !== undefined) closeSync(file)
      }
      return started
    }
  }
  return launcher
})

/** One that hasn't ended, and the function that ends it, once. */
export const makeStarted = (): Started & { readonly finish: (end: End) => void } => {
  let ended: End | undefined
  const callbacks: Array<(end: End) => void> = []
  return {
    end: () => ended,
    onEnd: (callback) => {
      if (ended === undefined) callbacks.push(callback)
      else callback(ended)
    },
    finish: (end) => {
      if (ended !== undefined) return
      ended = end
      for (const callback of callbacks) callback(end)
    }
  }
}

// internal

const script = Wrapper.text(process.platform)
