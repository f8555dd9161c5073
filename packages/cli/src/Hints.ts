import type { Output } from "./Output.js"
import * as Shell from "./Shell.js"

/** A line in which each command that a person may type next names a folder. */
export const within = (folder: string, line: string): string =>
  line.replace(command, (words) => `${words} --dir ${Shell.quote(folder)}`)

/** Lets what is printed for people name the folder that their command line named: without it, the next command looks elsewhere. */
export const named = (line: ReadonlyArray<string>): ((output: Output["Type"]) => Output["Type"]) => {
  const folder = folderOf(line)
  if (folder === undefined) return (output) => output
  const all = (lines: ReadonlyArray<string>) => lines.map((each) => within(folder, each))
  return (output) => ({
    ...output,
    print: (...lines) => output.print(...all(lines)),
    warn: (...lines) => output.warn(...all(lines)),
    redraw: (lines) => output.redraw(all(lines))
  })
}

// internal

/** The folder that a command line names with `--dir`. */
const folderOf = (line: ReadonlyArray<string>): string | undefined => {
  const options = line.includes("--") ? line.slice(0, line.indexOf("--")) : line
  const index = options.findIndex((arg) => /^--dir(=|$)/.test(arg))
  const written = options[index]
  if (written === undefined) return undefined
  return written.includes("=") ? written.slice(written.indexOf("=") + 1) : options[index + 1]
}

/** A command that stands where one is proposed: after a colon, maybe a coloured one, or as the other of two; not in help, nor twice. */
const command =
  // oxlint-disable-next-line no-control-regex -- colours are passed over
  /(?<=(?<!Usage): *(?:\u001b\[\d+m)* *|, or )sweepline (?:attach|best|cancel|delete|edit|export|list|logs|replay|rerun|resume|run|show|stop)(?! --help)(?!(?: [a-z0-9]{8})? --dir\b)(?: [a-z0-9]{8}\b)?/g
