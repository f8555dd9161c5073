import * as Effect from "effect/Effect"
import { LaunchAgentConfig } from "../../LaunchAgentConfig.js"
import { LaunchQueue } from "../../LaunchQueue.js"
import { onEach } from "../../Signal.js"
import { isRetryable, persistently } from "../patience.js"
import type { RunFibers } from "./runFibers.js"
import type { SlotDesk } from "./slotDesk.js"

/** Leases runs from the queue as long as there are slots and items. */
export interface Leasing {
  /** The queue may hold an item. */
  readonly look: () => void
  /** Listens to the queue; goes on with the runs of an earlier agent, and then leases. */
  readonly loop: Effect.Effect<void>
}

export const make = Effect.fnUntraced(function* (options: {
  readonly desk: SlotDesk
  /** Opened when a slot falls free. */
  readonly wake: Effect.Latch
  readonly admit: RunFibers["admit"]
}): Effect.fn.Return<Leasing, never, LaunchAgentConfig | LaunchQueue> {
  const { admit, desk, wake } = options
  const config = yield* LaunchAgentConfig
  const queue = yield* LaunchQueue
  /** A slot that falls free is no reason to ask a queue that is known to be empty. */
  let mayHoldItems = true

  const look = () => {
    mayHoldItems = true
    wake.unsafeOpen()
  }

  /** Leases once; answers whether there may be more. What was leased is admitted, whatever interrupts. */
  const lease = Effect.uninterruptibleMask((restore) => {
    const max = desk.free()
    if (!mayHoldItems || max === 0) return Effect.succeed(false)
    mayHoldItems = false
    const except = new Set(desk.broken)
    return Effect.matchEffect(restore(queue.lease({ queue: config.queue, agent: config.agent, max, except })), {
      onFailure: (error) => Effect.as(Effect.logWarning("Could not lease from the launch queue", error), false),
      onSuccess: (items) => {
        // Nobody tells when what was passed over may be launched after all.
        if (except.size > 0) mayHoldItems = true
        if (items.length === 0) return Effect.succeed(false)
        if (items.length >= max) mayHoldItems = true
        return Effect.as(admit(items, false), mayHoldItems)
      }
    })
  })

  const adopt = Effect.gen(function* () {
    const read = queue.held({ queue: config.queue, agent: config.agent })
    const held = yield* persistently("Could not read the runs of an earlier agent", read, isRetryable).pipe(
      Effect.catchAll((error) => Effect.as(Effect.logError("Runs of an earlier agent are not adopted", error), []))
    )
    if (held.length > 0) yield* Effect.uninterruptible(admit(held, true))
  })

  const leaseForever = Effect.gen(function* () {
    yield* adopt
    while (true) {
      yield* wake.await
      wake.unsafeClose()
      let more = true
      while (more) more = yield* lease
    }
  })

  return {
    look,
    loop: Effect.all([Effect.suspend(() => onEach(queue.changes(config.queue), look)), leaseForever], {
      concurrency: "unbounded",
      discard: true
    }).pipe(Effect.annotateLogs({ fiber: "lease" }))
  }
})
