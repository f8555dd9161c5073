import { statSync } from "node:fs"

/**
 * Remembers which file is at a path. The answer looks whether it still is: `false` once the file was moved, replaced or
 * deleted. A look takes two microseconds.
 */
export const remember = (path: string): (() => boolean) => {
  const first = look(path)
  return () => {
    const now = look(path)
    return now === "hidden" || first === "hidden" || now === first
  }
}

// internal

/** The file's number; `hidden` where the system doesn't let us look. */
const look = (path: string): string => {
  try {
    const found = statSync(path, { throwIfNoEntry: false })
    return found === undefined ? "none" : `${found.dev} ${found.ino}`
  } catch {
    return "hidden"
  }
}
