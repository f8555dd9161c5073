import { type Alias, isAlias, isMap, isScalar, type Pair, type ParsedNode, Scalar, type YAMLMap } from "yaml"
import { type ConfigIssues, lineOf, lineStartsOf, pathTo } from "./configIssues.js"
import {
  type ConfigDict,
  type ConfigEntry,
  type ConfigNode,
  type ConfigScalar,
  heightOf,
  sizeOf
} from "./configNode.js"
import { plainScalar } from "./yamlScalar.js"
import { maximumHeight, parseYaml } from "./yamlSyntax.js"

/** More values than any real config has: aliases of aliases would multiply without end. */
const maximumSize = 1_000_000

/**
 * Reads YAML (and so JSON) into located nodes, with aliases and merge keys resolved. Reports
 * what YAML forbids and what has no meaning in a config: duplicate keys, unknown tags and
 * aliases. `undefined` where there is no document.
 */
export const readYaml = (text: string, issues: ConfigIssues): ConfigNode | undefined => {
  const lineStarts = lineStartsOf(text)
  const document = parseYaml(text, lineStarts, issues)
  if (document === undefined || document.contents === null) return undefined
  return new YamlReader(issues, lineStarts).node(document.contents, "", 0)
}

const stringTags: ReadonlySet<string> = new Set(["!", "tag:yaml.org,2002:str"])
const scalarTags: ReadonlyMap<string, (value: ConfigScalar["value"]) => ConfigScalar["value"] | undefined> = new Map<
  string,
  (value: ConfigScalar["value"]) => ConfigScalar["value"] | undefined
>([
  ["tag:yaml.org,2002:int", (value) => (typeof value === "bigint" ? value : undefined)],
  ["tag:yaml.org,2002:float", (value) => (typeof value === "bigint" ? Number(value) : numberOf(value))],
  ["tag:yaml.org,2002:bool", (value) => (typeof value === "boolean" ? value : undefined)],
  ["tag:yaml.org,2002:null", (value) => (value === null ? value : undefined)]
])
const numberOf = (value: ConfigScalar["value"]) => (typeof value === "number" ? value : undefined)

class YamlReader {
  /** What each anchor stands for by now; `undefined` while its own value is being read. */
  private readonly anchors = new Map<string, ConfigNode | undefined>()
  private exceeded = false

  constructor(
    private readonly issues: ConfigIssues,
    private readonly lineStarts: ReadonlyArray<number>
  ) {}

  /** Reads a node; `fallback` is the offset of one that has no text. */
  node(node: ParsedNode | null, path: string, fallback: number): ConfigNode {
    if (node === null) return { kind: "scalar", offset: fallback, value: null, text: "" }
    const offset = node.range[0]
    if (isAlias(node)) return this.alias(node, path, offset)
    if (node.anchor !== undefined) this.anchors.set(node.anchor, undefined)
    const read = this.bounded(this.content(node, path, offset), path)
    if (node.anchor !== undefined) this.anchors.set(node.anchor, read)
    return read
  }

  private content(node: Exclude<ParsedNode, Alias>, path: string, offset: number): ConfigNode {
    if (isScalar(node)) return this.scalar(node, path, offset)
    const own = isMap(node) ? "tag:yaml.org,2002:map" : "tag:yaml.org,2002:seq"
    if (node.tag !== undefined && node.tag !== own) this.unknownTag(node.tag, path, offset)
    if (isMap(node)) return this.dict(node, path, offset)
    const items = node.items.map((item, index) => this.node(item, pathTo(path, index), offset))
    return { kind: "list", offset, items, ...extent(items) }
  }

  private scalar(node: Scalar.Parsed, path: string, offset: number): ConfigScalar {
    const text = node.source
    const { tag } = node
    if (tag === undefined) {
      return { kind: "scalar", offset, value: node.type === Scalar.PLAIN ? plainScalar(text) : text, text }
    }
    if (stringTags.has(tag)) return { kind: "scalar", offset, value: text, text }
    const convert = scalarTags.get(tag)
    if (convert === undefined) this.unknownTag(tag, path, offset)
    const value = convert?.(plainScalar(text))
    if (convert !== undefined && value === undefined) {
      this.issues.report({ path, offset }, `"${text}" isn't what its tag ${short(tag)} says: remove the tag.`)
    }
    return { kind: "scalar", offset, value: value ?? null, text }
  }

