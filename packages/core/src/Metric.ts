/** What a sweep optimises, and how runs without a value count. */
export interface Metric {
  readonly name: string
  readonly goal: "minimize" | "maximize"
  /** A run that reaches this value ends the sweep. */
  readonly target: number | undefined
  readonly impute: "worst" | "best" | "latest"
  readonly imputeWhileRunning: "worst" | "best" | "latest" | false
}
