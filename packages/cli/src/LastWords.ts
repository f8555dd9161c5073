/** What a run that failed said last: of its last lines of output the one that says most, on one line; "" where there is none. */
export const of = (output: string): string => {
  const lines = output.split("\n").map(visible)
  // The error of a Python script may go on over several lines, and what follows may say less.
  const traceback = lines.lastIndexOf("Traceback (most recent call last):")
  const error = traceback < 0 ? undefined : lines.slice(traceback + 1).find((line) => /^\S/.test(line))
  if (error !== undefined) return error
  const last = lines.findLast((line) => line.trim() !== "") ?? ""
  // Node ends with its version.
  return /^Node\.js v\d/.test(last) ? (lines.findLast((line) => thrown.test(line)) ?? last) : last
}

// internal

/** The line of an error in JavaScript that nobody caught. */
const thrown = /^(?:Uncaught )?[\w$.]*Error(?: \[\w+\])?: /

/** What a terminal leaves of a line: progress bars write over what they wrote before. */
const visible = (line: string): string => line.split("\r").findLast((text) => text.trim() !== "") ?? ""
