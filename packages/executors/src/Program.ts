import type { Stats } from "node:fs"
import { accessSync, constants, statSync } from "node:fs"
import { isAbsolute, resolve } from "node:path"
import * as Recent from "@sweepline/core/Recent"
import * as FileFailure from "./FileFailure.js"

/** Where a program is, or why it can't be run, as a sentence. */
export type Located = { readonly path: string } | { readonly problem: string }

/**
 * Finds a program before it is started, as `execvp` would. A shell would report a
 * missing one in the run's output only, as exit code 127.
 */
export const locate = (program: string, cwd: string, path: string | undefined): Located => {
  if (program === "") return { problem: "the command is empty. Write the program to run in the sweep config" }
  if (program.includes("/")) {
    const file = isAbsolute(program) ? program : resolve(cwd, program)
    const problem = examine(file)
    return problem === undefined ? { path: file } : { problem }
  }
  let second: string | undefined
  for (const folder of (path ?? defaultPath).split(":")) {
    const file = resolve(cwd, folder, program)
    // A folder of somebody else may stand in the PATH: what can't be looked at there isn't there, as for a shell.
    if (look(file) === undefined) continue
    const problem = examine(file)
    if (problem === undefined) return { path: file }
    second ??= problem
  }
  return {
    problem:
      second ??
      `the program "${program}" is not on the PATH (searched ${path ?? defaultPath}). ` +
        'Install it, or write where it is in "program" or "command" of the sweep config'
  }
}

/** `locate` for what is started again and again. */
export type Locate = typeof locate

/** Remembers where the last programs were found, and looks again once it isn't there any more, or may not be executed. */
export const remembering = (): Locate => {
  const found = Recent.make<string, string>(remembered)
  return (program, cwd, path) => {
    const asked = `${program}\0${cwd}\0${path ?? ""}`
    const known = found.get(asked)
    if (known !== undefined && examine(known) === undefined) return { path: known }
    const located = locate(program, cwd, path)
    if ("path" in located) found.set(asked, located.path)
    return located
  }
}

// internal

/** How many: most sweeps have one, and each job of a launch queue may have one in a folder of its own. */
const remembered = 64

/** What `execvp` searches where PATH isn't set. */
const defaultPath = "/bin:/usr/bin"

/** `"hidden"` where a folder above may not be searched. */
const stat = (file: string): Stats | "hidden" | undefined => {
  try {
    return FileFailure.whenMissing(() => statSync(file), undefined)
  } catch {
    return "hidden"
  }
}

const look = (file: string): Stats | undefined => {
  const found = stat(file)
  return found === "hidden" ? undefined : found
}

const examine = (file: string): string | undefined => {
  const found = stat(file)
  if (found === "hidden") return `a folder above ${file} may not be searched. Give this user the right to it (chmod +x)`
  if (found === undefined) return `there is no file ${file}. Correct "program" or "command" of the sweep config`
  if (!found.isFile()) return `${file} is not a file. Correct "program" or "command" of the sweep config`
  try {
    accessSync(file, constants.X_OK)
    return undefined
  } catch {
    return `${file} may not be executed. Run: chmod +x ${file}, or name its interpreter in "command" of the sweep config`
  }
}
