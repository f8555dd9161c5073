import type { Parameter } from "./Parameter.js"
import type { PythonDict, PythonValue } from "./PythonValue.js"

/** How the next trial config is chosen. `custom` leaves it to the caller's own `Strategy`. */
export type Method = "grid" | "random" | "bayes" | "custom"

/** What a sweep optimises, and how runs without a value count. */
export interface Metric {
  readonly name: string
  readonly goal: "minimize" | "maximize"
  /** A run that reaches this value ends the sweep. */
  readonly target: number | undefined
  readonly impute: "worst" | "best" | "latest"
  readonly imputeWhileRunning: "worst" | "best" | "latest" | false
}

/** The stopping rule of a sweep; `hyperband` is W&B's. Either `minIter`, or `maxIter` with `s`. */
export interface EarlyTerminate {
  readonly type: "hyperband" | "asha" | "median"
  readonly minIter: number | undefined
  readonly maxIter: number | undefined
  readonly s: number | undefined
  readonly eta: number
  readonly strict: boolean
}

/**
 * A sweep config: the YAML that W&B Sweeps users write, checked and normalised.
 * Built by `SweepConfig.parse`; `source` keeps the text it came from.
 */
export interface SweepConfig {
  /** The YAML text that was parsed: what is stored, and what is sent to a backend. */
  readonly source: string
  readonly method: Method
  readonly name: string | undefined
  readonly description: string | undefined
  readonly program: string | undefined
  readonly job: string | undefined
  readonly imageUri: string | undefined
  readonly entity: string | undefined
  readonly project: string | undefined
  /** The command line with its macros, in the config's own element types (B73 searches non-strings too). */
  readonly command: ReadonlyArray<PythonValue> | undefined
  readonly metric: Metric | undefined
  /** Two or more objectives; empty unless the config has `metrics`. */
  readonly metrics: ReadonlyArray<Metric>
  /** The most distinct runs of the sweep; `undefined` is no cap (B25). */
  readonly runCap: number | undefined
  readonly earlyTerminate: EarlyTerminate | undefined
  /** Parameters in the order of the source. */
  readonly parameters: ReadonlyMap<string, Parameter>
  readonly launch: PythonDict | undefined
  readonly scheduler: PythonDict | undefined
  readonly controller: "local" | "cloud"
}
