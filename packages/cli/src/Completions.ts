/**
 * Completions for shells. The command line's library has some, but in zsh they complete no file after `run`, and in
 * bash they offer the words of a choice as one.
 */
import * as Either from "effect/Either"
import * as Shell from "./Shell.js"

/** What a shell can offer in some place: these words, files, or the sweeps of this folder. */
type Offer = { readonly words: ReadonlyArray<string> } | "files" | "sweeps" | "nothing"

interface Option {
  readonly names: ReadonlyArray<string>
  readonly about: string
  /** What the help calls its value; `undefined` where it has none. */
  readonly value: string | undefined
  readonly offer: Offer
  readonly repeated: boolean
}

/** What of a command can be completed. */
export interface Command {
  readonly name: string
  readonly about: string
  readonly options: ReadonlyArray<Option>
  /** For its argument. */
  readonly offer: Offer
}

type Entries = ReadonlyArray<readonly [string, string]>

/** Reads a command from what its help lists: `-w, --workers N`, `<sweep.yaml>`. */
export const command = (
  name: string,
  about: string,
  { args, options }: { readonly args: Entries; readonly options: Entries }
): Command => ({
  name,
  about,
  options: options.map(([term, sentence]) => optionOf(term, sentence)),
  offer: argumentOffer(args[0]?.[0] ?? "")
})

/** The script that makes a shell complete command lines; `Left` is the sentence for a shell that isn't known. */
export const script = (shell: string, commands: ReadonlyArray<Command>): Either.Either<string, string> => {
  switch (shell) {
    case "sh":
    case "bash":
      return Either.right(lines(bash(commands)))
    case "zsh":
      return Either.right(lines(zsh(commands)))
    case "fish":
      return Either.right(lines(fish(commands)))
    default:
      return Either.left(`--completions takes bash, zsh or fish, not "${shell}".`)
  }
}

// internal

const lines = (all: ReadonlyArray<string>): string => `${all.join("\n")}\n`

const optionOf = (term: string, about: string): Option => {
  const names = term.match(/(?<=^|, )-[^ ,]+/g) ?? []
  const value = /^(?:-[^ ,]+(?:, )?)+ (.+)$/.exec(term)?.[1]
  return {
    names,
    about,
    value: value?.replace(/\.\.\.$/, ""),
    offer: value === undefined ? "nothing" : valueOffer(value),
    repeated: value?.endsWith("...") ?? false
  }
}

const valueOffer = (value: string): Offer => {
  if (value.includes("|")) return { words: value.split("|").map((word) => word.trim()) }
  return /^(FILE|DIR)/.test(value) ? "files" : "nothing"
}

const argumentOffer = (term: string): Offer => {
  if (/yaml|config/.test(term)) return "files"
  return term.startsWith("<sweep") ? "sweeps" : "nothing"
}

/** The program's own options, before a command. */
const own: ReadonlyArray<Option> = [
  optionOf("-h, --help", "Print the commands."),
  optionOf("--version", "Print the version."),
  optionOf("--completions bash|zsh|fish", "Print completions for a shell.")
]

const listing = "sweepline list 2>/dev/null | awk 'NR > 1 { print $1 }'"

const bash = (commands: ReadonlyArray<Command>): ReadonlyArray<string> => {
  // Without words the shell offers files.
  const words = (offer: Offer) =>
    offer === "sweeps"
      ? `words=$(${listing})`
      : typeof offer === "object"
        ? `words=${Shell.quote(offer.words.join(" "))}`
        : undefined
  const valued = ({ name, options }: Command) => {
    const patterns = ({ names }: Option) => names.map((each) => `"${name} ${each}"`)
    const taking = options.filter(({ value }) => value !== undefined)
    const plain = taking.filter(({ offer }) => words(offer) === undefined).flatMap(patterns)
    return [
      ...taking.flatMap((option) => {
        const offered = words(option.offer)
        return offered === undefined ? [] : [`    ${patterns(option).join("|")}) ${offered} ;;`]
      }),
      ...(plain.length === 0 ? [] : [`    ${plain.join("|")}) ;;`])
    ]
  }
  const flags = (options: ReadonlyArray<Option>) => options.flatMap(({ names }) => names.slice(-1)).join(" ")
  return [
    "_sweepline() {",
    '  local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}" command="${COMP_WORDS[1]}" words=""',
    '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    words=${Shell.quote([...commands.map(({ name }) => name), flags(own)].join(" "))}`,
    '  else case "$command $prev" in',
    '    "--completions --completions") words="bash zsh fish" ;;',
    ...commands.flatMap(valued),
    '    *) case "$command $cur" in',
    ...commands.map(({ name, options }) => `      "${name} -"*) words=${Shell.quote(flags(options))} ;;`),
    ...commands.flatMap(({ name, offer }) => {
      const offered = words(offer)
      return offered === undefined ? [] : [`      "${name} "*) ${offered} ;;`]
    }),
    "    esac ;;",
    "  esac; fi",
    '  COMPREPLY=($(compgen -W "$words" -- "$cur"))',
    "}",
    "complete -o bashdefault -o default -o nosort -F _sweepline sweepline"
  ]
}

