/** The stopping rule of a sweep; `hyperband` is W&B's. Either `minIter`, or `maxIter` with `s`. */
export interface EarlyTerminate {
  readonly type: "hyperband" | "asha" | "median"
  readonly minIter: number | undefined
  readonly maxIter: number | undefined
  readonly s: number | undefined
  readonly eta: number
  readonly strict: boolean
}
