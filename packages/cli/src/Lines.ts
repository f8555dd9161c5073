/**
 * Cuts what comes in pieces into lines without their ends; nothing more to come gives a last line that has none. What
 * isn't UTF-8 becomes replacement characters.
 */
export const make = (): ((piece: Uint8Array | undefined) => ReadonlyArray<string>) => {
  const decoder = new TextDecoder()
  // Pieces of a line that isn't complete, so that a long one isn't copied with each of them.
  let begun: Array<string> = []
  return (piece) => {
    const parts = (piece === undefined ? decoder.decode() : decoder.decode(piece, { stream: true })).split("\n")
    const lines: Array<string> = []
    for (const [index, part] of parts.entries()) {
      begun.push(part)
      if (index < parts.length - 1 || (piece === undefined && begun.join("") !== "")) {
        lines.push(begun.join(""))
        begun = []
      }
    }
    return lines
  }
}
