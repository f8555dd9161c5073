/** One sleep: when it ends, and what then happens. `seq` orders sleeps that end together. */
export interface Sleeper {
  readonly at: number
  readonly seq: number
  readonly wake: () => void
  state: "asleep" | "awake" | "cancelled"
}

const before = (self: Sleeper, that: Sleeper): boolean =>
  self.at < that.at || (self.at === that.at && self.seq < that.seq)

/** Below this many, cancelled sleepers are cheaper to carry along than to sweep out. */
const SWEEP_FROM = 64

/**
 * Sleepers by the time at which they wake, ties in order of insertion: a binary heap.
 *
 * A cancelled sleeper stays in the heap until it comes up or until cancelled ones are the
 * majority, so cancelling is O(1) and a long timeout on many short waits costs no memory.
 */
export class SleeperQueue {
  private heap: Array<Sleeper> = []
  private seq = 0
  private cancelled = 0

  push(at: number, wake: () => void): Sleeper {
    const sleeper: Sleeper = { at, seq: this.seq++, wake, state: "asleep" }
    this.heap.push(sleeper)
    this.siftUp(this.heap.length - 1)
    return sleeper
  }

  cancel(sleeper: Sleeper): void {
    if (sleeper.state !== "asleep") return
    sleeper.state = "cancelled"
    this.cancelled += 1
    if (this.cancelled >= SWEEP_FROM && this.cancelled * 2 > this.heap.length) this.sweep()
  }

  /** Takes the earliest sleeper that was not cancelled. */
  pop(): Sleeper | undefined {
    for (;;) {
      const top = this.heap[0]
      if (top === undefined) return undefined
      const last = this.heap.pop()
      if (last !== undefined && last !== top) {
        this.heap[0] = last
        this.siftDown(0)
      }
      if (top.state === "cancelled") {
        this.cancelled -= 1
        continue
      }
      top.state = "awake"
      return top
    }
  }

  private sweep(): void {
    // The order is total, so what comes out next doesn't depend on when a sweep happens.
    this.heap = this.heap.filter((sleeper) => sleeper.state === "asleep")
    this.cancelled = 0
    for (let index = (this.heap.length >> 1) - 1; index >= 0; index--) this.siftDown(index)
  }

  private siftUp(start: number): void {
    const heap = this.heap
    const moving = heap[start]
    if (moving === undefined) return
    let index = start
    while (index > 0) {
      const parentIndex = (index - 1) >> 1
      const parent = heap[parentIndex]
      if (parent === undefined || before(parent, moving)) break
      heap[index] = parent
      index = parentIndex
    }
    heap[index] = moving
  }

  private siftDown(start: number): void {
    const heap = this.heap
    const moving = heap[start]
    if (moving === undefined) return
    let index = start
    for (;;) {
      let childIndex = index * 2 + 1
      let child = heap[childIndex]
      if (child === undefined) break
      const right = heap[childIndex + 1]
      if (right !== undefined && before(right, child)) {
        child = right
        childIndex += 1
      }
      if (before(moving, child)) break
      heap[index] = child
      index = childIndex
    }
    heap[index] = moving
  }
}
