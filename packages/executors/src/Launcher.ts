import { spawn } from "node:child_process"
import { closeSync, openSync } from "node:fs"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type * as Claim from "./Claim.js"
import * as Environment from "./Environment.js"
import * as RunFolder from "./RunFolder.js"
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
 * How a wrapper ended: with a code, by a signal (also in order, see `Wrapper`), or not
 * started at all. `Done`: in order, as it said itself, with the exit code that it wrote and the bytes of the job's
 * output. `Unknown`: whoever would have told us is gone.
 */
export type End = Data.TaggedEnum<{
  Done: { readonly code: number; readonly output: number }
  Exited: { readonly code: number }
  Signalled: {}
  NotStarted: { readonly cause: unknown }
  Unknown: {}
}>

/** Constructors and matchers. */
export const End = Data.taggedEnum<End>()

/** A wrapper that was started, or is about to be. */
export interface Started {
  /** Whether it tells of its claim; of others, the file has to be looked at. */
  readonly tells: boolean
  /** What it wrote as its claim; `undefined` while it hasn't told of one. */
  readonly claim: () => Claim.Claim | undefined
  /** Calls back at its claim or its end, whichever comes first, or at once if that was before. */
  readonly onNews: (callback: () => void) => void
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
      const started = makeStarted(false)
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

/** One of which nothing is known yet, and the functions that make it known, once. */
export const makeStarted = (
  tells: boolean
): Started & { readonly claimed: (claim: Claim.Claim) => void; readonly finish: (end: End) => void } => {
  let claim: Claim.Claim | undefined
  let ended: End | undefined
  const callbacks: Array<(end: End) => void> = []
  const listeners: Array<() => void> = []
  const tell = () => {
    for (const listener of listeners.splice(0)) listener()
  }
  return {
    tells,
    claim: () => claim,
    claimed: (told) => {
      claim ??= told
      tell()
    },
    onNews: (callback) => {
      if (claim === undefined && ended === undefined) listeners.push(callback)
      else callback()
    },
    end: () => ended,
    onEnd: (callback) => {
      if (ended === undefined) callbacks.push(callback)
      else callback(ended)
    },
    finish: (end) => {
      if (ended !== undefined) return
      ended = end
      tell()
      for (const callback of callbacks) callback(end)
    }
  }
}

// internal

const script = Wrapper.text(process.platform)
