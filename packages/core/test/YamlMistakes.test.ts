import { assert, describe, it } from "@effect/vitest"
import { Either } from "effect"
import * as SweepConfig from "../src/SweepConfig.js"

/** What is said of a text: `line:column: sentence` each. */
const told = (text: string): ReadonlyArray<string> => {
  const { violations } = Either.getOrThrow(Either.flip(SweepConfig.parse({ file: "sweep.yaml", text })))
  return violations.map(({ column, line, problem }) => `${line}:${column}: ${problem}`)
}

const lines = (...all: ReadonlyArray<string>): string => all.map((line) => `${line}\n`).join("")

describe("a mistake in YAML is told where it was made, with what to do", () => {
  const table: ReadonlyArray<readonly [name: string, text: string, ...expected: ReadonlyArray<string>]> = [
    ["tabs, once", lines("parameters:", "\tlr:", "\t\tvalue: 1"), "2:1: A tab can't indent YAML: use spaces."],
    [
      "no space after a colon",
      lines("program: t.py", "method:grid", "name: x"),
      '2:8: Write a space after the colon: "method: grid".'
    ],
    [
      "no space after a colon, in braces",
      lines("program: t.py", "method: grid", "parameters:", "  lr: {value:1}"),
      '4:8: Write a space after the colon: "value: 1".'
    ],
    [
      "no colon",
      lines("program: t.py", "method grid", "name: x"),
      '2:1: "method grid" has no colon: write "method: grid".'
    ],
    [
      "no colon, but an equals sign",
      lines("program: t.py", "method = grid", "name: x"),
      '2:1: "method = grid" has no colon: write "method: grid".'
    ],
    [
      "no colon after a key of several",
      lines("method: grid", "parameters", "  lr:", "    value: 1"),
      '2:1: "parameters" has no colon: write "parameters:" if it is a key.'
    ],
    ["a comment as in JavaScript", lines("// mine", "method: grid"), '1:1: A comment begins with "#", not with "//".'],
    [
      "a second line that is indented",
      lines("program: t.py", " method: grid"),
      "2:2: This line is indented further than line 1, which has its value already: indent both alike."
    ],
    [
      "the same with Windows' line ends and a byte order mark",
      "\ufeffprogram: t.py\r\n method: grid\r\n",
      "2:2: This line is indented further than line 1, which has its value already: indent both alike."
    ],
    [
      "a line too far to the right, below a comment",
      lines("parameters:", "  lr:", "    min: 1", "", "# the most", "      max: 2"),
      "6:7: This line is indented further than line 3, which has its value already: indent both alike."
    ],
    [
      "a first line that is indented",
      lines(" program: t.py", "method: grid", "name: x"),
      "2:1: It is indented less than line 1: indent both alike."
    ],
    [
      "keys that don't align",
      lines("parameters:", "  lr:", "    min: 1", "   max: 2"),
      "4:4: It is indented by 3 spaces, as nothing above it that it could follow: indent it by 4, 2 or 0."
    ],
    [
      "keys of an item that don't align",
      lines("metrics:", "  - name: a", "   goal: b"),
      "3:4: It is indented by 3 spaces, as nothing above it that it could follow: indent it by 4 or 0."
    ],
    [
      "items that don't align",
      lines("command:", "   - a", "  - b"),
      "3:3: It is indented by 2 spaces, as nothing above it that it could follow: indent it by 3."
    ],
    [
      "a dash that is missing",
      lines("command:", "  - python", "  ${program}"),
      '3:3: Write a dash before it, as line 2 has: "- ${program}".'
    ],
    [
      "an open bracket, whatever follows",
      lines("parameters:", "  lr:", "    values: [1, 2", "  m:", "    value: 1"),
      '3:13: This "[" is never closed: write "]" after its last value.'
    ],
    ["an open bracket at the end", "command: [a, b", '1:10: This "[" is never closed: write "]" after its last value.'],
    [
      "an open brace",
      lines("parameters:", "  lr: {min: 1, max: 2", "  m: {value: 1}"),
      '2:7: This "{" is never closed: write "}" after its last value.'
    ],
    [
      "JSON that was cut off",
      '{"method": "grid", "a": {}',
      '1:1: This "{" is never closed: write "}" after its last value.'
    ],
    [
      "the wrong bracket",
      "launch: {values: [1, 2}",
      '1:23: "}" doesn\'t close the "[" before it: write "]", or take it away.'
    ],
    [
      "a bracket too many",
      "launch: {values: [1, 2]]}",
      '1:24: "]" doesn\'t close the "{" before it: write "}", or take it away.'
    ],
    [
      "an entry without its comma",
      "launch: {min: 1 max: 2}",
      "1:15: A comma is missing here: between brackets, one stands after each entry."
    ],
    [
      "JSON without a comma",
      '{"method": "grid" "name": "x"}',
      "1:19: A comma is missing here: between brackets, one stands after each entry."
    ],
    [
      "a bracket without another",
      lines("name: x", "]"),
      '2:1: "]" closes nothing: take it away, or put the text around it in quotes.'
    ],
    ["no colon on the last line", lines("method: grid", "name x"), '2:1: "name x" has no colon: write "name: x".'],
    ["a star alone", "name: *", '1:7: A value can\'t be only "*": put it in quotes.'],
    [
      "dashes between brackets",
      lines("command: [", "  - a", "  ]"),
      "2:3: Between [ and ] values are separated by commas, not by dashes."
    ],
    [
      "an open quote",
      lines("name: 'x", "method: grid"),
      "1:7: This ' is never closed: write another one after the text."
    ],
    [
      "a quote within quotes",
      "name: 'it's mine'",
      "1:11: Text goes on after the closing quote: put all of it in quotes, and double a quote within."
    ],
    ["text on the line of a block", "description: | mine", '1:16: Text after "|" begins on the next line, indented.'],
    [
      "two keys on a line",
      "name: a: b",
      '1:7: There are two keys on one line: begin a new line after the first, or quote the value if its ": " is text.'
    ],
    [
      "a list that goes on with keys",
      lines("- a", "b: 1"),
      "2:1: A list can't go on with keys: indent the list below a key of its own."
    ],
    [
      "spaces from a page",
      lines("program: t.py", "method: grid", "parameters: {lr: {value: 1}}", "\u00a0name: x"),
      '4:1: The space before "name" isn\'t a plain one (U+00A0): write the indentation anew.'
    ]
  ]
  for (const [name, text, ...expected] of table) it(name, () => assert.deepStrictEqual(told(text), expected))

  it("also where it stands among others: what can be mended alone is told together", () => {
    assert.deepStrictEqual(told(lines("name: @a", "project: `b`", "entity: [c", "method: grid")), [
      "1:7: A value can't begin with @: put it in quotes.",
      "2:10: A value can't begin with `: put it in quotes.",
      '3:9: This "[" is never closed: write "]" after its last value.'
    ])
  })

  it("and a colon without a space stays what it is where that has a meaning", () => {
    const { command } = Either.getOrThrow(
      SweepConfig.parse({
        file: "sweep.yaml",
        text: lines("command: [node, a:1, http://b]", "method: grid", "parameters: {lr: {value: 1}}")
      })
    )
    assert.lengthOf(command ?? [], 3)
  })
})
