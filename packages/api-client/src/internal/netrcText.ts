import * as Either from "effect/Either"

/** What a netrc file says of one machine. */
export interface Entry {
  readonly login: string | undefined
  readonly password: string | undefined
}

/** The entries of a netrc file, by machine. Left: what is wrong with it. */
export const entriesOf = (text: string): Either.Either<ReadonlyMap<string, Entry>, string> =>
  Either.map(spansOf(text), (spans) => new Map(spans.map(({ entry, machine }) => [machine, entry])))

/** The text with a machine's entry replaced, or added at its end (C.4). */
export const withEntry = (text: string, machine: string, password: string): string => {
  let kept = text
  const spans = Either.getOrElse(spansOf(text), (): ReadonlyArray<Span> => [])
  for (const span of spans.toReversed()) {
    if (span.machine === machine) kept = kept.slice(0, span.from) + kept.slice(span.to)
  }
  const start = kept === "" || kept.endsWith("\n") ? kept : `${kept}\n`
  return `${start}machine ${machine}\n  login user\n  password ${password}\n\n`
}

/** An entry, and where in the text it stands. */
interface Span {
  readonly machine: string
  readonly from: number
  readonly to: number
  readonly entry: Entry
}

const spansOf = (text: string): Either.Either<ReadonlyArray<Span>, string> => {
  const words = new Words(text)
  const spans: Array<Span> = []
  for (;;) {
    const keyword = words.keyword()
    if (keyword === undefined) return Either.right(spans)
    const from = words.at - keyword.length
    if (keyword === "macdef") {
      words.skipMacro()
      continue
    }
    if (keyword !== "machine" && keyword !== "default") return Either.left("it has a word that begins no entry")
    const machine = keyword === "machine" ? words.value() : ""
    if (machine === undefined) return Either.left("it ends with a machine that has no name")
    const fields = new Map<string, string>()
    let to = words.at
    for (let name = words.keyword(); name !== undefined; name = words.keyword()) {
      const field = fieldNames.get(name)
      if (field === undefined) {
        words.at -= name.length
        break
      }
      const value = words.value()
      if (value === undefined) return Either.left("it ends with a field that has no value")
      fields.set(field, value)
      to = words.endOfLine()
    }
    if (machine !== "") {
      spans.push({ machine, from, to, entry: { login: fields.get("login"), password: fields.get("password") } })
    }
  }
}

const fieldNames: ReadonlyMap<string, string> = new Map([
  ["login", "login"],
  ["user", "login"],
  ["account", "account"],
  ["password", "password"]
])

/** The words of a netrc file, one after another. */
class Words {
  at = 0
  constructor(readonly text: string) {}

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

  /** Where the line ends, with its line break, if nothing more stands on it. */
  endOfLine(): number {
    const before = this.at
    this.take(/[ \t\r]*\n?/)
    const end = this.at
    this.at = before
    return end
  }

  /** A macro ends with an empty line. */
  skipMacro(): void {
    this.take(/[\s\S]*?(?:\n\s*\n|$)/)
  }
}
