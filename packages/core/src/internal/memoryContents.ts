import * as CountedId from "../CountedId.js"
import * as RunFacts from "../RunFacts.js"
import type { LaunchRequest } from "../LaunchRequest.js"
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
  launchable(
    { attempt, run, sweep }: LaunchRequest,
    except: ReadonlySet<SweepId> | undefined
  ): "yes" | "later" | "never" {
    const stored = this.sweeps.get(sweep)
    const facts = stored?.runs.get(run)?.facts
    if (facts !== undefined && !RunFacts.isLaunchable(facts, attempt)) return "never"
    // Only an agent can end what may have been submitted before its lease ran out.
    const waits = except?.has(sweep) === true || (stored !== undefined && SweepState.holdsBack(stored.state))
    return waits && facts?.stop === undefined ? "later" : "yes"
  }
}
