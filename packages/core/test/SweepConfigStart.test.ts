import { assert, describe, it } from "@effect/vitest"
import { Either } from "effect"
import type { PythonValue } from "../src/PythonValue.js"
import type { Repeats } from "../src/Repeats.js"
import * as SweepConfig from "../src/SweepConfig.js"

describe("repeats", () => {
  it.each<[string, Repeats | undefined]>([
    ["3", { times: 3, over: undefined, abandon: true }],
    ["1", undefined],
    ["{times: 1, over: seed}", undefined],
    ["{times: 4}", { times: 4, over: undefined, abandon: true }],
    ["{times: 2, over: seed}", { times: 2, over: "seed", abandon: true }],
    ["{over: seed}", { times: 5, over: "seed", abandon: true }],
    ["{over: kind, abandon: no}", { times: 3, over: "kind", abandon: false }],
    ["{times: 7, over: new}", { times: 7, over: "new", abandon: true }]
  ])("%s", (text, expected) => {
    assert.deepStrictEqual(Either.getOrThrow(parse("random", `repeats: ${text}`)).repeats, expected)
  })

  it.each<[string, string, number, string]>([
    ["0", "repeats", 10, "repeats must be a whole number from 1 on, not 0: or {times: 3, over: seed}."],
    [
      "{times: 6, over: seed}",
      "repeats.times",
      11,
      "seed has 5 values, too few for 6 repeats: give it more, or lower times."
    ],
    ["{over: lr}", "repeats.over", 11, "Repeats go over values or ints, and lr is uniform: write values: [1, 2, 3]."],
    ["{over: new}", "repeats", 1, "repeats needs to know how often: add times: 3."],
    ["{count: 3}", "repeats.count", 11, '"count" is no key of repeats. Did you mean "times"?']
  ])("%s is refused", (text, path, column, problem) => {
    const [first, ...more] = violations("random", `repeats: ${text}`)
    assert.deepStrictEqual([first?.path, first?.line, first?.column, first?.problem], [path, 2, column, problem])
    assert.deepStrictEqual(more, [])
  })
})

describe("scheduler.start", () => {
  it("is read into values as a search would suggest them", () => {
    const config = parse(
      "bayes",
      `scheduler:
  start:
    - {lr: 1, seed: 2.0, kind: adam, step: 0.5, net: {depth: 3}}
    - {lr: 0.01, kind: 3}
    - {}`
    )
    assert.deepStrictEqual(Either.getOrThrow(config).start, [
      new Map<string, PythonValue>([
        ["lr", 1],
        ["seed", 2n],
        ["kind", "adam"],
        ["step", 0.5],
        ["net", new Map([["depth", 3n]])]
      ]),
      new Map<string, PythonValue>([
        ["lr", 0.01],
        ["kind", 3n]
      ]),
      new Map()
    ])
  })

  it.each<[string, string, string]>([
    ["{lr: 2}", "scheduler.start[0].lr", "lr must be a number from 0 to 1, not 2."],
    ["{lr: fast}", "scheduler.start[0].lr", 'lr must be a number from 0 to 1, not the text "fast".'],
    ["{seed: 2.5}", "scheduler.start[0].seed", "seed must be a whole number from 1 to 5, not 2.5."],
    ["{kind: lion}", "scheduler.start[0].kind", `kind must be one of 'adam', 'sgd', 3, not the text "lion".`],
    ["{size: 0}", "scheduler.start[0].size", "size must be 7, not 0."],
    [
      "{lrr: 0.1}",
      "scheduler.start[0].lrr",
      'The sweep has no parameter "lrr", so a start point can\'t set it. Did you mean "lr"?'
    ],
    [
      "{net.depth: 2}",
      "scheduler.start[0].net.depth",
      'The sweep has no parameter "net.depth", so a start point can\'t set it. Write {net: {depth: …}}.'
    ],
    [
      "{net.deep: 2}",
      "scheduler.start[0].net.deep",
      'The sweep has no parameter "net.deep", so a start point can\'t set it. Did you mean "net"?'
    ],
    ["{net: {depth: 9}}", "scheduler.start[0].net.depth", "depth must be a whole number from 1 to 4, not 9."],
    ["{net: 3}", "scheduler.start[0].net", "net must be a mapping, not 3: write net: {lr: 0.1}."],
    ["0.1", "scheduler.start[0]", "A start point must be a mapping, not 0.1: write {lr: 0.1}."],
    ["{lr: 0.1}, {lr: 0.1}", "scheduler.start[1]", "This start point is listed twice: keep one of the two."]
  ])("%s is refused where it stands", (points, path, problem) => {
    const [first, ...more] = violations("bayes", `scheduler:\n  engine: wandb\n  start: [${points}]`)
    assert.deepStrictEqual([first?.path, first?.line, first?.problem], [path, 4, problem])
    assert.deepStrictEqual(more, [])
  })

  it("of a grid is a point of it, whole", () => {
    const grid = (point: string) =>
      SweepConfig.parse({
        file: "sweep.yaml",
        text: `method: grid
repeats: {over: seed}
parameters:
  kind: {values: [a, b]}
  step: {distribution: q_uniform, min: 1.0, max: 1.3, q: 0.1}
  seed: {values: [1, 2]}
scheduler: {start: [${point}]}`
      })
    const [point] = Either.getOrThrow(grid("{kind: a, step: 1.2}")).start
    assert.deepStrictEqual(point?.get("step"), 1 + 2 * (1 + 0.1 - 1))
    const problem = (text: string) => Either.getOrThrow(Either.flip(grid(text))).violations[0]?.problem
    assert.strictEqual(problem("{kind: a}"), "A start point of a grid needs every parameter: add step.")
    assert.include(problem("{kind: a, step: 1.25}"), "step must be one of the grid's values, 1 to 1.3")
    assert.include(problem("{kind: a, step: 1.2, seed: 1}"), "The repeats set seed")
  })
})

const base = `parameters:
  lr: {min: 0.0, max: 1.0}
  seed: {min: 1, max: 5}
  kind: {values: [adam, sgd, 3]}
  step: {distribution: q_uniform, min: 0, max: 2, q: 0.5}
  size: {value: 7}
  net: {parameters: {depth: {min: 1, max: 4}}}
metric: {name: loss}
`

const parse = (method: string, text: string) =>
  SweepConfig.parse({ file: "sweep.yaml", text: `method: ${method}\n${text}\n${base}` })

const violations = (method: string, text: string) => Either.getOrThrow(Either.flip(parse(method, text))).violations