const zsh = (commands: ReadonlyArray<Command>): ReadonlyArray<string> => {
  const action = (offer: Offer) =>
    offer === "files"
      ? "_files"
      : offer === "sweeps"
        ? "_sweepline_sweeps"
        : offer === "nothing"
          ? " "
          : `(${offer.words.join(" ")})`
  const escaped = (text: string) => text.replaceAll(/[[\]:\\]/g, (character) => `\\${character}`)
  const specs = ({ about, names, offer, repeated, value }: Option) =>
    names.map((name) => {
      const others = repeated ? "*" : `(${names.join(" ")})`
      const after = value === undefined ? "" : `:${escaped(value)}:${action(offer)}`
      return Shell.quote(`${others}${name}[${escaped(about)}]${after}`)
    })
  return [
    "#compdef sweepline",
    "_sweepline_sweeps() {",
    "  local -a ids",
    `  ids=(\${(f)"$(${listing})"})`,
    "  compadd -a ids",
    "}",
    "_sweepline() {",
    "  if (( CURRENT == 2 )); then",
    "    local -a commands",
    "    commands=(",
    ...commands.map(({ about, name }) => `      ${Shell.quote(`${name}:${about.replaceAll(":", "\\:")}`)}`),
    "    )",
    "    _describe command commands",
    `    _arguments ${own.flatMap(specs).join(" ")}`,
    "    return",
    "  fi",
    "  local command=$words[2]",
    "  shift words",
    "  (( CURRENT-- ))",
    "  case $command in",
    ...commands.map(({ name, offer, options }) => {
      const argument = offer === "nothing" ? [] : [Shell.quote(`1:argument:${action(offer)}`)]
      return `    ${name}) _arguments -s ${[...options.flatMap(specs), ...argument].join(" \\\n      ")} ;;`
    }),
    "    --completions) compadd bash zsh fish ;;",
    "  esac",
    "}",
    'if [ "${funcstack[1]}" = _sweepline ]; then _sweepline "$@"; else compdef _sweepline sweepline; fi'
  ]
}

const fish = (commands: ReadonlyArray<Command>): ReadonlyArray<string> => {
  const quote = (text: string) => `'${text.replaceAll(/['\\]/g, (character) => `\\${character}`)}'`
  const offered = (offer: Offer) =>
    offer === "files"
      ? "-F"
      : offer === "sweeps"
        ? `-f -a ${quote(`(${listing})`)}`
        : offer === "nothing"
          ? "-f"
          : `-f -a ${quote(offer.words.join(" "))}`
  const specs =
    (condition: string) =>
    ({ about, names, offer, value }: Option) =>
      [
        `complete -c sweepline -n ${quote(condition)}`,
        ...names.map((name) => (name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`)),
        ...(value === undefined ? [] : [`-r ${offered(offer)}`]),
        `-d ${quote(about)}`
      ].join(" ")
  const first = "test (count (commandline -opc)) -eq 1"
  return [
    "function __sweepline_command",
    "  set -l words (commandline -opc)",
    '  test (count $words) -ge 2; and test "$words[2]" = $argv[1]',
    "end",
    "complete -c sweepline -f",
    ...commands.map(({ about, name }) => `complete -c sweepline -n ${quote(first)} -a ${name} -d ${quote(about)}`),
    ...own.map(specs(first)),
    ...commands.flatMap(({ name, offer, options }) => [
      ...options.map(specs(`__sweepline_command ${name}`)),
      ...(offer === "nothing" ? [] : [`complete -c sweepline -n '__sweepline_command ${name}' ${offered(offer)}`])
    ])
  ]
}
