import type { RunCurve, Verdict } from "@sweepline/core/EarlyStopping"

/** Curves → runs to stop. Pure in the curves; what it keeps of earlier calls is a memo of them. */
export type Judge = (curves: ReadonlyArray<RunCurve>) => ReadonlyArray<Verdict>

/** Takes a curve's values from number `from` on into a state. `false`: the state must be made anew. */
export type Extend<S> = (state: S, index: number, curve: RunCurve, from: number) => boolean

/**
 * Folds curves that grow at their ends, each value once. Where curves are not those of the
 * last call, grown, the state is made anew from the first value on, so that it depends on
 * the curves alone. An array that a curve still has is taken to hold what it held.
 */
export const follow = <S>(start: () => S, extend: Extend<S>): ((curves: ReadonlyArray<RunCurve>) => S) => {
  let state = start()
  let known: Array<Known> = []
  const read = (curves: ReadonlyArray<RunCurve>): boolean => {
    for (const [i, curve] of curves.entries()) {
      const { id, steps, times, values } = curve
      const from = known[i]?.length ?? 0
      if (known[i]?.values === values && values.length === from) continue
      if (values.length > from && !extend(state, i, curve, from)) return false
      known[i] = { id, steps, times, values, length: values.length }
    }
    return true
  }
  return (curves) => {
    if (curves.length >= known.length && known.every((before, i) => continues(before, curves[i])) && read(curves)) {
      return state
    }
    state = start()
    known = []
    read(curves)
    return state
  }
}

/** A value turned so that smaller is better, and back. */
export const turned = (goal: "minimize" | "maximize", value: number): number =>
  goal === "maximize" ? 0 - value : value

// internal

/** What was read of a curve. */
interface Known extends Pick<RunCurve, "id" | "steps" | "times" | "values"> {
  readonly length: number
}

const continues = (before: Known, curve: RunCurve | undefined): boolean =>
  curve !== undefined &&
  curve.id === before.id &&
  curve.values.length >= before.length &&
  begins(curve.values, before.values, before.length) &&
  begins(curve.steps, before.steps, before.length) &&
  begins(curve.times, before.times, before.length)

const begins = (numbers: ReadonlyArray<number>, before: ReadonlyArray<number>, length: number): boolean => {
  if (numbers === before) return true
  for (let i = 0; i < length; i++) if (!Object.is(numbers[i], before[i])) return false
  return true
}
