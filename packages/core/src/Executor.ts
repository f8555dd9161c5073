import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Stream from "effect/Stream"
import type { ExecutorError } from "./ExecutorError.js"
import type { RunKey } from "./RunKey.js"

/** What an engine runs. */
export interface Job {
  readonly argv: readonly [string, ...ReadonlyArray<string>]
  /** Added to the engine's own environment; `undefined` removes a variable. */
  readonly env: ReadonlyMap<string, string | undefined>
  /** Working directory, absolute. */
  readonly cwd: string
  /** Files written into the run's own folder before it starts: name to content. */
  readonly files: ReadonlyMap<string, string>
}

/** A submitted job. `data` is the engine's own text; it is kept, and only the engine reads it. */
export interface JobHandle {
  readonly key: RunKey
  readonly data: string
}

/**
 * What became of a job. `Exited` tells when, in milliseconds since 1970, where that may have been a while ago.
 * `Preempted` lost its machine to somebody else, and nobody asked it to end; `Crashed` went away
 * without an exit code; `Lost` is not known to the engine any more.
 */
export type JobStatus = Data.TaggedEnum<{
  Running: {}
  Exited: { readonly code: number; readonly at?: number }
  Killed: {}
  Preempted: { readonly detail: string }
  Crashed: { readonly detail: string }
  Lost: { readonly detail: string }
}>

/** Constructors and matchers. */
export const JobStatus = Data.taggedEnum<JobStatus>()

/**
 * An engine owns the jobs it runs: they outlive this process, and a key is never run
 * twice, however often and by whomever it is submitted.
 */
export class Executor extends Context.Tag("@sweepline/core/Executor")<
  Executor,
  {
    /** Starts a job under its key, or answers the handle of the job that already has this key. */
    readonly submit: (job: Job, key: RunKey) => Effect.Effect<JobHandle, ExecutorError>
    /**
     * The status of each handle, in one look at the engine. Where some can't be told, they are left out; it fails where
     * none can.
     */
    readonly poll: (handles: ReadonlyArray<JobHandle>) => Effect.Effect<ReadonlyMap<RunKey, JobStatus>, ExecutorError>
    /** Asks a job to end, and ends it by force after the grace time. Returns when that is under way, not when it is done. */
    readonly cancel: (handle: JobHandle, grace: Duration.Duration) => Effect.Effect<void, ExecutorError>
    /** The job that was submitted under a key, also by an earlier process. */
    readonly find: (key: RunKey) => Effect.Effect<Option.Option<JobHandle>, ExecutorError>
    /** Bytes of a job's output from an offset on, at most `max`; empty when there are no more yet. */
    readonly output: (handle: JobHandle, offset: number, max: number) => Effect.Effect<Uint8Array, ExecutorError>
    /** Emits the key of a job that may have ended; signals may be missed, so readers also poll. */
    readonly changes: Stream.Stream<RunKey>
  }
>() {}
