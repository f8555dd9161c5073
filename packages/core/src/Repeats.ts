/**
 * How often each configuration of a sweep is run. Beyond W&B: its own sweeps run each once.
 */
export interface Repeats {
  /** 2 or more. */
  readonly times: number
  /**
   * The parameter that tells the repeats of a configuration apart: one of the sweep's, of which the first
   * `times` values are taken and which isn't searched, or else a new one that counts from 0.
   */
  readonly over: string | undefined
  /** Whether a configuration that is clearly worse than the best one gets no further repeats. */
  readonly abandon: boolean
}
