import type { PythonDict } from "./PythonValue.js"

/**
 * The parameters of one run, name to value, in the order in which they were generated.
 * A nested parameter's value is a dict.
 */
export type TrialConfig = PythonDict
