import type { QueueItemId } from "@sweepline/core/QueueItemId"
import type { RunId } from "@sweepline/core/RunId"
import type { RunKey } from "@sweepline/core/RunKey"
import type { RunState } from "@sweepline/core/RunState"
import * as Signal from "@sweepline/core/Signal"
import type { LaunchItem } from "../LaunchItem.js"

/** A launch under way. */
export interface Launch {
  readonly id: QueueItemId
  readonly key: RunKey
  readonly run: RunId
  readonly queue: string
  readonly item: LaunchItem
}

/** How a launch ended. */
export interface LaunchEnd {
  readonly state: RunState
  readonly exitCode: number | undefined
}

/** The launches of an agent: those under way, and what is known of each. Every call is one synchronous step. */
export class Launches {
  /** Rings when there may be room for another. */
  readonly room = Signal.make<void>("first")
  private readonly live = new Map<QueueItemId, Launch>()
  private readonly ends = new Map<RunKey, LaunchEnd>()
  private readonly stoppedSince = new Map<RunId, number>()

  get size(): number {
    return this.live.size
  }

  /** How many are schedulers, or how many aren't. */
  count(isScheduler: boolean): number {
    let found = 0
    for (const { item } of this.live.values()) if (item.isScheduler === isScheduler) found += 1
    return found
  }

  get(id: QueueItemId): Launch | undefined {
    return this.live.get(id)
  }

  withKey(key: RunKey): Launch | undefined {
    for (const launch of this.live.values()) if (launch.key === key) return launch
    return undefined
  }

  ofRuns(runs: ReadonlyArray<RunId>): ReadonlyArray<Launch> {
    const wanted = new Set(runs)
    return [...this.live.values()].filter(({ run }) => wanted.has(run))
  }

  add(launch: Launch): void {
    this.live.set(launch.id, launch)
  }

  /** It is no longer under way. */
  forget(id: QueueItemId): void {
    const launch = this.live.get(id)
    if (launch !== undefined) {
      this.live.delete(id)
      this.ends.delete(launch.key)
      this.stoppedSince.delete(launch.run)
    }
    this.room.emit()
  }

  /** Its launch agent says how it ended. */
  ended(key: RunKey, end: LaunchEnd): void {
    this.ends.set(key, end)
  }

  /** As failed where nobody has said how. */
  endOf({ key }: Launch): LaunchEnd {
    return this.ends.get(key) ?? { state: "failed", exitCode: undefined }
  }

  /** For how many milliseconds a run has been seen to be stopped on W&B, of which this is the last time. */
  stoppedFor({ run }: Launch, now: number): number {
    const since = this.stoppedSince.get(run) ?? now
    this.stoppedSince.set(run, since)
    return now - since
  }
}
