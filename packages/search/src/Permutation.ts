import * as Random from "./Random.js"

/** A one-to-one map of 0 … size − 1 onto itself. */
export type Permutation = (index: bigint) => bigint

/**
 * A shuffle of any size that takes no memory: a Feistel network over the next even number
 * of bits, walked until it lands inside (fewer than four steps on average).
 */
export const make = (size: bigint, seed: number): Permutation => {
  const half = halfWidth(size)
  const mask = (1n << half) - 1n
  const random = Random.stream(seed, "permutation", size.toString())
  const keys = Array.from({ length: rounds }, random.bits)
  return (index) => {
    let position = index
    do {
      let left = position >> half
      let right = position & mask
      for (const key of keys) {
        const next = left ^ (scramble(key, right, half) & mask)
        left = right
        right = next
      }
      position = (left << half) | right
    } while (position >= size)
    return position
  }
}

// internal

const rounds = 8

/** Half the bits of the smallest even-width power of two that holds `size` values. */
const halfWidth = (size: bigint): bigint => {
  let half = 1n
  while (1n << (2n * half) < size) half += 1n
  return half
}

/** A keyed hash of a word of any width, as wide as the word. */
const scramble = (key: number, word: bigint, width: bigint): bigint => {
  if (width <= 32n) return BigInt(mix(mix(Number(word) ^ key) + key) >>> 0)
  let state = key
  for (let rest = word; rest > 0n; rest >>= 32n) state = mix(state + Number(rest & 0xffffffffn))
  let out = 0n
  for (let bits = 0n; bits < width; bits += 32n) {
    state = mix(state + 0x9e3779b9)
    out = (out << 32n) | BigInt(state >>> 0)
  }
  return out
}

const mix = (word: number): number => {
  let x = word | 0
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
  return x ^ (x >>> 16)
}
