/**
 * The n-th id of a backend that counts: eight lower-case letters and digits, as W&B's ids are, that look
 * drawn but never repeat below 36^8, since the factor shares no divisor with it.
 */
export const make = (n: number): string =>
  ((BigInt(n) * 1_737_350_766_601n + 909_091_337_117n) % idSpace).toString(36).padStart(idLength, "0")

// internal

const idLength = 8
const idSpace = 36n ** BigInt(idLength)
