// Trains a network with one hidden layer by stochastic gradient descent with momentum, and
// prints one JSON object a line after each epoch: that is all sweepline needs to see.
import { parseArgs } from "node:util"
import { inputs, load } from "./digits.mjs"

const { values } = parseArgs({
  options: {
    learning_rate: { type: "string", default: "0.1" },
    hidden: { type: "string", default: "32" },
    activation: { type: "string", default: "relu" },
    batch_size: { type: "string", default: "16" },
    momentum: { type: "string", default: "0.9" },
    epochs: { type: "string", default: "6" },
    seed: { type: "string", default: "1" }
  }
})
const rate = Number(values.learning_rate)
const hidden = Number(values.hidden)
const batch = Number(values.batch_size)
const momentum = Number(values.momentum)
const epochs = Number(values.epochs)
const relu = values.activation === "relu"
const classes = 10

// A small seeded generator (mulberry32): the same parameters give the same accuracy.
let seed = Number(values.seed)
const random = () => {
  seed = (seed + 0x6d2b79f5) | 0
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296
}
const layer = (rows, columns) => {
  const scale = Math.sqrt(6 / (rows + columns))
  return {
    weights: Float32Array.from({ length: rows * columns }, () => (random() * 2 - 1) * scale),
    bias: new Float32Array(columns),
    step: new Float32Array(rows * columns),
    biasStep: new Float32Array(columns)
  }
}

const first = layer(inputs, hidden)
const second = layer(hidden, classes)
const state = new Float32Array(hidden)
const scores = new Float32Array(classes)

/** Fills `state` and `scores` (probabilities) for one image. */
const forward = (image) => {
  state.set(first.bias)
  for (let i = 0; i < inputs; i++) {
    const pixel = image[i]
    if (pixel === 0) continue
    for (let h = 0, at = i * hidden; h < hidden; h++, at++) state[h] += pixel * first.weights[at]
  }
  for (let h = 0; h < hidden; h++) state[h] = relu ? Math.max(0, state[h]) : Math.tanh(state[h])
  scores.set(second.bias)
  for (let h = 0; h < hidden; h++) {
    for (let c = 0, at = h * classes; c < classes; c++, at++) scores[c] += state[h] * second.weights[at]
  }
  const top = Math.max(...scores)
  let total = 0
  for (let c = 0; c < classes; c++) total += scores[c] = Math.exp(scores[c] - top)
  for (let c = 0; c < classes; c++) scores[c] /= total
}

const gradient = {
  first: new Float32Array(inputs * hidden),
  firstBias: new Float32Array(hidden),
  second: new Float32Array(hidden * classes),
  secondBias: new Float32Array(classes)
}

/** Adds one image's gradient of the cross-entropy; answers its loss. */
const backward = ({ image, label }) => {
  forward(image)
  const loss = -Math.log(Math.max(scores[label], 1e-12))
  scores[label] -= 1
  for (let c = 0; c < classes; c++) gradient.secondBias[c] += scores[c]
  for (let h = 0; h < hidden; h++) {
    let back = 0
    for (let c = 0, at = h * classes; c < classes; c++, at++) {
      gradient.second[at] += state[h] * scores[c]
      back += second.weights[at] * scores[c]
    }
    state[h] = back * (relu ? (state[h] > 0 ? 1 : 0) : 1 - state[h] * state[h])
    gradient.firstBias[h] += state[h]
  }
  for (let i = 0; i < inputs; i++) {
    const pixel = image[i]
    if (pixel === 0) continue
    for (let h = 0, at = i * hidden; h < hidden; h++, at++) gradient.first[at] += pixel * state[h]
  }
  return loss
}

const descend = (weights, step, slope, count) => {
  for (let i = 0; i < weights.length; i++) {
    step[i] = momentum * step[i] - (rate / count) * slope[i]
    weights[i] += step[i]
    slope[i] = 0
  }
}

const { test, train } = load({ train: 500, test: 200 })

for (let epoch = 1; epoch <= epochs; epoch++) {
  for (let i = train.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const other = train[j]
    train[j] = train[i]
    train[i] = other
  }
  let loss = 0
  for (let start = 0; start < train.length; start += batch) {
    const images = train.slice(start, start + batch)
    for (const image of images) loss += backward(image)
    descend(first.weights, first.step, gradient.first, images.length)
    descend(first.bias, first.biasStep, gradient.firstBias, images.length)
    descend(second.weights, second.step, gradient.second, images.length)
    descend(second.bias, second.biasStep, gradient.secondBias, images.length)
  }
  let right = 0
  for (const { image, label } of test) {
    forward(image)
    if (scores.indexOf(Math.max(...scores)) === label) right++
  }
  console.log(JSON.stringify({ epoch, loss: loss / train.length, accuracy: right / test.length }))
}
