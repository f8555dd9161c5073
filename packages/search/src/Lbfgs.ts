/** A function to minimise: writes its gradient at `x` to `gradient` and returns its value. */
export type Objective = (x: Float64Array, gradient: Float64Array) => number

/** When to stop. */
export interface Options {
  readonly maxIterations: number
  /** Stops when no free component of the gradient is larger. */
  readonly gradientTolerance: number
  /** Stops when a step lowers the value by less than this. */
  readonly valueTolerance?: number
  /** Stops where the iterations that are left, at the pace of the last six, wouldn't bring the value down to this. */
  readonly goal?: number
}

/** The best point found, and what was spent. */
export interface Minimum {
  readonly x: Float64Array
  readonly value: number
  readonly evaluations: number
}

/**
 * Minimises a smooth function in a box: projected L-BFGS (ten pairs, Armijo backtracking,
 * steps clipped to the box; what sits on a bound and wants out is held still). Values that
 * are not finite are backed away from. The start is clipped into the box.
 */
export const minimize = (
  objective: Objective,
  start: Float64Array,
  lower: Float64Array,
  upper: Float64Array,
  options: Options
): Minimum => {
  const n = start.length
  let x = clip(start.slice(), lower, upper)
  let gradient = new Float64Array(n)
  let value = objective(x, gradient)
  let evaluations = 1
  let pairs: ReadonlyArray<Pair> = []
  const values = [value]
  const direction = new Float64Array(n)
  for (let iteration = 0; iteration < options.maxIterations; iteration++) {
    const free = freeComponents(x, gradient, lower, upper)
    const steepest = largest(gradient, free)
    if (!Number.isFinite(value) || steepest <= options.gradientTolerance) break
    let slope = descend(direction, gradient, free, pairs)
    if (!(slope < 0)) {
      pairs = []
      slope = descend(direction, gradient, free, pairs)
    }
    const moved = new Float64Array(n)
    const next = new Float64Array(n)
    let nextValue = Number.POSITIVE_INFINITY
    // Without curvature the gradient says where to go, not how far.
    let t = pairs.length === 0 ? Math.min(1, 1 / (steepest * Math.sqrt(n))) : 1
    let enough = false
    for (let k = 0; k < 20 && !enough; k++, t *= k < 4 ? 0.5 : 0.1) {
      let decrease = 0
      for (let i = 0; i < n; i++) {
        moved[i] = clamp((x[i] ?? 0) + t * (direction[i] ?? 0), lower[i] ?? 0, upper[i] ?? 0)
        decrease += (gradient[i] ?? 0) * ((moved[i] ?? 0) - (x[i] ?? 0))
      }
      nextValue = objective(moved, next)
      evaluations++
      enough = nextValue <= value + 1e-4 * decrease
    }
    if (!enough) {
      if (pairs.length === 0) break
      pairs = []
      continue
    }
    pairs = remember(pairs, x, moved, gradient, next)
    const gain = value - nextValue
    x = moved
    gradient = next
    value = nextValue
    if (gain <= (options.valueTolerance ?? 0)) break
    values.push(value)
    const pace = ((values.at(-1 - plateau) ?? Number.POSITIVE_INFINITY) - value) / plateau
    const left = options.maxIterations - iteration - 1
    if (left > 0 && value - pace * left > (options.goal ?? Number.POSITIVE_INFINITY)) break
  }
  return { x, value, evaluations }
}

// internal

/** A step and how the gradient changed over it. */
interface Pair {
  readonly s: Float64Array
  readonly y: Float64Array
  readonly sy: number
  readonly yy: number
}

const memory = 10

/** How many slow steps are taken for a plateau: fewer often lie before the way down. */
const plateau = 6

const clamp = (x: number, low: number, high: number): number => (x < low ? low : x > high ? high : x)

const clip = (x: Float64Array, lower: Float64Array, upper: Float64Array): Float64Array => {
  for (let i = 0; i < x.length; i++) x[i] = clamp(x[i] ?? 0, lower[i] ?? 0, upper[i] ?? 0)
  return x
}

const freeComponents = (
  x: Float64Array,
  gradient: Float64Array,
  lower: Float64Array,
  upper: Float64Array
): Uint8Array => {
  const free = new Uint8Array(x.length)
  for (let i = 0; i < x.length; i++) {
    const g = gradient[i] ?? 0
    const held = ((x[i] ?? 0) <= (lower[i] ?? 0) && g > 0) || ((x[i] ?? 0) >= (upper[i] ?? 0) && g < 0)
    free[i] = held ? 0 : 1
  }
  return free
}

const largest = (gradient: Float64Array, free: Uint8Array): number => {
  let most = 0
  for (let i = 0; i < gradient.length; i++) if (free[i] === 1) most = Math.max(most, Math.abs(gradient[i] ?? 0))
  return most
}

const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0)
  return sum
}

/** Writes −H·g on the free components (two-loop recursion) and returns its slope. */
const descend = (
  direction: Float64Array,
  gradient: Float64Array,
  free: Uint8Array,
  pairs: ReadonlyArray<Pair>
): number => {
  const n = gradient.length
  for (let i = 0; i < n; i++) direction[i] = free[i] === 1 ? -(gradient[i] ?? 0) : 0
  const alphas: Array<number> = []
  for (const { s, sy, y } of pairs.toReversed()) {
    const alpha = dot(s, direction) / sy
    alphas.push(alpha)
    for (let i = 0; i < n; i++) direction[i] = (direction[i] ?? 0) - alpha * (y[i] ?? 0)
  }
  const newest = pairs.at(-1)
  const scale = newest === undefined ? 1 : newest.sy / newest.yy
  for (let i = 0; i < n; i++) direction[i] = (direction[i] ?? 0) * scale
  for (const { s, sy, y } of pairs) {
    const beta = (alphas.pop() ?? 0) - dot(y, direction) / sy
    for (let i = 0; i < n; i++) direction[i] = (direction[i] ?? 0) + beta * (s[i] ?? 0)
  }
  let slope = 0
  for (let i = 0; i < n; i++) {
    if (free[i] === 0) direction[i] = 0
    slope += (direction[i] ?? 0) * (gradient[i] ?? 0)
  }
  return slope
}

const remember = (
  pairs: ReadonlyArray<Pair>,
  x: Float64Array,
  moved: Float64Array,
  gradient: Float64Array,
  next: Float64Array
): ReadonlyArray<Pair> => {
  const s = moved.map((at, i) => at - (x[i] ?? 0))
  const y = next.map((at, i) => at - (gradient[i] ?? 0))
  const sy = dot(s, y)
  const yy = dot(y, y)
  // A pair of negative curvature would turn the direction uphill.
  return sy > 1e-10 * Math.sqrt(dot(s, s) * yy) ? [...pairs.slice(1 - memory), { s, y, sy, yy }] : pairs
}
