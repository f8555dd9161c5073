import { Violation } from "../SweepConfigError.js"

/** Where a violation is: a dotted path, and an offset into the text from 0. */
export interface Place {
  readonly path: string
  readonly offset: number
}

interface Issue extends Place {
  readonly problem: string
}

/** Collects what is wrong with a config, so that one reading reports everything. */
export class ConfigIssues {
  private readonly issues: Array<Issue> = []

  report({ offset, path }: Place, problem: string): void {
    this.issues.push({ offset, path, problem })
  }

  get count(): number {
    return this.issues.length
  }

  /** Every violation of a text, in its order. */
  violations(text: string): ReadonlyArray<Violation> {
    const lineStarts = lineStartsOf(text)
    return [...this.issues]
      .sort((a, b) => a.offset - b.offset)
      .map((issue) => violationAt(lineStarts, issue, issue.problem))
  }
}

/** A violation at a place. */
export const violationAt = (lineStarts: ReadonlyArray<number>, { offset, path }: Place, problem: string): Violation => {
  const line = lineOf(lineStarts, offset)
  return new Violation({ path, line, column: offset - (lineStarts[line - 1] ?? 0) + 1, problem })
}

/** The 1-based line of an offset. */
export const lineOf = (lineStarts: ReadonlyArray<number>, offset: number): number => {
  const next = lineStarts.findIndex((start) => start > offset)
  return next === -1 ? Math.max(lineStarts.length, 1) : Math.max(next, 1)
}

/** The offsets at which the lines of a text start; a byte order mark stands before the first. */
export const lineStartsOf = (text: string): ReadonlyArray<number> => {
  const starts = [text.startsWith("\ufeff") ? 1 : 0]
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1)
  return starts
}

/** The path of a key or index inside a path. */
export const pathTo = (path: string, part: string | number): string =>
  typeof part === "number" ? `${path}[${part}]` : path === "" ? part : `${path}.${part}`
