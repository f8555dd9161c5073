/**
 * The block of lines at the bottom of a terminal that is drawn again and again, while what is printed goes above it and
 * scrolls away.
 */
import * as Text from "./Text.js"

/** Where it stands. */
export interface Terminal {
  readonly columns: () => number
  readonly rows: () => number
  readonly write: (text: string) => void
}

/** A block; without lines there is none. */
export interface LiveBlock {
  /** Replaces the lines of the block, as many of them as there is room for. */
  readonly redraw: (lines: ReadonlyArray<string>) => void
  /** Prints lines above it. */
  readonly print: (lines: ReadonlyArray<string>) => void
  /** Takes it off the terminal while somebody else writes there. */
  readonly aside: (write: () => void) => void
  /** Leaves it as it is, and the cursor shown, for as long as somebody else has the terminal; then begins a new one. */
  readonly apart: (wait: () => void) => void
  /** Shows the cursor again, which a block hides. */
  readonly leave: () => void
}

/** No block yet. */
export const make = ({ columns, rows, write }: Terminal): LiveBlock => {
  let block: ReadonlyArray<string> = []
  // What stands on the terminal; the block may be ahead of it.
  let shown: ReadonlyArray<string> = []
  let painted = 0
  // How wide the terminal was then: a narrower one has wrapped the lines since.
  let columnsThen = 0

  const up = () => `\u001b[${columns() < columnsThen ? Text.height(shown, columns()) : painted}A\r`
  /** A line that is wrapped needs more than its own row, and how many is the terminal's to know. */
  const room = (line: string) => (Text.width(line) > columns() ? "\u001b[0J" : "\u001b[2K")
  const paint = (above: ReadonlyArray<string>) => {
    const lines = [...above.flatMap((line) => line.split("\n")), ...block]
    // Line by line, and what is left below: some terminals keep a screen that is cleared from its first line on
    // among what has scrolled away, each time.
    const text =
      painted > 0
        ? `${up()}${lines.map((line) => `${room(line)}${line}\n`).join("")}\u001b[0J`
        : lines.map((line) => `${line}\n`).join("")
    const cursor = painted === 0 && block.length > 0 ? hideCursor : painted > 0 && block.length === 0 ? showCursor : ""
    write(`${beginFrame}${text}${cursor}${endFrame}`)
    painted = block.length
    shown = block
    columnsThen = columns()
  }

  const leave = () => {
    if (painted > 0) write(showCursor)
  }

  return {
    redraw: (lines) => {
      const next = lines.slice(0, rows() - 1).map((line) => Text.clip(line, columns()))
      const same = next.length === block.length && next.every((line, index) => line === block[index])
      if (same && columns() === columnsThen) return
      block = next
      paint([])
    },
    print: (lines) => {
      if (lines.length === 0) return
      if (painted > 0) paint(lines)
      else write(`${lines.join("\n")}\n`)
    },
    aside: (others) => {
      if (painted === 0) return others()
      write(`${up()}\u001b[0J`)
      others()
      painted = 0
      paint([])
    },
    apart: (wait) => {
      leave()
      wait()
      if (painted === 0) return
      painted = 0
      paint([])
    },
    leave
  }
}

// internal

const hideCursor = "\u001b[?25l"
const showCursor = "\u001b[?25h"
// A terminal that knows these paints what stands between them at once; others ignore them.
const beginFrame = "\u001b[?2026h"
const endFrame = "\u001b[?2026l"
