/** A word as a POSIX shell reads it back unchanged. */
export const quote = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`

/** A command line that can be pasted into a shell. */
export const join = (words: ReadonlyArray<string>): string => words.map(quote).join(" ")
