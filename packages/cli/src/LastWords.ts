import * as Text from "./Text.js"

/** What a run that failed said last: of its last lines of output the one that says most, on one line; "" where there is none. */
export const of = (output: string): string => {
  const lines = output.split("\n").map(visible)
  // The error of a Python script may go on over several lines, and what follows may say less.
  const error = raised(lines)
  if (error !== undefined) return error
  const last = lines.findLast(says) ?? lines.findLast((line) => line.trim() !== "") ?? ""
  const ending = endings.find((each) => each.last.test(last))
  return (ending === undefined ? undefined : lines.findLast((line) => ending.error.test(line))) ?? boxed(lines, last)
}

// internal

/** The line after a Python traceback's frames. Of a deep one the beginning is no longer among the last lines. */
const raised = (lines: ReadonlyArray<string>): string | undefined => {
  const frame = lines.findLastIndex((line) =>
    /^Traceback \(most recent call last\):$|^ +File ".*", line \d+(?:,|$)/.test(line)
  )
  return frame < 0 ? undefined : lines.slice(frame + 1).find((line) => /^\S/.test(line))
}

/** Lines that programs end with, whatever went wrong, and what the one that says it looks like. */
const endings: ReadonlyArray<{ readonly last: RegExp; readonly error: RegExp }> = [
  // Node ends with its version; an error in JavaScript that nobody caught.
  { last: /^Node\.js v\d/, error: /^(?:Uncaught )?[\w$.]*Error(?: \[\w+\])?: / },
  // Python ends with the stack, and with the modules that aren't Python's, where it crashes.
  { last: /^  File ".*", line \d+ in |^Extension modules: /, error: /^Fatal Python error: / },
  // Hydra, absl and Fire end with where to read more.
  {
    last: /^Set the environment variable HYDRA_FULL_ERROR=1/,
    error: /^(?:Could not |You must |In '|Error |mismatched |no viable |extraneous |token recognition |LexerNoViable)/
  },
  { last: /^Pass --help(?:short|full)\b/, error: /^FATAL Flags parsing error: / },
  { last: /^ +\S.* --help$/, error: /^ERROR: / }
]

/**
 * What stands first in the box that the last line closes, as of Typer and tyro, or the last line. The bundle must be
 * ASCII, which its bundler makes of strings and not of regular expressions: so these spell the frame by number.
 */
const boxed = (lines: ReadonlyArray<string>, last: string): string => {
  if (!/^\u2570\u2500+\u256f$/.test(last)) return last
  const text = lines.slice(lines.findLastIndex((line) => line.startsWith("╭")) + 1)
  return text.map((line) => line.replace(/^\u2502\s*|\s*\u2502$/g, "")).find((line) => /\w/.test(line)) ?? last
}

/** Whether a line tells of the run: W&B's SDK ends each with where to look. */
const says = (line: string): boolean => line.trim() !== "" && !/^wandb:(?! (?:WARNING|ERROR)\b)/.test(line)

/** What a terminal leaves of a line: progress bars write over what they wrote before, and colours aren't part of it. */
const visible = (line: string): string =>
  Text.plain(line)
    .split("\r")
    .findLast((text) => text.trim() !== "") ?? ""
