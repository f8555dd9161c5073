import * as Either from "effect/Either"

/**
 * Reads the `[default]` section of a settings file as Python's configparser does: lower-case keys, lines
 * indented deeper than their key go on with its value, `%(key)s` stands for another key's value and `%%` for `%`.
 * Left: what is wrong, without any value (C.1).
 */
export const readDefaultSection = (text: string): Either.Either<ReadonlyMap<string, string>, string> =>
  Either.flatMap(readSection(text), interpolate)

const readSection = (text: string): Either.Either<ReadonlyMap<string, string>, string> => {
  const sections = new Map<string, Map<string, string>>()
  let section: Map<string, string> | undefined
  let open: { readonly key: string; readonly indent: number } | undefined
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const content = line.trim()
    if (content === "" || content.startsWith("#") || content.startsWith(";")) continue
    const indent = line.length - line.trimStart().length
    if (section !== undefined && open !== undefined && indent > open.indent) {
      section.set(open.key, `${section.get(open.key) ?? ""}\n${content}`)
      continue
    }
    const header = /^\[(.+)\]/.exec(content)?.[1]
    if (header !== undefined) {
      if (sections.has(header)) return Either.left(`line ${index + 1} begins a section that is already there`)
      section = new Map()
      open = undefined
      sections.set(header, section)
      continue
    }
    if (section === undefined) return Either.left(`line ${index + 1} stands before any section`)
    const [, name, value] = /^(.*?)\s*[=:]\s*(.*)$/.exec(content) ?? []
    if (name === undefined || name === "" || value === undefined) return Either.left(`line ${index + 1} is no setting`)
    const key = name.toLowerCase()
    if (section.has(key)) return Either.left(`line ${index + 1} sets "${key}" a second time`)
    section.set(key, value)
    open = { key, indent }
  }
  return Either.right(sections.get("default") ?? new Map<string, string>())
}

/** As deep as configparser follows references. */
const deepest = 10

const interpolate = (raw: ReadonlyMap<string, string>): Either.Either<ReadonlyMap<string, string>, string> => {
  const resolved = new Map<string, string>()
  for (const [key, value] of raw) {
    const text = expand(raw, key, value, 1)
    if (Either.isLeft(text)) return Either.left(text.left)
    resolved.set(key, text.right)
  }
  return Either.right(resolved)
}

const expand = (
  raw: ReadonlyMap<string, string>,
  key: string,
  value: string,
  depth: number
): Either.Either<string, string> => {
  if (depth > deepest) return Either.left(`the references of "${key}" go in circles`)
  let text = ""
  let rest = value
  for (let at = rest.indexOf("%"); at !== -1; at = rest.indexOf("%")) {
    text += rest.slice(0, at)
    rest = rest.slice(at)
    if (rest.startsWith("%%")) {
      text += "%"
      rest = rest.slice(2)
      continue
    }
    const [reference, name] = /^%\(([^)]+)\)s/.exec(rest) ?? []
    if (reference === undefined || name === undefined) return Either.left(`"${key}" has a "%" that stands for nothing`)
    const referred = raw.get(name.toLowerCase())
    if (referred === undefined) return Either.left(`"${key}" refers to "${name}", which isn't set`)
    const inner = expand(raw, key, referred, depth + 1)
    if (Either.isLeft(inner)) return inner
    text += inner.right
    rest = rest.slice(reference.length)
  }
  return Either.right(text + rest)
}
