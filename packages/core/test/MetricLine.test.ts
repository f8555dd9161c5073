import { assert, describe, it } from "@effect/vitest"
import * as MetricLine from "../src/MetricLine.js"
import type { PythonValue } from "../src/PythonValue.js"

const parse = (text: string) => MetricLine.parse(new TextEncoder().encode(text))
const dict = (entries: Record<string, PythonValue>) => new Map(Object.entries(entries))

describe("MetricLine", () => {
  it("is a JSON object with a number in it, ints and floats apart", () => {
    assert.deepStrictEqual(parse('{"epoch": 3, "loss": 1.0, "note": "x"}'), {
      values: dict({ epoch: 3n, loss: 1, note: "x" }),
      step: undefined
    })
  })

  it("keeps nested objects, and counts the numbers in them", () => {
    assert.deepStrictEqual(parse('{"train": {"loss": 0.5}, "tags": ["a"]}'), {
      values: dict({ train: dict({ loss: 0.5 }), tags: ["a"] }),
      step: undefined
    })
  })

  it("takes Python's NaN and Infinity for the numbers that they are", () => {
    assert.deepStrictEqual(parse('{"loss": NaN}')?.values, dict({ loss: Number.NaN }))
    assert.deepStrictEqual(parse('{"loss": -Infinity}')?.values, dict({ loss: Number.NEGATIVE_INFINITY }))
  })

  for (const [text, step] of [
    ['{"a": 1, "_step": 3}', 3],
    ['{"a": 1, "_step": 3.0}', 3],
    ['{"a": 1, "_step": 0}', 0],
    ['{"a": 1, "_step": -1}', undefined],
    ['{"a": 1, "_step": 1.5}', undefined],
    ['{"a": 1, "_step": "x"}', undefined]
  ] as const) {
    it(`reads the step of ${text} as ${step}`, () => {
      assert.deepStrictEqual(parse(text), { values: dict({ a: 1n }), step })
    })
  }

  for (const bar of [
    " 33%|###3      | 1/3 [00:00<00:00,  6.65it/s]",
    "\u001b[32m 33%|\u2588\u2588\u2588\u001b[0m| 1/3 [00:00<?, ?it/s, last={'loss': 3}]\u001b[A",
    "epoch 3 ... "
  ]) {
    it(`finds them behind a progress bar: ${JSON.stringify(bar)}`, () => {
      assert.deepStrictEqual(
        parse(`${bar}{"loss": 0.5, "of": {"a": 1}}`)?.values,
        dict({ loss: 0.5, of: dict({ a: 1n }) })
      )
      assert.isUndefined(parse(bar))
    })
  }

  for (const text of [
    "",
    "hello",
    "[1, 2]",
    "3",
    "{}",
    '{"a": "x", "b": true, "c": null, "d": [1]}',
    '{"_step": 3, "_timestamp": 1.5}',
    '{"a": {"b": "x", "_runtime": 1}}',
    '{"a": 1',
    '{"a": 1} tail',
    "{'a': 1}",
    "{'a': 1} {\"a\": 1}",
    '50% {"a": 1} tail',
    ' 50%|##  | 1/2 [00:00<00:00]INFO:train:config: {"lr": 0.1}',
    '50% args={"lr": 0.1}'
  ]) {
    it(`finds no metrics in ${JSON.stringify(text)}`, () => assert.isUndefined(parse(text)))
  }

  it("replaces bytes that are no UTF-8", () => {
    const line = Uint8Array.from([
      ...new TextEncoder().encode('{"a": 1, "s": "'),
      0xff,
      ...new TextEncoder().encode('"}')
    ])
    assert.deepStrictEqual(MetricLine.parse(line)?.values, dict({ a: 1n, s: "\ufffd" }))
  })

  it("tells at the first bytes what can't be metrics", () => {
    const may = (redrawn: boolean) => (text: string) => MetricLine.mayBegin(new TextEncoder().encode(text), 0, redrawn)
    assert.deepStrictEqual(['{"a"', ' \t{"a"', "  ", "epoch 1", "[1]"].map(may(false)), [
      true,
      true,
      true,
      false,
      false
    ])
    assert.isTrue(may(true)(" 50%|##"))
  })
})
