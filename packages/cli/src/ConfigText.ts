/** Edits the text of a sweep config; comments, layout and the spelling of all else are kept. */
import * as Yaml from "yaml"

/** A value as somebody wrote it; `undefined` where it isn't YAML, or nothing. */
export const value = (text: string): Yaml.ParsedNode | undefined => {
  const { contents, errors } = open(text)
  return errors.length > 0 || contents === null ? undefined : contents
}

/** A mapping as somebody wrote it, also as `name=value,…`; `undefined` where it isn't one. */
export const mapping = (text: string): Yaml.ParsedNode | undefined =>
  value(/^\s*\{/.test(text) ? text : `{${text.replaceAll(assignment, (found) => (found === "=" ? ": " : found))}}`)

/** The same config with another value in a place. Throws where it has no such place, or no anchor that the value names. */
export const withValue = (text: string, path: ReadonlyArray<string>, node: Yaml.ParsedNode): string => {
  const document = open(text)
  document.setIn(path, node)
  return print(document)
}

/** The same config with another run_cap, or with none: null is none, too (RD34), where taking it away would leave a merged one. */
export const withRunCap = (text: string, runCap: number | undefined): string => {
  const document = open(text)
  if (runCap === undefined && !document.has("<<")) document.delete("run_cap")
  else document.set("run_cap", document.createNode(String(runCap ?? null)))
  return print(document)
}

/** The same config with a further start point. Throws where the point names an anchor that the config doesn't have. */
export const withStart = (text: string, point: Yaml.ParsedNode): string => {
  const document = open(text)
  // Nothing can be put into null, which stands for nothing (RD34).
  if (Yaml.isScalar(document.get("scheduler", true))) document.delete("scheduler")
  if (!document.hasIn(["scheduler", "start"])) document.setIn(["scheduler", "start"], document.createNode([]))
  document.addIn(["scheduler", "start"], point)
  return print(document)
}

// internal

/**
 * The text as a document of strings. What a scalar means is for `SweepConfig` to say, by the rules of YAML 1.1: under
 * this library's own, `max: 1.` would be printed as `max: 1`, which is an int.
 */
const open = (text: string): Yaml.Document.Parsed => Yaml.parseDocument(text, { schema: "failsafe", uniqueKeys: false })

const print = (document: Yaml.Document.Parsed): string => document.toString({ lineWidth: 0 })

const quoted = /"(?:\\.|[^"\\])*"|'(?:''|[^'])*'/.source
const name = `(?:[A-Za-z_][\\w.-]*|${quoted})`

/** The `=` after a name; and values in quotes, so that what looks like one in them is passed over. */
const assignment = new RegExp(`(?<=[=:,[{]\\s*)(?:${quoted})|(?<=(?:^|[,{])\\s*${name}\\s*)=`, "g")
