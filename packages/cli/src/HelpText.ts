import type * as HelpDoc from "@effect/cli/HelpDoc"
import type * as Span from "@effect/cli/HelpDoc/Span"
import type * as Usage from "@effect/cli/Usage"
import type { Colors } from "./Colors.js"
import * as Text from "./Text.js"

/** A command as the overview lists it. */
export interface Entry {
  readonly name: string
  readonly description: string
}

const spanText = (span: Span.Span): string => {
  switch (span._tag) {
    case "Text":
    case "URI":
      return span.value
    case "Sequence":
      return spanText(span.left) + spanText(span.right)
    case "Highlight":
    case "Strong":
    case "Weak":
      return spanText(span.value)
  }
}

const paragraphs = (doc: HelpDoc.HelpDoc): ReadonlyArray<string> => {
  switch (doc._tag) {
    case "Empty":
    case "DescriptionList":
      return []
    case "Header":
    case "Paragraph":
      return [spanText(doc.value)]
    case "Enumeration":
      return doc.elements.flatMap(paragraphs)
    case "Sequence":
      return [...paragraphs(doc.left), ...paragraphs(doc.right)]
  }
}

/** What the parser's library says of every option, and what says nothing to a person. */
const boilerplate =
  /^(A user-defined piece of text|A true or false value|An integer|One of the following|This setting is optional|This option can be set|This option may be repeated)/

const definitions = (doc: HelpDoc.HelpDoc): ReadonlyArray<readonly [string, string]> => {
  switch (doc._tag) {
    case "DescriptionList":
      return doc.definitions.map(([term, about]) => [
        spanText(term).replace(/^\((.*)\)(\.\.\.)?$/, "$1"),
        paragraphs(about)
          .filter((text) => !boilerplate.test(text) && text !== "")
          .join(" ")
      ])
    case "Sequence":
      return [...definitions(doc.left), ...definitions(doc.right)]
    default:
      return []
  }
}

interface Look {
  readonly colors: Colors
  readonly columns: number
}

/** The least columns for what a term means, for it to stand beside the term. */
const narrow = 30

const list = (
  title: string,
  entries: ReadonlyArray<readonly [string, string]>,
  { colors, columns }: Look,
  least = 0
): ReadonlyArray<string> => {
  if (entries.length === 0) return []
  const width = Math.max(least, Text.widest(entries.map(([term]) => term)))
  const beside = columns - width - 4
  const entry = ([term, about]: readonly [string, string]): ReadonlyArray<string> => {
    if (beside < narrow) {
      return [`  ${colors.cyan(term)}`, ...Text.wrap(about, columns - 6).map((line) => `      ${line}`.trimEnd())]
    }
    const [first = "", ...rest] = Text.wrap(about, beside)
    return [
      `  ${colors.cyan(Text.pad(term, width))}  ${first}`.trimEnd(),
      ...rest.map((line) => " ".repeat(width + 4) + line)
    ]
  }
  return ["", colors.bold(title), ...entries.flatMap(entry)]
}

const always = [["-h, --help", "Print this."]] as const

/** A command's arguments as a usage line has them: `<needed>`, `[may be left out]`. */
const argumentsOf = (usage: Usage.Usage, optional = false): ReadonlyArray<string> => {
  switch (usage._tag) {
    case "Named":
      return usage.names
        .filter((name) => name.startsWith("<"))
        .map((name) => (optional ? `[${name.slice(1, -1)}]` : name))
    case "Optional":
      return argumentsOf(usage.usage, true)
    case "Repeated":
      return argumentsOf(usage.usage, optional)
    case "Alternation":
    case "Concat":
      return [...argumentsOf(usage.left, optional), ...argumentsOf(usage.right, optional)]
    case "Empty":
    case "Mixed":
      return []
  }
}

/** What a command says of itself in one sentence. */
export const description = (doc: HelpDoc.HelpDoc): string => {
  const texts = paragraphs(doc)
  return texts[texts.indexOf("DESCRIPTION") + 1] ?? ""
}

/** What a command takes, as its help lists it: `-w, --workers N` or `<sweep.yaml>`, each with its sentence. */
export const entries = (doc: HelpDoc.HelpDoc) => {
  const found = definitions(doc)
  return {
    args: found.filter(([term]) => term.startsWith("<")),
    options: [...found.filter(([term]) => term.startsWith("-")), ...always]
  }
}

const headline = (name: string, about: string, { colors, columns }: Look): ReadonlyArray<string> => {
  const [first = "", ...rest] = Text.wrap(`${name}: ${about}`, columns)
  return [colors.bold(name) + first.slice(name.length), ...rest]
}

/** The help of one command. */
export const command = (name: string, doc: HelpDoc.HelpDoc, usage: Usage.Usage, look: Look): ReadonlyArray<string> => {
  const { colors } = look
  const { args, options: found } = entries(doc)
  const options = found.map(([term, about]) => [term.startsWith("--") ? `    ${term}` : term, about] as const)
  const width = Text.widest([...args, ...options].map(([term]) => term))
  return [
    ...headline(`sweepline ${name}`, description(doc), look),
    "",
    `${colors.bold("Usage:")} sweepline ${[name, ...argumentsOf(usage), "[options]"].join(" ")}`,
    ...list("Arguments", args, look, width),
    ...list("Options", options, look, width)
  ]
}

/** The overview: every command in one line. */
export const overview = (
  about: string,
  groups: ReadonlyArray<{ readonly title: string; readonly entries: ReadonlyArray<Entry> }>,
  look: Look
): ReadonlyArray<string> => {
  const { colors } = look
  const width = Text.widest(groups.flatMap(({ entries }) => entries.map(({ name }) => name)))
  return [
    ...headline("sweepline", about, look),
    "",
    `${colors.bold("Usage:")} sweepline COMMAND [options]`,
    ...groups.flatMap(({ entries, title }) =>
      list(
        title,
        entries.map(({ description, name }) => [name, description] as const),
        look,
        width
      )
    ),
    "",
    `${colors.dim("Help of a command:")}  sweepline COMMAND --help`,
    `${colors.dim("Shell completions:")}  sweepline --completions bash|zsh|fish`,
    `${colors.dim("More of the log:")}    sweepline COMMAND --log-level debug`
  ]
}
