import type { PythonDict, PythonValue } from "../PythonValue.js"

/** Deeper than this, Python's own reader gives up too; so the writers may recurse. */
const maximumDepth = 1000

/** Python refuses longer integers, since reading them takes quadratic time. */
const maximumDigits = 4300

const quote = 0x22
const backslash = 0x5c
const escapes: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["\\", "\\"],
  ["/", "/"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"]
])
const numberPattern = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/y

/** Reads one JSON document in one pass. `undefined` from a method means that `problem` was set. */
export class JsonReader {
  /** Where reading stands; after a failure, the offset of what is wrong. */
  at = 0
  problem: string | undefined

  constructor(readonly text: string) {}

  document(): PythonValue | undefined {
    this.skipSpace()
    const value = this.value(0)
    if (value === undefined) return undefined
    this.skipSpace()
    return this.at < this.text.length ? this.fail("there is more after the end of the value") : value
  }

  private fail(problem: string, at = this.at): undefined {
    this.problem = problem
    this.at = at
    return undefined
  }

  private skipSpace(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at)
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return
      this.at++
    }
  }

  private value(depth: number): PythonValue | undefined {
    switch (this.text[this.at]) {
      case "{":
        return depth < maximumDepth ? this.dict(depth + 1) : this.tooDeep()
      case "[":
        return depth < maximumDepth ? this.list(depth + 1) : this.tooDeep()
      case '"':
        return this.string()
      case "t":
        return this.word("true", true)
      case "f":
        return this.word("false", false)
      case "n":
        return this.word("null", null)
      case "N":
        return this.word("NaN", Number.NaN)
      case "I":
        return this.word("Infinity", Number.POSITIVE_INFINITY)
      case "-":
        return this.text[this.at + 1] === "I" ? this.word("-Infinity", Number.NEGATIVE_INFINITY) : this.number()
      default:
        return this.number()
    }
  }

  private tooDeep(): undefined {
    return this.fail(`lists and dicts are nested more than ${maximumDepth} deep`)
  }

  private word(word: string, value: PythonValue): PythonValue | undefined {
    if (!this.text.startsWith(word, this.at)) return this.fail("expected a value")
    this.at += word.length
    return value
  }

  private number(): bigint | number | undefined {
    numberPattern.lastIndex = this.at
    const match = numberPattern.exec(this.text)
    if (match === null) return this.fail("expected a value")
    const [digits, fraction, exponent] = match
    if (fraction !== undefined || exponent !== undefined) {
      this.at += digits.length
      return Number(digits)
    }
    if (digits.length - (digits.startsWith("-") ? 1 : 0) > maximumDigits)
      return this.fail(`the integer has more than ${maximumDigits} digits`)
    this.at += digits.length
    return BigInt(digits)
  }

  private string(): string | undefined {
    const start = this.at
    let from = start + 1
    let text = ""
    for (let at = from; ; at++) {
      const code = this.text.charCodeAt(at)
      if (code === quote) {
        this.at = at + 1
        return text + this.text.slice(from, at)
      }
      if (code === backslash) {
        text += this.text.slice(from, at)
        const escaped = this.escape(at)
        if (escaped === undefined) return undefined
        text += escaped
        from = this.at
        at = from - 1
      } else if (code < 0x20) {
        return this.fail("a control character inside a string must be written as an escape", at)
      } else if (Number.isNaN(code)) {
        return this.fail("the string has no closing quote", start)
      }
    }
  }

  /** Reads the escape at `at` and moves behind it. */
  private escape(at: number): string | undefined {
    const letter = this.text[at + 1] ?? ""
    if (letter === "u") {
      const digits = this.text.slice(at + 2, at + 6)
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) return this.fail("\\u needs four hexadecimal digits", at)
      this.at = at + 6
      return String.fromCharCode(Number.parseInt(digits, 16))
    }
    const character = escapes.get(letter)
    if (character === undefined) return this.fail(`\\${letter} is no escape of JSON`, at)
    this.at = at + 2
    return character
  }

  private list(depth: number): ReadonlyArray<PythonValue> | undefined {
    const items: Array<PythonValue> = []
    this.at++
    this.skipSpace()
    if (this.text[this.at] === "]") {
      this.at++
      return items
    }
    for (;;) {
      const item = this.value(depth)
      if (item === undefined) return undefined
      items.push(item)
      const more = this.separator("]")
      if (more === undefined) return undefined
      if (!more) return items
    }
  }

  private dict(depth: number): PythonDict | undefined {
    const entries = new Map<string, PythonValue>()
    this.at++
    this.skipSpace()
    if (this.text[this.at] === "}") {
      this.at++
      return entries
    }
    for (;;) {
      if (this.text[this.at] !== '"') return this.fail("expected a key in double quotes")
      const key = this.string()
      if (key === undefined) return undefined
      this.skipSpace()
      if (this.text[this.at] !== ":") return this.fail("expected a colon after the key")
      this.at++
      this.skipSpace()
      const value = this.value(depth)
      if (value === undefined) return undefined
      entries.set(key, value)
      const more = this.separator("}")
      if (more === undefined) return undefined
      if (!more) return entries
    }
  }

  /** True behind a comma and its space, false behind the closing bracket. */
  private separator(close: "]" | "}"): boolean | undefined {
    this.skipSpace()
    const next = this.text[this.at]
    if (next !== "," && next !== close) return this.fail(`expected a comma or ${close}`)
    this.at++
    if (next === close) return false
    this.skipSpace()
    return true
  }
}
