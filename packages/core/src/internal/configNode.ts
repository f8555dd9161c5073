import type { PythonDict, PythonValue } from "../PythonValue.js"

/**
 * A value of a config file that knows where it stands. Offsets count from 0 into the text.
 * `size` and `height` count the values inside, aliases in full.
 */
export type ConfigNode = ConfigScalar | ConfigList | ConfigDict

/** A scalar; `text` is how it was written, without quotes. */
export interface ConfigScalar {
  readonly kind: "scalar"
  readonly offset: number
  readonly value: null | boolean | bigint | number | string
  readonly text: string
}

/** A list. */
export interface ConfigList {
  readonly kind: "list"
  readonly offset: number
  readonly items: ReadonlyArray<ConfigNode>
  readonly size: number
  readonly height: number
}

/** A mapping, in the order of the source. */
export interface ConfigDict {
  readonly kind: "dict"
  readonly offset: number
  readonly entries: ReadonlyMap<string, ConfigEntry>
  readonly size: number
  readonly height: number
}

/** A key's place and its value. */
export interface ConfigEntry {
  readonly offset: number
  readonly node: ConfigNode
}

/** How many values a node holds, itself included. */
export const sizeOf = (node: ConfigNode): number => (node.kind === "scalar" ? 1 : node.size)

/** How deep a node goes: 1 for a scalar. */
export const heightOf = (node: ConfigNode): number => (node.kind === "scalar" ? 1 : node.height)

/** The bare value. */
export const valueOf = (node: ConfigNode): PythonValue => {
  switch (node.kind) {
    case "scalar":
      return node.value
    case "list":
      return node.items.map(valueOf)
    case "dict":
      return dictOf(node)
  }
}

/** The bare dict. */
export const dictOf = (node: ConfigDict): PythonDict =>
  new Map(Array.from(node.entries, ([key, entry]) => [key, valueOf(entry.node)]))

/** A node in the words of a message. */
export const describe = (node: ConfigNode): string => {
  switch (node.kind) {
    case "list":
      return "a list"
    case "dict":
      return "a mapping"
    case "scalar":
      if (node.value === null) return "an empty value"
      return typeof node.value === "string" ? `the text "${abbreviated(node.value)}"` : node.text
  }
}

/** A text, or the beginning of a long one. */
export const abbreviated = (text: string): string => (text.length > 40 ? `${text.slice(0, 39)}…` : text)
