import type { QueueItem } from "../LaunchQueue.js"
import { QueueItemId } from "../QueueItemId.js"
import type { RunId } from "../RunId.js"
import * as RunKey from "../RunKey.js"
import type { RunState } from "../RunState.js"
import type { StopReason } from "../StopReason.js"
import type { SweepId } from "../SweepId.js"
import type { TrialConfig } from "../TrialConfig.js"
import * as bells from "./bells.js"

/**
 * The runs that an agent was handed: those that its launch agent may lease, those that live, which of them should stop,
 * and how the others ended. Every call is one synchronous step.
 */
export class AgentRuns {
  /** Runs by how they ended. */
  readonly ended = new Map<RunState, number>()
  /** How many have failed since the last that ended otherwise. */
  failedInARow = 0
  /** Rings when there is something to lease. */
  readonly offers = bells.make()
  /** Rings when runs should stop. */
  readonly stops = bells.make()
  private readonly offered: Array<QueueItem> = []
  /** Offered ones among them. */
  private readonly live = new Map<RunId, QueueItem>()
  private readonly stopping = new Map<RunId, StopReason>()
  private readonly reports = new Map<RunKey.RunKey, RunEnd>()

  constructor(readonly sweep: SweepId) {}

  get isIdle(): boolean {
    return this.live.size === 0
  }

  /** How many have ended. */
  get total(): number {
    let sum = 0
    for (const count of this.ended.values()) sum += count
    return sum
  }

  has(run: RunId): boolean {
    return this.live.has(run)
  }

  /** What a heartbeat tells: all of them live. */
  living(): ReadonlyMap<RunId, boolean> {
    return new Map(Array.from(this.live.keys(), (run) => [run, true]))
  }

  offer(run: RunId, trial: TrialConfig, attempt: number): void {
    const key = RunKey.make(run, attempt)
    const item: QueueItem = {
      id: QueueItemId.make(key),
      handle: undefined,
      request: {
        key,
        sweep: this.sweep,
        run,
        attempt,
        queue: this.sweep,
        priority: 0,
        executable: { kind: "program" },
        trial,
        entryPoint: undefined,
        launch: new Map(),
        author: undefined
      }
    }
    this.live.set(run, item)
    this.offered.push(item)
    this.offers.emit()
  }

  lease(max: number): ReadonlyArray<QueueItem> {
    return this.offered.splice(0, max)
  }

  /** The item of a run that lives. */
  item(id: QueueItemId): QueueItem | undefined {
    return this.live.get(runOf(id))
  }

  /** Offers an item again that was leased; answers whether its run still lives. */
  giveBack(id: QueueItemId): boolean {
    const item = this.item(id)
    if (item === undefined) return false
    this.offered.push(item)
    this.offers.emit()
    return true
  }

  /** Takes back what wasn't leased yet: it never will be. */
  withdrawOffers(): void {
    for (const { request } of this.offered.splice(0)) this.live.delete(request.run)
  }

  /** Asks a run to stop, if it lives. */
  stop(run: RunId, reason: StopReason): void {
    if (!this.live.has(run)) return
    this.stopping.set(run, reason)
    this.stops.emit()
  }

  /** Asks all that live to stop that nobody has asked yet. */
  stopAll(reason: StopReason): void {
    for (const run of this.live.keys()) if (!this.stopping.has(run)) this.stopping.set(run, reason)
    this.stops.emit()
  }

  stopReason(run: RunId): StopReason | undefined {
    return this.stopping.get(run)
  }

  /** Keeps how an attempt ended, until its item says that it is done with. */
  report(run: RunId, attempt: number, end: RunEnd): void {
    this.reports.set(RunKey.make(run, attempt), end)
  }

  /**
   * Counts a run as ended as its launch agent has reported, as failed where it hasn't; answers how, `undefined` where it
   * had ended before.
   */
  conclude(id: QueueItemId): (RunEnd & { readonly key: RunKey.RunKey }) | undefined {
    const key = RunKey.RunKey.make(id)
    const run = runOf(id)
    const end = this.reports.get(key) ?? unreported
    this.reports.delete(key)
    if (!this.live.delete(run)) return undefined
    this.stopping.delete(run)
    // It may have been given back before.
    const offered = this.offered.findIndex((item) => item.id === id)
    if (offered >= 0) this.offered.splice(offered, 1)
    this.failedInARow = end.state === "failed" ? this.failedInARow + 1 : 0
    this.ended.set(end.state, (this.ended.get(end.state) ?? 0) + 1)
    return { ...end, key }
  }
}

/** How a run ended. */
export interface RunEnd {
  readonly state: RunState
  readonly exitCode: number | undefined
}

// internal

const unreported: RunEnd = { state: "failed", exitCode: undefined }

const runOf = (id: QueueItemId): RunId => RunKey.run(RunKey.RunKey.make(id))
