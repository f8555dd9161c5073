import type { PythonValue } from "./PythonValue.js"

/**
 * A quantisation step. Whether the config wrote it as an integer decides the type of the
 * result: `q: 5` gives ints, `q: 5.0` and a defaulted q give floats.
 */
export interface Quantum {
  readonly value: number
  readonly integer: boolean
}

/** A range. For `log_uniform` and its kin the bounds are natural-log exponents, for `…_values` the limits themselves. */
export interface Range {
  readonly min: number
  readonly max: number
}

/**
 * One parameter of a sweep: a constant, one of the 18 distributions under W&B's names, or
 * a dict of parameters. The inferred distribution of a config that names none is already
 * written in, so that the int/float distinction of the YAML source isn't needed again.
 */
export type Parameter =
  | { readonly distribution: "constant"; readonly value: PythonValue }
  | { readonly distribution: "categorical"; readonly values: ReadonlyArray<PythonValue> }
  | {
      readonly distribution: "categorical_w_probabilities"
      readonly values: ReadonlyArray<PythonValue>
      readonly probabilities: ReadonlyArray<number>
    }
  | ({
      readonly distribution:
        | "int_uniform"
        | "uniform"
        | "log_uniform"
        | "inv_log_uniform"
        | "log_uniform_values"
        | "inv_log_uniform_values"
    } & Range)
  | ({
      readonly distribution: "q_uniform" | "q_log_uniform" | "q_log_uniform_values"
      readonly q: Quantum
    } & Range)
  | { readonly distribution: "normal" | "log_normal"; readonly mu: number; readonly sigma: number }
  | {
      readonly distribution: "q_normal" | "q_log_normal"
      readonly mu: number
      readonly sigma: number
      readonly q: Quantum
    }
  | { readonly distribution: "beta"; readonly a: number; readonly b: number }
  | { readonly distribution: "q_beta"; readonly a: number; readonly b: number; readonly q: Quantum }
  | { readonly distribution: "nested"; readonly parameters: ReadonlyMap<string, Parameter> }

/** A distribution's name in a sweep config, or `nested`. */
export type Distribution = Parameter["distribution"]
