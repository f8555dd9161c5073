/** Where a cut of the stream stands, and what it brought. */
export interface Cut {
  /** Complete lines, without their line breaks, oldest first. They are views: read them before the next push. */
  readonly lines: ReadonlyArray<Uint8Array>
  /** Lines that were longer than the limit and were skipped. */
  readonly skipped: number
}

/** Cuts a stream of bytes into lines, however the chunks fall. */
export interface OutputLines {
  /** Takes the next bytes and answers the lines that they complete. */
  readonly push: (bytes: Uint8Array) => Cut
  /** The stream has ended: the last line counts although it has no line break. */
  readonly end: () => Cut
  /**
   * How many bytes belong to lines that are complete: where reading may begin again after a restart. A lone CR belongs
   * to the line that it begins.
   */
  readonly consumed: () => number
}

const lineFeed = 0x0a
const carriageReturn = 0x0d

/**
 * A splitter that holds at most `limit` bytes. A line ends at LF, CRLF or a lone CR, so that what
 * a progress bar drew before it isn't part of it; empty lines are left out. `wants` looks at the
 * first bytes of a line: what it refuses is passed over without being held or decoded.
 */
export const make = (options: {
  /** The longest line, in bytes; a longer one is skipped and counted. */
  readonly limit: number
  /** Whether a line that begins in these bytes at `start` is wanted; `redrawn` says that it began with a lone CR. */
  readonly wants: (bytes: Uint8Array, start: number, redrawn: boolean) => boolean
  /** How many bytes came before the first. */
  readonly offset: number
}): OutputLines => {
  const { limit, wants } = options
  let seen = options.offset
  let consumed = options.offset
  /** Pieces of the line that isn't complete yet. */
  let pieces: Array<Uint8Array> = []
  let held = 0
  let fate: "unknown" | "wanted" | "unwanted" | "tooLong" = "unknown"
  let redrawn = false

  const begin = (afterReturn: boolean) => {
    pieces = []
    held = 0
    fate = "unknown"
    redrawn = afterReturn
  }

  /** Takes bytes of the current line, up to its end or the end of the chunk. */
  const extend = (bytes: Uint8Array, start: number, end: number): void => {
    if (start === end) return
    if (fate === "unknown") fate = wants(bytes, start, redrawn) ? "wanted" : "unwanted"
    if (fate !== "wanted") return
    held += end - start
    if (held > limit) {
      pieces = []
      fate = "tooLong"
    } else {
      pieces.push(bytes.subarray(start, end))
    }
  }

  /** The current line is complete. */
  const finish = (lines: Array<Uint8Array>, afterReturn: boolean): number => {
    const skipped = fate === "tooLong" ? 1 : 0
    if (fate === "wanted") lines.push(joined(pieces, held))
    begin(afterReturn)
    return skipped
  }

  return {
    push: (bytes) => {
      const lines: Array<Uint8Array> = []
      let skipped = 0
      let start = 0
      let feed = position(bytes, lineFeed, 0)
      let back = position(bytes, carriageReturn, 0)
      while (start < bytes.length) {
        const end = Math.min(feed, back)
        extend(bytes, start, end)
        if (end === bytes.length) break
        const afterReturn = back === end
        skipped += finish(lines, afterReturn)
        start = end + 1
        consumed = seen + (afterReturn ? end : start)
        if (feed === end) feed = position(bytes, lineFeed, start)
        else back = position(bytes, carriageReturn, start)
      }
      // A held piece is a copy: a view, as `slice` of a Buffer is, would keep alive its whole chunk, the caller's.
      const last = pieces.pop()
      if (last !== undefined) pieces.push(new Uint8Array(last))
      seen += bytes.length
      return { lines, skipped }
    },
    end: () => {
      const lines: Array<Uint8Array> = []
      const skipped = finish(lines, false)
      consumed = seen
      return { lines, skipped }
    },
    consumed: () => consumed
  }
}

// internal

const position = (bytes: Uint8Array, byte: number, from: number): number => {
  const found = bytes.indexOf(byte, from)
  return found < 0 ? bytes.length : found
}

const joined = (pieces: ReadonlyArray<Uint8Array>, length: number): Uint8Array => {
  const [only] = pieces
  if (pieces.length === 1 && only !== undefined) return only
  const line = new Uint8Array(length)
  let at = 0
  for (const piece of pieces) {
    line.set(piece, at)
    at += piece.length
  }
  return line
}
