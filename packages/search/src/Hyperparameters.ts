/**
 * What a fit settles: for each column a skew (`Skew`) and, along that axis, a weight (1/ℓ²); the signal's variance and
 * the noise's.
 */
export interface Hyperparameters {
  readonly weights: Float64Array
  readonly skews: Float64Array
  readonly scale: number
  readonly noise: number
  /** What bad values have on top of the noise, as far as they stand alone (`Isolation`): how little they say of their neighbours. */
  readonly doubt: number
}
