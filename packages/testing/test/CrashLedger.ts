/** Looks at the backend after every call, over all lives of a sweep, and writes down what must never be. */
import { Effect } from "effect"
import * as Duration from "effect/Duration"
import * as LaunchQueue from "@sweepline/core/LaunchQueue"
import type { MemoryStore } from "@sweepline/core/MemoryStore"
import type { QueueItemId } from "@sweepline/core/QueueItemId"
import type { RunId } from "@sweepline/core/RunId"
import * as RunState from "@sweepline/core/RunState"
import type { SchedulerRun } from "@sweepline/core/SchedulerRun"
import type { SweepId } from "@sweepline/core/SweepId"
import * as SweepState from "@sweepline/core/SweepState"

interface Seen {
  readonly attempt: number
  readonly state: RunState.RunState
}

/** What was seen of one sweep. It belongs to nobody's life. */
export class CrashLedger {
  readonly violations: Array<string> = []
  private state: SweepState.SweepState | undefined
  private readonly runs = new Map<RunId, Seen>()
  /** Until when each item is somebody's, in milliseconds; infinite once it was acknowledged. */
  private readonly leases = new Map<QueueItemId, number>()
  private holders = 0

  constructor(private readonly runCap: number | undefined) {}

  /** For another life: what was seen is known, and who held the sweep died with the life before. */
  next(): CrashLedger {
    const next = new CrashLedger(this.runCap)
    next.violations.push(...this.violations)
    next.state = this.state
    for (const [id, seen] of this.runs) next.runs.set(id, seen)
    for (const [id, until] of this.leases) next.leases.set(id, until)
    return next
  }

  violated(what: string): void {
    if (this.violations.length < 20) this.violations.push(what)
  }

  /** Looks at the sweep and its runs: what ended stays as it ended, and nothing goes back or gets lost. */
  look({ contents }: MemoryStore["Type"], id: SweepId): void {
    const sweep = contents.sweeps.get(id)
    if (sweep === undefined) return this.violated("the sweep is gone")
    if (this.state !== undefined && SweepState.isTerminal(this.state) && sweep.state !== this.state) {
      this.violated(`the sweep was ${this.state} and became ${sweep.state}`)
    }
    this.state = sweep.state
    const count = sweep.history.length
    if (this.runCap !== undefined && count > this.runCap) this.violated(`${count} runs, above run_cap`)
    if (count < this.runs.size) this.violated(`of ${this.runs.size} runs only ${count} are left`)
    for (const { facts, id } of sweep.history) {
      const { attempt, state } = facts
      const before = this.runs.get(id)
      if (before !== undefined && attempt < before.attempt) this.violated(`run ${id} went back to attempt ${attempt}`)
      if (before?.attempt === attempt && !RunState.isAlive(before.state) && before.state !== state) {
        this.violated(`attempt ${attempt} of run ${id} was ${before.state} and became ${state}`)
      }
      if (before?.state !== state || before.attempt !== attempt) this.runs.set(id, { attempt, state })
    }
  }

  /** The queue, with an eye on who has which item. */
  queue(queue: LaunchQueue.LaunchQueue["Type"]): LaunchQueue.LaunchQueue["Type"] {
    const at = Effect.clockWith((clock) => clock.currentTimeMillis)
    const leaseTime = Duration.toMillis(LaunchQueue.leaseTime)
    const settled = (id: QueueItemId) => () => Effect.sync(() => this.leases.delete(id))
    return {
      ...queue,
      lease: (options) =>
        Effect.tap(queue.lease(options), (items) =>
          Effect.map(at, (now) => {
            for (const { id, request } of items) {
              if ((this.leases.get(id) ?? 0) > now) this.violated(`item ${id} of ${request.key} is leased twice`)
              this.leases.set(id, now + leaseTime)
            }
          })
        ),
      acknowledge: (id, handle) =>
        Effect.tap(queue.acknowledge(id, handle), () => Effect.sync(() => this.leases.set(id, Infinity))),
      release: (id, agent) => Effect.tap(queue.release(id, agent), settled(id)),
      complete: (id) => Effect.tap(queue.complete(id), () => Effect.sync(() => this.leases.set(id, Infinity))),
      fail: (id, message) => Effect.tap(queue.fail(id, message), () => Effect.sync(() => this.leases.set(id, Infinity)))
    }
  }

  /** The own run, with an eye on how many hold the sweep. */
  own(own: SchedulerRun["Type"]): SchedulerRun["Type"] {
    const change = (by: 1 | -1) =>
      Effect.sync(() => {
        this.holders += by
        if (this.holders > 1) this.violated("two schedulers hold the sweep")
      })
    return {
      ...own,
      start: (sweep) =>
        Effect.tap(own.start(sweep), () =>
          Effect.zipRight(
            change(1),
            Effect.addFinalizer(() => change(-1))
          )
        )
    }
  }
}
