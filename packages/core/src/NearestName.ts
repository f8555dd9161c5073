/** What a person who wrote an unknown name may have meant. */
import * as Option from "effect/Option"

/**
 * The known name that is nearest to a mistyped one: the same but for case, `-` and `_`; the
 * beginning of the other; or a few typing errors away (fewer in short names). Synonyms name
 * what other tools call it. `None` if nothing is near.
 */
export const nearest = (
  name: string,
  known: Iterable<string>,
  synonyms: ReadonlyMap<string, string> = new Map()
): Option.Option<string> => {
  const plain = bare(name)
  const synonym = synonyms.get(plain)
  if (synonym !== undefined) return Option.some(synonym)
  let best: string | undefined
  let least = Number.POSITIVE_INFINITY
  for (const candidate of known) {
    const other = bare(candidate)
    const begins = isBeginning(plain, other)
    const distance = begins ? Math.abs(plain.length - other.length) : typingErrors(plain, other)
    const isNear = begins || distance <= Math.max(plain.length, other.length) * 0.4
    if (!isNear || distance >= least) continue
    best = candidate
    least = distance
  }
  return Option.fromNullable(best)
}

/** ` Did you mean "x"?` with a leading space, to end a message with; empty if nothing is near. */
export const didYouMean = (name: string, known: Iterable<string>, synonyms?: ReadonlyMap<string, string>): string =>
  Option.match(nearest(name, known, synonyms), {
    onNone: () => "",
    onSome: (near) => ` Did you mean "${near}"?`
  })

// internal

const bare = (name: string): string => name.toLowerCase().replace(/[-_\s]/g, "")

const isBeginning = (a: string, b: string): boolean =>
  Math.min(a.length, b.length) >= 3 && (a.startsWith(b) || b.startsWith(a))

/** Damerau–Levenshtein distance: letters added, dropped, replaced, or swapped with their neighbour. */
const typingErrors = (a: string, b: string): number => {
  // Names are short; whoever pastes a page as a key shall not wait for the table.
  if (Math.abs(a.length - b.length) > 8) return Number.POSITIVE_INFINITY
  let before: ReadonlyArray<number> = []
  let last: ReadonlyArray<number> = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(before, j - 2) + 1 : replaced
      row.push(Math.min(at(last, j) + 1, at(row, j - 1) + 1, replaced, swapped))
    }
    before = last
    last = row
  }
  return at(last, b.length)
}

const at = (row: ReadonlyArray<number>, index: number): number => row[index] ?? Number.POSITIVE_INFINITY
