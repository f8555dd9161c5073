import * as CountedId from "../CountedId.js"
import * as RunFacts from "../RunFacts.js"
import type { RunId } from "../RunId.js"
import type { SweepId } from "../SweepId.js"
import * as SweepState from "../SweepState.js"
import { Queues } from "./memoryQueues.js"
import type { StoredSweep } from "./memorySweep.js"

/** What the memory backend holds. The rules are those of `SweepController` and `RunFacts`. */
export class Contents {
  readonly sweeps = new Map<SweepId, StoredSweep>()
  readonly queues = new Queues()
  /** How many ids were given. */
  given = 0

  /** The next id: eight letters and digits, as W&B's are, the same for the same sequence of requests. */
  nextId(): string {
    this.given += 1
    return CountedId.make(this.given)
  }

  /** Whether an item of the queue may be leased: now, once its sweep goes on, or never. */
  launchable(sweep: SweepId, run: RunId, attempt: number): "yes" | "later" | "never" {
    const stored = this.sweeps.get(sweep)
    if (stored === undefined) return "yes"
    const facts = stored.runs.get(run)?.facts
    if (facts !== undefined && !RunFacts.isLaunchable(facts, attempt)) return "never"
    // Only an agent can end what may have been submitted before its lease ran out.
    return SweepState.holdsBack(stored.state) && facts?.stop === undefined ? "later" : "yes"
  }
}
