/** What the repeats of a configuration came to, as far as they have ended. Larger is better. */
export interface Sample {
  /** The values of repeats that have one of their own. */
  readonly values: ReadonlyArray<number>
  /** Over all repeats that have ended, imputed ones too; NaN where none has a value. */
  readonly mean: number
  /** How many have ended. */
  readonly ended: number
  /** Whether all repeats have ended. */
  readonly complete: boolean
  /** Whether one is going on. */
  readonly busy: boolean
}

/** Why a configuration gets no further repeats. */
export interface Reason {
  /** The place of the best complete configuration. */
  readonly best: number
  /** Three standard errors of the difference between the two means; 0 where it has no value at all. */
  readonly margin: number
}

/**
 * The early abandonment of configurations that are clearly worse. Before each further repeat, the mean of a
 * configuration is compared with that of the best one whose repeats have all ended: where it is worse by more
 * than three standard errors of the difference, it gets no more repeats. The standard error takes the spread of
 * single repeats to be the same everywhere, pools it over all configurations, and is taken as known from five
 * degrees of freedom on (so many repeats more than configurations). A configuration of which no repeat has
 * had a value is abandoned too, once another one is complete.
 *
 * The answer depends on the samples alone: when others turn out worse later, one may be taken up again.
 */
export const judge = (samples: ReadonlyArray<Sample>): ReadonlyMap<number, Reason> => {
  const reasons = new Map<number, Reason>()
  let best = -1
  let squares = 0
  let freedom = 0
  for (const [i, { complete, mean, values }] of samples.entries()) {
    if (complete && mean > (samples[best]?.mean ?? Number.NEGATIVE_INFINITY)) best = i
    if (values.length < 2) continue
    const middle = values.reduce((sum, value) => sum + value, 0) / values.length
    for (const value of values) squares += (value - middle) * (value - middle)
    freedom += values.length - 1
  }
  const leader = samples[best]
  if (leader === undefined) return reasons
  for (const [i, { busy, complete, ended, mean }] of samples.entries()) {
    if (complete || busy || ended === 0) continue
    if (Number.isNaN(mean)) reasons.set(i, { best, margin: 0 })
    else if (freedom >= leastFreedom) {
      const margin = 3 * Math.sqrt((squares / freedom) * (1 / ended + 1 / leader.ended))
      if (leader.mean - mean > margin) reasons.set(i, { best, margin })
    }
  }
  return reasons
}

// internal

const leastFreedom = 5
