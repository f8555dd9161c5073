import * as Either from "effect/Either"

/** What a netrc file says of one machine. */
export interface Entry {
  readonly password: string | undefined
}

/** The entries of a netrc file, by machine. Left: what is wrong with it. */
export const entriesOf = (text: string): Either.Either<ReadonlyMap<string, Entry>, string> => {
  const words = new Words(text)
  const entries = new Map<string, Entry>()
  for (;;) {
    const keyword = words.keyword()
    if (keyword === undefined) return Either.right(entries)
    if (keyword === "macdef") {
      words.skipMacro()
      continue
    }
    if (keyword !== "machine" && keyword !== "default") return Either.left("it has a word that begins no entry")
    const machine = keyword === "machine" ? words.value() : ""
    if (machine === undefined) return Either.left("it ends with a machine that has no name")
    let password: string | undefined
    for (let name = words.keyword(); name !== undefined; name = words.keyword()) {
      if (!fields.has(name)) {
        words.putBack(name)
        break
      }
      const value = words.value()
      if (value === undefined) return Either.left("it ends with a field that has no value")
      if (name === "password") password = value
    }
    if (machine !== "") entries.set(machine, { password })
  }
}

const fields: ReadonlySet<string> = new Set(["login", "user", "account", "password"])

/** The words of a netrc file, one after another. */
class Words {
  private at = 0
  constructor(private readonly text: string) {}

  private take(pattern: RegExp): RegExpExecArray | null {
    const sticky = new RegExp(pattern, "y")
    sticky.lastIndex = this.at
    const match = sticky.exec(this.text)
    if (match !== null) this.at = sticky.lastIndex
    return match
  }

  /** The next word where a keyword may stand: what begins with `#` there is a comment. */
  keyword(): string | undefined {
    this.take(/(?:\s+|#[^\n]*)*/)
    return this.take(/\S+/)?.[0]
  }

  /** The next word where a value must stand; one in double quotes may have spaces. */
  value(): string | undefined {
    this.take(/\s+/)
    const quoted = this.take(/"((?:[^"\\]|\\[\s\S])*)"/)?.[1]
    return quoted === undefined ? this.take(/\S+/)?.[0] : quoted.replace(/\\([\s\S])/g, "$1")
  }

  /** Takes back the last keyword: it begins the next entry. */
  putBack(keyword: string): void {
    this.at -= keyword.length
  }

  /** A macro ends with an empty line. */
  skipMacro(): void {
    this.take(/[\s\S]*?(?:\n\s*\n|$)/)
  }
}
