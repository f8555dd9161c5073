import type { SweepId } from "@sweepline/core/SweepId"
import { SweepLease } from "@sweepline/embedded/SweepLease"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import { spawn } from "node:child_process"
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync } from "node:fs"
import { ExitStatus } from "./ExitStatus.js"
import { AskedLevel } from "./Logging.js"
import { Output } from "./Output.js"
import { UsageError } from "./UsageError.js"

/**
 * Works on a sweep as its stored settings say, in a process of its own, in a session of its own: neither the end of this
 * process nor of its terminal reaches it. Returns once that one has the sweep; where it ends before, with its exit code
 * and its last words.
 */
export const start = Effect.fnUntraced(function* (dir: string, sweep: SweepId, { json }: { readonly json: boolean }) {
  const output = yield* Output
  const status = yield* ExitStatus
  const lease = yield* SweepLease
  const log = logFile(dir, sweep)
  const level = yield* AskedLevel
  const ended = yield* Deferred.make<number, UsageError>()
  const unstarted = (cause: unknown) =>
    new UsageError({
      message: `No process can be started in the background: ${String(cause)}. Work on the sweep here, with: sweepline resume ${sweep}`
    })
  const { before, pid } = yield* Effect.try({
    try: () => {
      mkdirSync(`${dir}/schedulers`, { recursive: true })
      const file = openSync(log, "a")
      const { size: before } = fstatSync(file)
      const [, program = ""] = process.argv
      const asked = level === undefined ? [] : ["--log-level", level._tag.toLowerCase()]
      const words = ["resume", sweep, "--dir", dir, "--json", ...asked]
      const child = spawn(process.execPath, [program, ...words], {
        detached: true,
        stdio: ["ignore", file, file]
      })
      closeSync(file)
      child.once("exit", (code) => Deferred.unsafeDone(ended, Effect.succeed(code ?? 1)))
      child.once("error", (cause) => Deferred.unsafeDone(ended, unstarted(cause)))
      child.unref()
      return { before, pid: child.pid }
    },
    catch: unstarted
  })
  const taken = Effect.repeat(lease.holder(sweep), {
    until: (holder) => Option.isSome(holder) && holder.value.pid === pid,
    schedule: pollSchedule
  })
  const code = yield* Effect.raceFirst(Effect.as(taken, 0), Deferred.await(ended))
  if (code !== 0) {
    yield* output.warn(`sweepline: The scheduler of sweep ${sweep} ended at once. ${lastWords(log, before)}`)
    return yield* status.set(code)
  }
  // Another one may have been faster: then this one has left it to that.
  const scheduler = Option.match(yield* lease.holder(sweep), { onNone: () => pid, onSome: (holder) => holder.pid })
  yield* json
    ? output.json({ type: "SweepDetached", sweep, pid: scheduler ?? null, log })
    : output.print(
        `Sweep ${sweep} runs in the background: its scheduler is process ${scheduler}.`,
        `Watch it with: sweepline attach ${sweep}   End it with: sweepline stop ${sweep}, or sweepline cancel ${sweep}`
      )
})

/** What a scheduler in the background writes: its events, and what it logs. */
export const logFile = (dir: string, sweep: SweepId): string => `${dir}/schedulers/${sweep}.log`

// internal

const pollSchedule = Schedule.spaced("100 millis")

/** The last line of a log that schedulers before this one have written up to a place. */
const lastWords = (log: string, from: number): string =>
  readFileSync(log)
    .subarray(from)
    .toString("utf8")
    .trimEnd()
    .split("\n")
    .at(-1)
    ?.replace(/^sweepline: /, "") || `See ${log}.`
