import { assert, describe, it } from "@effect/vitest"
import * as LiveBlock from "../src/LiveBlock.js"
import * as Screen from "./fixtures/screen.js"

const block = (columns: number, rows = 10) => {
  const screen = Screen.make(columns, rows)
  return { screen, ...LiveBlock.make({ columns: screen.columns, rows: () => rows, write: screen.write }) }
}

describe("the block at the bottom of a terminal", () => {
  it("stays below what is printed, and only its last frame is seen", () => {
    const { print, redraw, screen } = block(20)
    print(["before"])
    redraw(["frame 1", "with two lines"])
    print(["first", "second\nthird"])
    redraw(["frame 2"])
    assert.deepStrictEqual(screen.lines(), ["before", "first", "second", "third", "frame 2"])
    redraw([])
    assert.deepStrictEqual(screen.lines(), ["before", "first", "second", "third"])
  })

  it("leaves nothing of itself behind a printed line that is wider than the terminal", () => {
    const { print, redraw, screen } = block(20)
    redraw(["AAAAAAAAAAAAAAAAAAAA", "BBBBBBBBBBBBBBBBBBBB", "CCCCCCCCCCCCCCCCCCCC"])
    print(["a line that takes more than one row"])
    assert.deepStrictEqual(screen.lines(), [
      "a line that takes mo",
      "re than one row",
      "AAAAAAAAAAAAAAAAAAAA",
      "BBBBBBBBBBBBBBBBBBBB",
      "CCCCCCCCCCCCCCCCCCCC"
    ])
  })

  it("makes room for what somebody else writes", () => {
    const { aside, redraw, screen } = block(20)
    redraw(["frame 1", "with two lines"])
    aside(() => screen.write("a warning\n"))
    assert.deepStrictEqual(screen.lines(), ["a warning", "frame 1", "with two lines"])
    redraw(["frame 2"])
    assert.deepStrictEqual(screen.lines(), ["a warning", "frame 2"])
  })

  it("stays where it is while somebody else has the terminal, and begins anew below what was written there", () => {
    const { apart, redraw, screen } = block(20)
    redraw(["frame 1", "with two lines"])
    apart(() => screen.write("$ date\nMonday\n"))
    assert.deepStrictEqual(screen.lines(), [
      "frame 1",
      "with two lines",
      "$ date",
      "Monday",
      "frame 1",
      "with two lines"
    ])
    redraw(["frame 2"])
    assert.deepStrictEqual(screen.lines(), ["frame 1", "with two lines", "$ date", "Monday", "frame 2"])
    redraw([])
    apart(() => screen.write("$ date\n"))
    assert.deepStrictEqual(screen.lines(), ["frame 1", "with two lines", "$ date", "Monday", "$ date"])
  })

  it("shows the cursor while somebody else has the terminal, and hides it again", () => {
    const written: Array<string> = []
    const { apart, redraw } = LiveBlock.make({
      columns: () => 20,
      rows: () => 10,
      write: (text) => void written.push(text)
    })
    redraw(["frame 1"])
    apart(() => assert.strictEqual(written.at(-1), "\u001b[?25h"))
    assert.include(written.at(-1), "\u001b[?25l")
  })

  it("has one row less than the terminal, and no line wider than that", () => {
    const { redraw, screen } = block(10, 4)
    redraw(["0123456789ab", "two", "three", "four", "five"])
    assert.deepStrictEqual(screen.lines(), ["012345678…", "two", "three"])
  })

  it("is found again where a narrower terminal has wrapped it", () => {
    const { redraw, screen } = block(20)
    redraw(["AAAAAAAAAAAAAAAAAAAA", "B"])
    screen.narrow(10)
    redraw(["frame 2"])
    assert.deepStrictEqual(screen.lines(), ["frame 2"])
  })
})
