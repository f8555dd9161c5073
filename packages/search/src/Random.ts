import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64"
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus"

/**
 * A source of random numbers that belongs to one purpose. Streams are derived, never
 * shared: what one of them yields can't depend on how much another was used, so a replay
 * that skips work still draws the same numbers.
 */
export interface Stream {
  /** A number in the open interval (0, 1): ends are where quantile functions go wrong. */
  readonly uniform: () => number
  /** An integer from 0 to `bound` − 1; `bound` is at most 2^53. */
  readonly integer: (bound: number) => number
  /** 32 random bits, as an unsigned integer. */
  readonly bits: () => number
}

/**
 * The stream of a seed and a path, for example `stream(seed, n, "lr")` for the value of
 * parameter `lr` in the n-th suggestion. Equal arguments give equal streams on every
 * machine; paths that differ anywhere give unrelated ones.
 */
export const stream = (seed: number, ...path: ReadonlyArray<number | string>): Stream => {
  const state = absorbNumber([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], seed)
  for (const part of path) {
    if (typeof part === "number") absorbNumber(state, part)
    else absorbText(state, part)
  }
  const generator = xoroshiro128plusFromState(state)
  const uniform = () => {
    const u = uniformFloat64(generator)
    return u === 0 ? halfStep : u
  }
  return {
    uniform,
    integer: (bound) => Math.min(Math.floor(uniform() * bound), bound - 1),
    bits: () => generator.next() >>> 0
  }
}

// internal

/** Half of the generator's resolution, 2^-54. */
const halfStep = 5.551115123125783e-17

type State = [number, number, number, number]

/** A bijection of 32-bit words in which every input bit flips every output bit half the time (murmur3's finaliser). */
const mix = (word: number): number => {
  let x = word
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
  return x ^ (x >>> 16)
}

const absorb = (state: State, word: number): State => {
  state[0] = mix(state[0] ^ word)
  state[1] = mix((state[1] + state[0]) | 0)
  state[2] = mix(state[2] ^ state[1])
  state[3] = mix((state[3] + state[2]) | 0)
  return state
}

const float = new DataView(new ArrayBuffer(8))

// The tag and the length keep 1 and "1", and ["a", "b"] and ["ab"], apart.
const absorbNumber = (state: State, value: number): State => {
  float.setFloat64(0, value + 0)
  return absorb(absorb(absorb(state, 1), float.getInt32(0)), float.getInt32(4))
}

const absorbText = (state: State, text: string): State => {
  absorb(absorb(state, 2), text.length)
  for (let i = 0; i < text.length; i++) absorb(state, text.charCodeAt(i))
  return state
}
