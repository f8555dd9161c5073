/**
 * Patterns that clients search with. The server answers everybody from one thread, and a regular expression of a few
 * characters can keep that busy for years: so each has a moment for a text, twenty for all texts, and then is refused.
 */
import { createContext, type Context, Script } from "node:vm"

/** A regular expression took too long. */
export class PatternTimeout extends Error {
  override readonly name = "PatternTimeout"
}

/** Whether a regular expression is found in a text. Throws `PatternTimeout`. */
export const found = (pattern: RegExp, text: string): boolean => {
  if (isTame(pattern) && text.length <= shortText) return pattern.test(text)
  if ((spent.get(pattern) ?? 0) > most) throw tooLong(pattern)
  context ??= createContext(Object.assign(Object.create(null), { question: { pattern, text } }))
  Object.assign(context["question"], { pattern, text })
  const begun = performance.now()
  try {
    return script.runInContext(context, { timeout }) === true
  } catch (error) {
    if (typeof error === "object" && error !== null && "code" in error && error.code === brokenOff)
      throw tooLong(pattern)
    throw error
  } finally {
    const took = performance.now() - begun
    if (took > quick) spent.set(pattern, (spent.get(pattern) ?? 0) + took)
  }
}

/** Whether a text is like an SQL pattern, in which `%` is any text and `_` any character; case makes no difference. */
export const like = (pattern: string): ((text: string) => boolean) => {
  const [first = [], ...rest] = pattern
    .toLowerCase()
    .split("%")
    .map((part) => [...part])
  const last = rest.pop()
  return (given) => {
    const text = [...given.toLowerCase()]
    if (!isAt(text, first, 0)) return false
    if (last === undefined) return text.length === first.length
    let from = first.length
    for (const part of rest) {
      // Each as early as it can be: that leaves the most to the others.
      while (from + part.length <= text.length && !isAt(text, part, from)) from++
      from += part.length
    }
    return from + last.length <= text.length && isAt(text, last, text.length - last.length)
  }
}

// internal

/** How long a regular expression may look through one text, in milliseconds. */
const timeout = 100

/** How long it may look through all texts. */
const most = 20 * timeout

/** How long a text may take that isn't counted with the others: a pattern that is quick may be asked for ever. */
const quick = 5

/** How long each pattern has taken for the texts that took longer. */
const spent = new WeakMap<RegExp, number>()

const tooLong = (pattern: RegExp): PatternTimeout => new PatternTimeout(`${String(pattern)} takes too long`)

const shortText = 1000

const brokenOff = "ERR_SCRIPT_EXECUTION_TIMEOUT"

/** Whether it can't but be quick with a short text: it is in one part, of which at most one piece has a choice of lengths. */
const isTame = ({ source }: RegExp): boolean => !source.includes("(") && (source.match(/[*+?{]/g) ?? []).length <= 1

/** Only a script of its own can be broken off. */
const script = new Script("question.pattern.test(question.text)")
let context: Context | undefined

const isAt = (text: ReadonlyArray<string>, part: ReadonlyArray<string>, at: number): boolean =>
  at + part.length <= text.length &&
  part.every((character, index) => character === "_" || character === text[at + index])
