import { assert, describe, it } from "@effect/vitest"
import * as Lines from "../src/Lines.js"

/** The lines of a text that comes in pieces of so many bytes. */
const cut = (text: string | Uint8Array, size: number) => {
  const bytes = Buffer.from(text)
  const take = Lines.make()
  const found: Array<string> = []
  for (let at = 0; at < bytes.length; at += size) found.push(...take(bytes.subarray(at, at + size)))
  return [...found, ...take(undefined)]
}

describe("Lines", () => {
  it("are the same however the text is cut, also within a character", () => {
    for (const size of [1, 2, 3, 100]) {
      assert.deepStrictEqual(cut("ein\n\nzwölf\n日本", size), ["ein", "", "zwölf", "日本"])
      assert.deepStrictEqual(cut("one\n", size), ["one"])
    }
    assert.deepStrictEqual(cut("", 1), [])
  })

  it("say where bytes were no text", () => {
    assert.deepStrictEqual(cut(Uint8Array.of(0x61, 0xff, 0x0a, 0xc3), 1), ["a\ufffd", "\ufffd"])
  })
})
