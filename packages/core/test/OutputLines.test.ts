import { assert, describe, it } from "@effect/vitest"
import { FastCheck } from "effect"
import * as MetricLine from "../src/MetricLine.js"
import * as OutputLines from "../src/OutputLines.js"

const bytes = (text: string) => new TextEncoder().encode(text)
const text = (line: Uint8Array) => new TextDecoder().decode(line)
const everything = { limit: 1024, wants: () => true, offset: 0 }

describe("OutputLines", () => {
  it("cuts at LF, CRLF and a lone CR, and leaves empty lines out", () => {
    const lines = OutputLines.make(everything)
    assert.deepStrictEqual(lines.push(bytes("a\nb\r\n\n 50%|##|\r100%|####|\rc\nd")).lines.map(text), [
      "a",
      "b",
      " 50%|##|",
      "100%|####|",
      "c"
    ])
    assert.deepStrictEqual(lines.end().lines.map(text), ["d"])
  })

  it("consumes up to the last line break, and all of it at the end", () => {
    const lines = OutputLines.make({ ...everything, offset: 100 })
    lines.push(bytes("one\ntw"))
    assert.strictEqual(lines.consumed(), 104)
    lines.push(bytes("o"))
    assert.strictEqual(lines.consumed(), 104)
    lines.end()
    assert.strictEqual(lines.consumed(), 107)
  })

  it("tells which lines were redrawn, wherever the stream is cut, and also a successor that begins where it had consumed", () => {
    const redrawnOf = (parts: ReadonlyArray<string>) => {
      const told: Array<string> = []
      let left = ""
      let offset = 0
      for (const part of parts) {
        const lines = OutputLines.make({
          ...everything,
          offset,
          wants: (chunk, start, redrawn) => {
            if (redrawn) told.push(text(chunk.subarray(start)).replace(/[\r\n].*$/s, ""))
            return true
          }
        })
        left += part
        lines.push(bytes(left))
        left = left.slice(lines.consumed() - offset)
        offset = lines.consumed()
      }
      return told
    }
    const stream = '\r 0%|{"a": 1}\n\r 50%|\r\nnext\r\n{"b": 2}\n'
    assert.deepStrictEqual(redrawnOf([stream]), [' 0%|{"a": 1}', " 50%|"])
    assert.deepStrictEqual(redrawnOf(['\r 0%|{"a": 1}\n\r', " 50%|\r", "\nnext\r", '\n{"b": 2}\n']), [
      ' 0%|{"a": 1}',
      " 50%|"
    ])
  })

  it("skips a line beyond the limit, says so once, and goes on with the next", () => {
    const lines = OutputLines.make({ ...everything, limit: 10 })
    const long = lines.push(bytes("x".repeat(8)))
    const longer = lines.push(bytes("x".repeat(8)))
    const next = lines.push(bytes("x\nshort\nten bytes!\n"))
    assert.deepStrictEqual([long.skipped, longer.skipped, next.skipped], [0, 0, 1])
    assert.deepStrictEqual(next.lines.map(text), ["short", "ten bytes!"])
  })

  it("holds nothing of a line that isn't wanted, however long it is", () => {
    const lines = OutputLines.make({ limit: 100, wants: MetricLine.mayBegin, offset: 0 })
    for (let n = 0; n < 1000; n++) assert.deepStrictEqual(lines.push(bytes("x".repeat(1000))).skipped, 0)
    assert.deepStrictEqual(lines.push(bytes('\n{"a": 1}\n')), { lines: [bytes('{"a": 1}')], skipped: 0 })
  })

  it("holds copies: what the caller does with its chunk later changes nothing", () => {
    for (const chunk of [bytes('{"a"'), Buffer.from('{"a"')]) {
      const lines = OutputLines.make(everything)
      lines.push(chunk)
      chunk.fill(0)
      assert.deepStrictEqual(lines.push(bytes(": 1}\n")).lines.map(text), ['{"a": 1}'])
    }
  })

  it.prop(
    "gives the same lines however the stream falls into chunks",
    [
      FastCheck.array(FastCheck.constantFrom("a", "{", "é", "\n", "\r", "\r\n", "long enough to be skipped")),
      FastCheck.array(FastCheck.integer({ min: 1, max: 9 }))
    ],
    ([parts, sizes]) => {
      const stream = bytes(parts.join(""))
      const options = { ...everything, limit: 20 }
      const whole = OutputLines.make(options)
      const expected = [...whole.push(stream).lines.map(text), ...whole.end().lines.map(text)]
      const pieces = OutputLines.make(options)
      const found: Array<string> = []
      for (let at = 0, n = 0; at < stream.length; n++) {
        const size = sizes[n % Math.max(1, sizes.length)] ?? 5
        found.push(...pieces.push(stream.slice(at, at + size)).lines.map(text))
        at += size
      }
      found.push(...pieces.end().lines.map(text))
      assert.deepStrictEqual(found, expected)
      assert.strictEqual(pieces.consumed(), stream.length)
      assert.deepStrictEqual(
        expected,
        parts
          .join("")
          .split(/[\r\n]/)
          .filter((line) => line !== "" && bytes(line).length <= 20)
      )
    }
  )
})
