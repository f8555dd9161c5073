import { assert, describe, it } from "@effect/vitest"
import * as Colors from "../src/Colors.js"
import * as Table from "../src/Table.js"
import * as Text from "../src/Text.js"

const metric = "validation/accuracy_of_the_fifth_fold_averaged_over_seeds"

const header: ReadonlyArray<Table.Column> = [
  { title: "RUN" },
  { title: "NAME", least: 8 },
  { title: metric, align: "right" },
  { title: "lr", align: "right", optional: true }
]

const rows = [
  ["a1b2c3d4", "a long name of a sweep", "0.9312", "0.001"],
  ["b1b2c3d4", "short", "0.8712", "0.01"]
]

const at = (columns: number, enabled = false) =>
  Table.render(header, rows, { columns, colors: Colors.make(enabled) }).map(Text.plain)

describe("a table on a narrow terminal", () => {
  it("keeps the values of a column whose title is longer than the line", () => {
    for (const columns of [60, 50, 42]) {
      const lines = at(columns)
      for (const line of lines) assert.isAtMost(Text.width(line), columns)
      assert.match(lines[0] ?? "", /vali.*…/)
      assert.match(lines[1] ?? "", /0\.9312$/)
      assert.match(lines[2] ?? "", /0\.8712$/)
    }
  })

  it("cuts cells that may be cut, after titles, and no further than it must", () => {
    const lines = at(32)
    assert.match(lines[1] ?? "", /^a1b2c3d4  a long .*…  0\.9312$/)
    assert.match(lines[2] ?? "", /^b1b2c3d4  short +0\.8712$/)
    assert.match(at(26)[1] ?? "", /^a1b2c3d4  a long …  0\.9312$/)
  })

  it("leaves of each title so much that it can be read", () => {
    const [title = "", first = ""] = Table.render(
      [{ title: "NAME", least: 8 }, { title: "RUNS", align: "right" }, { title: "learning_rate_of_the_head" }],
      [["a long name of a sweep", "6/6", "1"]],
      { columns: 27, colors: Colors.make(false) }
    )
    assert.match(title, /^NAME +RUNS {2}learn…$/)
    assert.match(first, /^a long name … +6\/6 {2}1$/)
  })

  it("looks the same with colours", () => {
    for (const columns of [32, 50, 200]) assert.deepStrictEqual(at(columns, true), at(columns))
  })

  it("shows all of it where there is room", () => {
    const [title = "", first] = at(200)
    assert.include(title, metric)
    assert.match(first ?? "", /^a1b2c3d4  a long name of a sweep .*0\.9312  0\.001$/)
  })
})