  private dict(map: YAMLMap.Parsed, path: string, offset: number): ConfigDict {
    const merged = new Map<string, ConfigEntry>()
    const own = new Map<string, ConfigEntry>()
    for (const pair of map.items) {
      if (isMergeKey(pair.key)) this.merge(pair, path, merged)
      else if (map.flow !== true || !this.unspaced(pair, path, own)) this.entry(pair, path, own)
    }
    // As in PyYAML, merged keys come first, and a mapping's own keys win.
    const entries = merged.size === 0 ? own : new Map([...merged, ...own])
    return { kind: "dict", offset, entries, ...extent(Array.from(entries.values(), ({ node }) => node)) }
  }

  private entry(pair: Pair<ParsedNode, ParsedNode | null>, path: string, entries: Map<string, ConfigEntry>): void {
    const offset = pair.key.range[0]
    const key = this.node(pair.key, path, offset)
    if (key.kind !== "scalar") {
      this.issues.report({ path, offset }, "A key must be a name, not a list or a mapping.")
      return
    }
    const name = key.text.replace(oddSpaces, "")
    const place = { path: pathTo(path, name), offset }
    if (name !== key.text) {
      const odd = key.text.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")
      this.issues.report(place, `The space before "${name}" isn't a plain one (U+${odd}): write the indentation anew.`)
    }
    const first = entries.get(name)
    if (first !== undefined) {
      const line = lineOf(this.lineStarts, first.offset)
      this.issues.report(place, `"${name}" is here a second time (first on line ${line}): keep one of the two.`)
    }
    entries.set(name, { offset, node: this.node(pair.value, place.path, offset) })
  }

  /** `{min:1}` is a key `min:1` without a value, which nobody means. It is read on as it was meant. */
  private unspaced(
    { key, value }: Pair<ParsedNode, ParsedNode | null>,
    path: string,
    entries: Map<string, ConfigEntry>
  ) {
    if (value !== null || !isScalar(key) || key.type !== Scalar.PLAIN) return false
    const [, name, text] = /^([A-Za-z_][\w.-]*):(.+)$/.exec(key.source) ?? []
    if (name === undefined || text === undefined) return false
    const offset = key.range[0]
    this.issues.report({ path: pathTo(path, name), offset }, `Write a space after the colon: "${name}: ${text}".`)
    entries.set(name, { offset, node: { kind: "scalar", offset, value: plainScalar(text), text } })
    return true
  }

  /** `<<: *base`, or `<<: [*one, *two]` where earlier ones win. */
  private merge(pair: Pair<ParsedNode, ParsedNode | null>, path: string, entries: Map<string, ConfigEntry>): void {
    const offset = pair.key.range[0]
    const place = pathTo(path, "<<")
    const value = this.node(pair.value, place, offset)
    for (const source of value.kind === "list" ? value.items : [value]) {
      if (source.kind !== "dict") {
        this.issues.report(
          { path: place, offset },
          '"<<" merges mappings: give it an alias of a mapping, such as *base.'
        )
        continue
      }
      for (const [key, entry] of source.entries) if (!entries.has(key)) entries.set(key, entry)
    }
  }

  private alias(alias: Alias.Parsed, path: string, offset: number): ConfigNode {
    const target = this.anchors.get(alias.source)
    if (target !== undefined) return target
    const problem = this.anchors.has(alias.source)
      ? `*${alias.source} stands inside its own value: it would never end.`
      : `There is no anchor &${alias.source} above *${alias.source}: define it, or put the value in quotes if it is text.`
    this.issues.report({ path, offset }, problem)
    return { kind: "scalar", offset, value: null, text: `*${alias.source}` }
  }

  private bounded(node: ConfigNode, path: string): ConfigNode {
    if (sizeOf(node) <= maximumSize && heightOf(node) <= maximumHeight) return node
    if (!this.exceeded)
      this.issues.report(
        { path, offset: node.offset },
        "Its aliases expand to more than a config can hold: write less."
      )
    this.exceeded = true
    return { kind: "scalar", offset: node.offset, value: null, text: "" }
  }

  private unknownTag(tag: string, path: string, offset: number): void {
    this.issues.report({ path, offset }, `The tag ${short(tag)} means nothing in a sweep config: remove it.`)
  }
}

/** What the eye takes for a space, and YAML for a letter: it comes with what was copied from a page. */
const oddSpaces = /^[\u00a0\u2000-\u200b\u202f\u3000\ufeff]+/

const isMergeKey = (key: ParsedNode): boolean =>
  isScalar(key) && key.type === Scalar.PLAIN && key.source === "<<" && key.tag === undefined

const short = (tag: string): string => tag.replace("tag:yaml.org,2002:", "!!")

const extent = (nodes: ReadonlyArray<ConfigNode>) => ({
  size: nodes.reduce((sum, node) => sum + sizeOf(node), 1),
  height: nodes.reduce((most, node) => Math.max(most, heightOf(node)), 0) + 1
})
