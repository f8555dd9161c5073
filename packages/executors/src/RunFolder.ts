import { createHash } from "node:crypto"
import { existsSync, mkdirSync, renameSync, type Stats, statSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import * as RunKey from "@sweepline/core/RunKey"
import { code } from "./FileFailure.js"

/**
 * Where a run keeps its files. `run` lasts over all attempts (config, checkpoints; the
 * job knows it as `SWEEPLINE_RUN_DIR`), `attempt` is of this attempt alone.
 */
export interface RunFolder {
  readonly run: string
  readonly attempt: string
}

/** The folders of a key below `root`, the folder of all runs. */
export const make = (root: string, key: RunKey.RunKey): RunFolder => {
  const run = `${root}/${fileName(RunKey.run(key))}`
  return { run, attempt: `${run}/${RunKey.attempt(key)}` }
}

/** Makes the folders, and those above them. Throws Node's error. */
export const create = (self: RunFolder): void => {
  makeFolder(self.run)
  makeFolder(self.attempt)
}

/**
 * Makes the folders of a job, and writes its files into the run's own. Each is replaced at once: a second submit must
 * not take it from under the job of the first. Throws Node's error.
 */
export const layOut = (self: RunFolder, files: ReadonlyMap<string, string>): void => {
  create(self)
  for (const [name, content] of files) {
    const draft = `${self.attempt}/.${name}.${process.pid}`
    writeFileSync(draft, content)
    renameSync(draft, `${self.run}/${name}`)
  }
}

/**
 * Whether both folders are seen to have a claim each: not so where one was moved, or is the other by another path.
 */
export const isCopy = (self: RunFolder, original: RunFolder): boolean => {
  const [one, other] = [look(claim(self)), look(claim(original))]
  return one !== undefined && other !== undefined && (one.ino !== other.ino || one.dev !== other.dev)
}

/** Whether something is the name of a file in the run's own folder. */
export const isFileName = (name: string): boolean => name !== "" && !name.includes("/") && !name.startsWith(".")

/** Whoever created this file runs the job; its line says who that is. */
export const claim = (self: RunFolder): string => `${self.attempt}/claim`

/**
 * Whether the claim of a job that had one was deleted. What can't be looked at says nothing, nor does a whole folder
 * that isn't there, as where a network's file system isn't mounted: the job may run all the same.
 */
export const isDisclaimed = (self: RunFolder): boolean => {
  try {
    return statSync(claim(self), { throwIfNoEntry: false }) === undefined && look(self.attempt) !== undefined
  } catch {
    return false
  }
}

/** Standard output and standard error of the job, in the order they were written. */
export const output = (self: RunFolder): string => `${self.attempt}/output.log`

/** The exit code and a newline, once the job has ended. */
export const exitCode = (self: RunFolder): string => `${self.attempt}/exit_code`

/** There once the job was asked to stop. */
export const stop = (self: RunFolder): string => `${self.attempt}/stop`

// internal

/** The file at a path; `undefined` where there is none, or none that this user may see. */
const look = (path: string): Stats | undefined => {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

/** Node's own recursive `mkdir` tries forever where a file system takes no folders, as /proc. */
const makeFolder = (path: string): void => {
  try {
    mkdirSync(path)
  } catch (cause) {
    if (code(cause) === "EEXIST") return
    if (code(cause) !== "ENOENT" || dirname(path) === path || existsSync(dirname(path))) throw cause
    makeFolder(dirname(path))
    makeFolder(path)
  }
}

const plain = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,199}$/

/** A run's id as one file name, the id itself wherever that is possible. */
const fileName = (id: string): string => {
  if (plain.test(id)) return id
  const encoded = encodeURIComponent(id).replace(/^\./, "%2E")
  // A file name ends at 255 bytes; the digest keeps two long ids apart.
  return encoded.length <= 200
    ? encoded
    : `${encoded.slice(0, 120)}-${createHash("sha256").update(id).digest("hex").slice(0, 32)}`
}
