import * as RunKey from "@sweepline/core/RunKey"
import type * as Draws from "./Draws.js"
import { Ending, type SimulatedJob } from "./SimulatedJob.js"

/** How a job ends. It may depend on the job and on what is drawn, and on nothing else. */
export type FailureModel = (job: SimulatedJob, draws: Draws.Draws) => Ending

/** Every job succeeds. */
export const none: FailureModel = () => Ending.Succeeds()

/** Every job ends like this. */
export const always =
  (ending: Ending): FailureModel =>
  () =>
    ending

/** Probabilities of the ways to end badly; what they leave succeeds. */
export interface Rates {
  /** Exits with `code`, 1 if not given. */
  readonly fails?: number
  readonly code?: number
  readonly crashes?: number
  readonly preempted?: number
  readonly vanishes?: number
  readonly hangs?: number
}

/** Jobs end badly at given rates, each at a random point of its duration. */
export const random =
  (rates: Rates): FailureModel =>
  (_, draws) => {
    const after = draws.uniform()
    let left = draws.uniform()
    const falls = (rate = 0): boolean => {
      if (left < 0) return false
      left -= rate
      return left < 0
    }
    if (falls(rates.fails)) return Ending.Fails({ code: rates.code ?? 1, after })
    if (falls(rates.crashes)) return Ending.Crashes({ after, detail: "gone without an exit code" })
    if (falls(rates.preempted)) return Ending.Preempted({ after })
    if (falls(rates.vanishes)) return Ending.Vanishes({ after })
    if (falls(rates.hangs)) return Ending.Hangs()
    return Ending.Succeeds()
  }

/** The first `n` attempts of each run end as `self` says, later ones succeed. */
export const firstAttempts =
  (n: number) =>
  (self: FailureModel): FailureModel =>
  (job, draws) =>
    RunKey.attempt(job.key) <= n ? self(job, draws) : Ending.Succeeds()
