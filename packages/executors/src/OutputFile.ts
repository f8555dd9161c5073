import { closeSync, fstatSync, openSync, readSync } from "node:fs"
import { whenMissing } from "./FileFailure.js"

/** Bytes of a file from an offset on, at most `max`; none where it ends before, or isn't there. Throws Node's error. */
export const read = (path: string, offset: number, max: number): Uint8Array => {
  const file = whenMissing(() => openSync(path, "r"), undefined)
  if (file === undefined) return empty
  try {
    const length = Math.min(max, fstatSync(file).size - offset)
    if (length <= 0) return empty
    const bytes = Buffer.allocUnsafe(length)
    return bytes.subarray(0, readSync(file, bytes, 0, length, offset))
  } finally {
    closeSync(file)
  }
}

// internal

const empty = new Uint8Array(0)
