import * as Option from "effect/Option"
import * as NearestName from "../NearestName.js"
import { type ConfigIssues, pathTo, type Place } from "./configIssues.js"
import { type ConfigEntry, type ConfigNode, describe } from "./configNode.js"

/** A key of a section: where it stands, and its value. */
export interface Field extends Place {
  readonly node: ConfigNode
  /** Of the key; `offset` is the value's. */
  readonly keyOffset: number
}

/** Names that other tools use, by their bare lower-case text, for messages. */
export type Synonyms = ReadonlyMap<string, string>

/**
 * A mapping being read. Its readers report what is wrong and go on: a value that can't be
 * used is `undefined`, as one that isn't there.
 */
export class Section {
  /** Keys that unknown ones were probably meant to be: who misses them was told already. */
  private readonly meant = new Set<string>()

  constructor(
    readonly issues: ConfigIssues,
    readonly path: string,
    /** Of the key that introduces the section. */
    readonly offset: number,
    readonly entries: ReadonlyMap<string, ConfigEntry>
  ) {}

  has(key: string): boolean {
    return this.entries.has(key)
  }

  field(key: string): Field | undefined {
    const entry = this.entries.get(key)
    if (entry === undefined) return undefined
    const empty = entry.node.kind === "scalar" && entry.node.text === ""
    return {
      path: pathTo(this.path, key),
      offset: empty ? entry.offset : entry.node.offset,
      keyOffset: entry.offset,
      node: entry.node
    }
  }

  /** Reports at the key that introduces the section: something is missing, or doesn't fit together. */
  report(problem: string): void {
    this.issues.report(this, problem)
  }

  /** Reports at a key, wherever its value stands. */
  reportKey(key: string, problem: string): void {
    const offset = this.entries.get(key)?.offset ?? this.offset
    this.issues.report({ path: pathTo(this.path, key), offset }, problem)
  }

  reportValue(field: Place, problem: string): void {
    this.issues.report(field, problem)
  }

  /** Reports keys that nobody reads; `owner` is for example "a metric", `meaning` tells what a value shows of its key. */
  rejectUnknown(
    owner: string,
    known: ReadonlyArray<string>,
    synonyms?: Synonyms,
    meaning: (key: string, node: ConfigNode) => string | undefined = () => undefined
  ): void {
    for (const [key, { node }] of this.entries) {
      if (known.includes(key)) continue
      const meant = meaning(key, node)
      if (meant !== undefined) {
        this.reportKey(key, `"${key}" is no key of ${owner}. ${meant}`)
        continue
      }
      const near = NearestName.nearest(key, known, synonyms)
      if (Option.isSome(near)) this.meant.add(near.value)
      const instead = Option.match(near, {
        onNone: () => `It has ${known.join(", ")}.`,
        onSome: (name) => `Did you mean "${name}"?`
      })
      this.reportKey(key, `"${key}" is no key of ${owner}. ${instead}`)
    }
  }

  /** Whether a key isn't there, not even mistyped (as far as `rejectUnknown` could tell). */
  lacks(key: string): boolean {
    return !this.has(key) && !this.meant.has(key)
  }

  /** A text; empty counts as absent. */
  text(key: string): string | undefined {
    const field = this.field(key)
    if (field === undefined || isNull(field.node)) return undefined
    const { node } = field
    if (node.kind === "scalar") {
      if (typeof node.value === "string") return node.value === "" ? undefined : node.value
      this.reportValue(field, `${key} must be text: put quotes around it, ${key}: "${node.text}".`)
    } else {
      this.reportValue(field, `${key} must be text, not ${describe(node)}.`)
    }
    return undefined
  }

  /** One of a few words. */
  oneOf<A extends string>(key: string, words: ReadonlyArray<A>, synonyms?: Synonyms): A | undefined {
    const field = this.field(key)
    if (field === undefined) return undefined
    const { node } = field
    const word = words.find((word) => node.kind === "scalar" && node.value === word)
    if (word !== undefined) return word
    const near =
      node.kind === "scalar" && typeof node.value === "string"
        ? NearestName.didYouMean(node.value, words, synonyms)
        : ""
    this.reportValue(field, `${key} must be ${alternatives(words)}, not ${describe(node)}.${near}`)
    return undefined
  }

  /** A finite number, int or float. */
  number(key: string): number | undefined {
    const field = this.field(key)
    if (field === undefined) return undefined
    const value = field.node.kind === "scalar" ? field.node.value : undefined
    if (typeof value === "bigint" || typeof value === "number") {
      if (Number.isFinite(Number(value))) return Number(value)
      this.reportValue(field, `${key} must be a finite number, not ${describe(field.node)}.`)
    } else if (typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value))) {
      this.reportValue(field, `${key} must be a number, not the text "${value}": leave the quotes out.`)
    } else {
      this.reportValue(field, `${key} must be a number, not ${describe(field.node)}.`)
    }
    return undefined
  }

  /** A number above a limit. */
  numberAbove(key: string, limit: number, instead = ""): number | undefined {
    const value = this.number(key)
    if (value === undefined || value > limit) return value
    const problem = `${key} must be greater than ${limit}, not ${this.written(key)}${instead}.`
    this.reportValue(this.field(key) ?? this, problem)
    return undefined
  }

  /** A whole number from a minimum on; `5.0` is one. */
  integer(key: string, minimum: number, instead = ""): number | undefined {
    const value = this.number(key)
    if (value === undefined || (Number.isSafeInteger(value) && value >= minimum)) return value
    const problem = `${key} must be a whole number from ${minimum} on, not ${this.written(key)}${instead}.`
    this.reportValue(this.field(key) ?? this, problem)
    return undefined
  }

  boolean(key: string): boolean | undefined {
    const field = this.field(key)
    if (field === undefined) return undefined
    if (field.node.kind === "scalar" && typeof field.node.value === "boolean") return field.node.value
    this.reportValue(field, `${key} must be true or false, not ${describe(field.node)}.`)
    return undefined
  }

  /** A mapping; `example` is what to write where there is something else. */
  section(key: string, example: string): Section | undefined {
    const field = this.field(key)
    if (field === undefined) return undefined
    if (field.node.kind === "dict") return new Section(this.issues, field.path, field.keyOffset, field.node.entries)
    this.reportValue(
      field,
      `${key} must be a mapping, not ${describe(field.node)}: ${orIndent(field.node)}write ${example}.`
    )
    return undefined
  }

  /** A list's items as fields of their own. */
  list(key: string, example: string): ReadonlyArray<Field> | undefined {
    const field = this.field(key)
    if (field === undefined) return undefined
    const { node } = field
    if (node.kind === "list") {
      return node.items.map((item, index) => ({
        path: pathTo(field.path, index),
        offset: item.offset,
        keyOffset: item.offset,
        node: item
      }))
    }
    this.reportValue(field, `${key} must be a list, not ${describe(node)}: write ${example}.`)
    return undefined
  }

  /** A scalar as it was written, for messages. */
  written(key: string): string {
    const node = this.entries.get(key)?.node
    return node === undefined ? "nothing" : describe(node)
  }
}

/** What stands below a key without a value was probably meant to belong to it. */
export const orIndent = (node: ConfigNode): string =>
  node.kind === "scalar" && node.text === "" ? "indent what belongs to it, or " : ""

/** Whether a value is there but null. */
export const isNull = (node: ConfigNode): boolean => node.kind === "scalar" && node.value === null

/** `a, b or c`. */
export const alternatives = (words: ReadonlyArray<string>): string =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words[words.length - 1] ?? ""}`
