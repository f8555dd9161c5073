/** As much GraphQL as the client speaks: reads a document, and answers it from objects whose members are values or functions. */
import { isRecord } from "effect/Predicate"

export type Arguments = Readonly<Record<string, unknown>>
export interface Field {
  readonly alias: string
  readonly name: string
  readonly arguments: Arguments
  readonly fields: ReadonlyArray<Field>
}
export interface Document {
  readonly kind: string
  readonly name: string
  readonly fields: ReadonlyArray<Field>
}

/** Reads a document; variables are put in their places. */
export const parse = (text: string, variables: Arguments): Document => {
  const tokens = text.match(/[$\w!]+|"(?:[^"\\]|\\.)*"|[{}()[\]:=]/g) ?? []
  let at = 0
  const next = () => tokens[at++] ?? ""
  const value = (): unknown => {
    const token = next()
    if (token.startsWith("$")) {
      const name = token.slice(1)
      if (!declared.has(name)) throw new Error(`Variable "$${name}" is not declared`)
      return variables[name]
    }
    if (token.startsWith('"')) return JSON.parse(token)
    if (token === "[") {
      const items: Array<unknown> = []
      while (tokens[at] !== "]") items.push(value())
      at += 1
      return items
    }
    if (token === "{") {
      const entries: Record<string, unknown> = {}
      while (tokens[at] !== "}") {
        const name = next()
        at += 1
        entries[name] = value()
      }
      at += 1
      return entries
    }
    return token === "true" ? true : token === "false" ? false : /^[0-9]/.test(token) ? Number(token) : token
  }
  const selection = (): ReadonlyArray<Field> => {
    const fields: Array<Field> = []
    if (tokens[at] !== "{") return fields
    at += 1
    while (tokens[at] !== "}") {
      const first = next()
      const aliased = tokens[at] === ":"
      if (aliased) at += 1
      const name = aliased ? next() : first
      const given: Record<string, unknown> = {}
      if (tokens[at] === "(") {
        at += 1
        while (tokens[at] !== ")") {
          const argument = next()
          at += 1
          given[argument] = value()
        }
        at += 1
      }
      fields.push({ alias: first, name, arguments: given, fields: selection() })
    }
    at += 1
    return fields
  }
  const kind = next()
  const name = next()
  const declared = new Set<string>()
  if (tokens[at] === "(") {
    while (tokens[at] !== ")") {
      const token = next()
      if (token.startsWith("$")) declared.add(token.slice(1))
    }
    at += 1
  }
  return { kind, name, fields: selection() }
}

/** Answers a document from a root object: members are values, or functions of their arguments. What they throw is an error at its place. */
export const answer = (document: Document, root: Readonly<Record<string, unknown>>) => {
  const errors: Array<{ readonly message: string; readonly path: ReadonlyArray<string | number> }> = []
  const complete = (value: unknown, field: Field, path: ReadonlyArray<string | number>): unknown => {
    if (Array.isArray(value)) return value.map((item, n) => complete(item, field, [...path, n]))
    return isRecord(value) && field.fields.length > 0 ? object(value, field.fields, path) : (value ?? null)
  }
  const object = (
    of: Readonly<Record<string, unknown>>,
    fields: ReadonlyArray<Field>,
    path: ReadonlyArray<string | number>
  ): Record<string, unknown> => {
    const data: Record<string, unknown> = {}
    for (const field of fields) {
      const here = [...path, field.alias]
      try {
        const member = of[field.name]
        data[field.alias] = complete(typeof member === "function" ? member(field.arguments) : member, field, here)
      } catch (error) {
        errors.push({ message: error instanceof Error ? error.message : String(error), path: here })
        data[field.alias] = null
      }
    }
    return data
  }
  const data = object(root, document.fields, [])
  return errors.length === 0 ? { data } : { data, errors }
}
