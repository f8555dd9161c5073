import { assert, describe, it } from "@effect/vitest"
import * as Csv from "../src/Csv.js"
import * as csv from "./fixtures/csv.js"
import * as Format from "../src/Format.js"
import * as Shell from "../src/Shell.js"
import * as Text from "../src/Text.js"

describe("Text", () => {
  it("cuts by columns, not by characters, and closes colours", () => {
    assert.strictEqual(Text.clip("abcdef", 4), "abc…")
    assert.strictEqual(Text.clip("日本語", 4), "日…")
    assert.strictEqual(Text.clip("\u001b[31mabcdef\u001b[39m", 4), "\u001b[31mabc…\u001b[0m")
    assert.strictEqual(Text.clip("abc", 3), "abc")
  })

  it("breaks lines between words", () => {
    assert.deepStrictEqual(Text.wrap("one two three", 7), ["one two", "three"])
    assert.deepStrictEqual(Text.wrap("a seventeen-letters word", 6), ["a", "seventeen-letters", "word"])
    assert.deepStrictEqual(Text.wrap("日本 語", 5), ["日本", "語"])
  })

  it("makes control characters visible", () => {
    assert.strictEqual(Text.oneLine("a\nb\u0007\u2028"), "a↵b·↵")
    assert.strictEqual(Text.oneLine("\u202eevil\u202c \u2067x\u2069 שלום"), "·evil· ·x· שלום")
  })

  it("counts the rows that lines take where the terminal has become narrower", () => {
    assert.strictEqual(Text.height(["", "ab", "\u001b[32mabcde\u001b[0m"], 2), 1 + 1 + 3)
  })
})

describe("Format", () => {
  it("writes floats as a person reads them", () => {
    const texts = [0.1 + 0.2, 1e-5, 123456789, 0.05, 1234.567, 0, 3, Number.NaN, -Infinity].map(Format.float)
    assert.strictEqual(Format.value(0.05), "0.05")
    assert.deepStrictEqual(texts, ["0.3000", "1e-5", "1.235e8", "0.05000", "1234.6", "0", "3", "nan", "-inf"])
  })

  it("writes nested values", () => {
    assert.strictEqual(
      Format.value(
        new Map<string, bigint | string>([
          ["a", 1n],
          ["b", "x"]
        ])
      ),
      "{a: 1, b: x}"
    )
  })

  it("writes long times as days and hours, and names the signal of an exit code", () => {
    assert.deepStrictEqual([3_725_000, 3.35e9].map(Format.span), ["1:02:05", "38 d 18 h"])
    assert.deepStrictEqual([0, 1, 128, 137, 139, 255].map(Format.exitCode), [
      "0",
      "1",
      "128",
      "137 (SIGKILL)",
      "139 (SIGSEGV)",
      "255"
    ])
  })

  it("names the first of several, and says whether there are more", () => {
    const ids = ["a", "b", "c"]
    assert.deepStrictEqual([Text.first(ids, 2), Text.first(ids, 3), Text.first([])], ["a, b, …", "a, b, c", ""])
  })

  it("writes times as a clock", () => {
    assert.deepStrictEqual([999, 61_000, 3_725_000].map(Format.clock), ["0:00", "1:01", "1:02:05"])
  })
})

describe("Csv", () => {
  it("has one column for a name that comes twice, and the later value in it", () => {
    const rows: ReadonlyArray<Csv.Row> = [[["step", 0], ...Csv.flatten("", { loss: 1, step: 7 })], [["late", true]]]
    assert.strictEqual(csv.render(rows), "step,loss,late\r\n7,1,\r\n,,true\r\n")
  })

  it("quotes what needs it and joins all columns", () => {
    const rows: ReadonlyArray<Csv.Row> = [
      [["run", "a"], ...Csv.flatten("config", { note: 'say "hi", please', opt: { lr: 0.1 } })],
      [["run", "b"], ...Csv.flatten("summary", { list: [1, 2], text: "two\nlines" })]
    ]
    assert.strictEqual(
      csv.render(rows),
      'run,config.note,config.opt.lr,summary.list,summary.text\r\na,"say ""hi"", please",0.1,,\r\nb,,,"[1,2]","two\nlines"\r\n'
    )
  })
})

describe("Shell", () => {
  it("quotes words that a shell would change", () => {
    assert.strictEqual(Shell.join(["python", "a b.py", "--x=it's", ""]), "python 'a b.py' '--x=it'\\''s' ''")
  })
})
