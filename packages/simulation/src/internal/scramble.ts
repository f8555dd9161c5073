/**
 * Four 32-bit numbers of a text, for seeds: each character reaches all bits of all four, so that texts that differ in
 * one give unrelated numbers. Not for secrets. A cryptographic hash would cost more than all that is drawn after it.
 */
export const scramble = (text: string): readonly [number, number, number, number] => {
  let a = 0x9e3779b9
  let b = 0x7f4a7c15
  let c = 0x6a09e667
  let d = 0xbb67ae85
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    a = Math.imul(b ^ code, 0x85ebca6b) ^ (a >>> 13)
    b = Math.imul(c ^ code, 0xc2b2ae35) ^ (b >>> 16)
    c = Math.imul(d ^ code, 0x27d4eb2f) ^ (c >>> 15)
    d = Math.imul(a ^ code, 0x165667b1) ^ (d >>> 14)
  }
  return [avalanche(a ^ d), avalanche(b + a), avalanche(c ^ b), avalanche(d + c)]
}

/** Every bit of a number reaches every bit of the answer: the final steps of MurmurHash3. */
const avalanche = (n: number): number => {
  let mixed = Math.imul(n ^ (n >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
