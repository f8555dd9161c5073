import { assert, describe, it } from "@effect/vitest"
import { vi } from "vitest"
import * as Text from "../src/Text.js"

/** The longest text whose characters were told apart, of which each takes a microsecond. */
let longest = 0
vi.mock(import("fast-string-width"), async (importOriginal) => {
  const { default: width } = await importOriginal()
  return {
    default: (text, options) => {
      longest = Math.max(longest, text.length)
      return width(text, options)
    }
  }
})

describe("a text of pages in a cell", () => {
  it("is cut without a look at all of it", () => {
    longest = 0
    assert.strictEqual(Text.clip("é".repeat(1_000_000), 40), `${"é".repeat(39)}…`)
    assert.strictEqual(Text.clip(`–${"a".repeat(4000)}`, 10_000).length, 4001)
    assert.isBelow(longest, 1000)
  })

  it("stays whole where it takes no more columns than there are, however long it is", () => {
    const family = "\u{1f468}\u200d\u{1f469}\u200d\u{1f467}\u200d\u{1f466}"
    for (const text of [
      `e${"\u0301".repeat(1000)}`,
      `${family.repeat(20)}`,
      `é${"\u001b[31m\u001b[39m".repeat(100)}`,
      `é\u001b]8;;https://example.com/${"a".repeat(1000)}\u0007link\u001b]8;;\u0007`
    ]) {
      const columns = Text.width(text)
      assert.isAtMost(columns, 40)
      assert.strictEqual(Text.clip(text, columns), text)
      assert.notStrictEqual(Text.clip(text, columns - 1), text)
    }
  })
})
