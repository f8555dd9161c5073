import type { Parameter } from "@sweepline/core/Parameter"
import type { PythonDict, PythonValue } from "@sweepline/core/PythonValue"
import type { TrialConfig } from "@sweepline/core/TrialConfig"

/** A parameter that has a value of its own: everything but a dict of parameters. */
export interface Leaf {
  /** The names that lead to it, one for each level of nesting. */
  readonly path: ReadonlyArray<string>
  readonly parameter: Exclude<Parameter, { readonly distribution: "nested" }>
}

/** The shape of a sweep's trial configs, in W&B's order: sorted by name at each level of nesting (§1.7). */
export interface Layout {
  readonly leaves: ReadonlyArray<Leaf>
  /** The trial config whose n-th leaf has the n-th value. */
  readonly trial: (value: (leaf: number) => PythonValue) => TrialConfig
}

/** The layout of a sweep's parameters. */
export const make = (parameters: ReadonlyMap<string, Parameter>): Layout => {
  const leaves: Array<Leaf> = []
  const shape = plan(parameters, [], leaves)
  return { leaves, trial: (value) => fill(shape, value) }
}

/** A parameter that a search can't use. */
export interface Problem {
  /** Its dotted name. */
  readonly parameter: string
  /** What is wrong, to be read after the name. */
  readonly problem: string
}

/** The leaves that a check finds fault with. */
export const problems = (
  { leaves }: Layout,
  check: (parameter: Leaf["parameter"]) => string | undefined
): ReadonlyArray<Problem> =>
  leaves.flatMap(({ parameter, path }) => {
    const problem = check(parameter)
    return problem === undefined ? [] : [{ parameter: path.join("."), problem }]
  })

// internal

/** Each entry is the number of a leaf, or a dict of entries. */
type Shape = ReadonlyArray<readonly [name: string, entry: number | Shape]>

const plan = (parameters: ReadonlyMap<string, Parameter>, path: ReadonlyArray<string>, leaves: Array<Leaf>): Shape =>
  [...parameters]
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, parameter]) => {
      const here = [...path, name]
      return parameter.distribution === "nested"
        ? [name, plan(parameter.parameters, here, leaves)]
        : [name, leaves.push({ path: here, parameter }) - 1]
    })

const fill = (shape: Shape, value: (leaf: number) => PythonValue): PythonDict =>
  new Map(shape.map(([name, entry]) => [name, typeof entry === "number" ? value(entry) : fill(entry, value)]))
