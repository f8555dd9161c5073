/** Edits the text of a sweep config; comments, layout and the spelling of all else are kept. */
import * as Yaml from "yaml"

/**
 * The text as a document of strings. What a scalar means is for `SweepConfig` to say, by the rules of YAML 1.1: under
 * this library's own, `max: 1.` would be printed as `max: 1`, which is an int.
 */
export const open = (text: string): Yaml.Document.Parsed =>
  Yaml.parseDocument(text, { schema: "failsafe", uniqueKeys: false })

/** The document's text. */
export const print = (document: Yaml.Document.Parsed): string => document.toString({ lineWidth: 0 })

/** A value as somebody wrote it; `undefined` where it isn't YAML. */
export const value = (text: string): Yaml.ParsedNode | null | undefined => {
  const { contents, errors } = open(text)
  return errors.length > 0 ? undefined : contents
}

/** A mapping as somebody wrote it, also as `name=value,…`; `undefined` where it isn't one. */
export const mapping = (text: string): Yaml.ParsedNode | null | undefined =>
  value(/^\s*\{/.test(text) ? text : `{${text.replaceAll(assignment, (found) => (found === "=" ? ": " : found))}}`)

/** The same config with another run_cap, or with none. */
export const withRunCap = (text: string, runCap: number | undefined): string => {
  const document = open(text)
  if (runCap === undefined) document.delete("run_cap")
  else document.set("run_cap", document.createNode(String(runCap)))
  return print(document)
}

/** The same config with further start points. */
export const withStart = (text: string, points: ReadonlyArray<Yaml.ParsedNode | null>): string => {
  const document = open(text)
  // Nothing can be put into null, which stands for nothing (RD34).
  if (Yaml.isScalar(document.get("scheduler", true))) document.delete("scheduler")
  if (!document.hasIn(["scheduler", "start"])) document.setIn(["scheduler", "start"], document.createNode([]))
  for (const point of points) document.addIn(["scheduler", "start"], point)
  return print(document)
}

// internal

const quoted = /"(?:\\.|[^"\\])*"|'(?:''|[^'])*'/.source
const name = `(?:[A-Za-z_][\\w.-]*|${quoted})`

/** The `=` after a name; and values in quotes, so that what looks like one in them is passed over. */
const assignment = new RegExp(`(?<=[=:,[{]\\s*)(?:${quoted})|(?<=(?:^|[,{])\\s*${name}\\s*)=`, "g")
