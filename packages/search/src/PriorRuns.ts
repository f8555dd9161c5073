import * as ParameterValue from "@sweepline/core/ParameterValue"
import * as PythonJson from "@sweepline/core/PythonJson"
import { isDict, type PythonDict, type PythonValue } from "@sweepline/core/PythonValue"
import { RunId } from "@sweepline/core/RunId"
import * as RunState from "@sweepline/core/RunState"
import type { MetricDigest, PastRun } from "@sweepline/core/Search"
import type { SweepConfig } from "@sweepline/core/SweepConfig"
import * as RunMetrics from "@sweepline/core/RunMetrics"
import * as Option from "effect/Option"
import * as Identity from "./Identity.js"
import * as Layout from "./Layout.js"
import * as Repeats from "./Repeats.js"

/** Rows that a search can take for runs, and the others. */
export interface Rows {
  readonly runs: ReadonlyArray<PastRun>
  /** Why rows were left out, one entry each: the row's place from 0, and what is wrong with it, as a sentence's end. */
  readonly leftOut: ReadonlyArray<readonly [row: number, problem: string]>
}

/**
 * Earlier results as runs that have ended. A row has parameters and metrics under their own names, nested ones with
 * dots; or, as `export` writes them, under `config` and `summary`, as dicts or as prefixes of column names. Of a CSV
 * file all values are texts, and each is read as its parameter has it.
 *
 * A row needs a value that its parameter may have for each that is searched, and each metric, unless its `state`
 * says that it failed. Whatever else a row has doesn't matter.
 */
export const read = (
  config: Pick<SweepConfig, "metric" | "metrics" | "parameters" | "repeats">,
  rows: ReadonlyArray<PythonDict>
): Rows => {
  const { leaves, trial } = Layout.make(Repeats.searched(config))
  const metrics = config.metric === undefined ? config.metrics : [config.metric]
  const runs: Array<PastRun> = []
  const leftOut: Array<readonly [number, string]> = []
  for (const [i, row] of rows.entries()) {
    const problems: Array<string> = []
    const values = leaves.map(({ parameter, path }): PythonValue => {
      if (parameter.distribution === "constant") return parameter.value
      const given = find(row, "config", path)
      const isMissing = given === undefined || given === ""
      const dicts = isMissing && "values" in parameter ? parameter.values.filter(isDict) : []
      const parts = dicts.length > 0 ? partsOf(row, path) : none
      const whole = dicts.find((dict) => isSpread(dict, parts))
      if (parts.size > 0) {
        if (whole !== undefined) return whole
        problems.push(
          `has a ${path.join(".")} that isn't ${told(ParameterValue.fit(parameter, new Map(parts), undefined))}`
        )
        return null
      }
      // A CSV file has nothing for null.
      const value = given === "" ? null : typeof given === "string" ? reading(parameter, given) : (given ?? null)
      const fitted = ParameterValue.fit(parameter, value, undefined)
      if ("value" in fitted && given !== undefined) return fitted.value
      problems.push(isMissing ? `has no ${path.join(".")}` : `has a ${path.join(".")} that isn't ${told(fitted)}`)
      return null
    })
    const state = stateOf(row)
    const digests = new Map<string, MetricDigest>()
    for (const { name } of metrics) {
      const digest = digestOf(row, name)
      if (digest !== undefined) digests.set(name, digest)
    }
    const missing = metrics.find(({ name }) => !digests.has(name))
    if (missing !== undefined && state === "finished") problems.push(`has no number for ${missing.name}`)
    const [problem] = problems
    if (problem === undefined) {
      const id = RunId.make(`prior-${runs.length + 1}`)
      runs.push({ id, state, trial: trial((leaf) => values[leaf] ?? null), metrics: digests })
    } else leftOut.push([i, problem])
  }
  return { runs, leftOut }
}

/** A number that stands for earlier results: lists that differ share it hardly ever. A list is read once. */
export const fingerprint = (prior: ReadonlyArray<PastRun>): number => {
  const known = fingerprints.get(prior)
  if (known !== undefined) return known
  let a = 0x811c9dc5
  let b = 0x9e3779b9
  for (const { metrics, state, trial } of prior) {
    const values = [...metrics].map(([name, { max, min }]) => `${name} ${min} ${max}`)
    for (const character of `${state} ${Identity.key(trial)} ${values.join()}`) {
      const code = character.codePointAt(0) ?? 0
      a = Math.imul(a ^ code, 0x01000193)
      b = Math.imul(b + code, 0x85ebca6b) ^ (b >>> 15)
    }
  }
  const found = (a >>> 0) * 2097152 + (b >>> 11)
  fingerprints.set(prior, found)
  return found
}

// internal

const fingerprints = new WeakMap<ReadonlyArray<PastRun>, number>()

const told = (fitted: ParameterValue.Fitted): string => ("problem" in fitted ? fitted.problem : "")

/** What a row has under a name, by itself or in a part of it, with dots or nested. */
const find = (row: PythonDict, part: string, path: ReadonlyArray<string>): PythonValue | undefined => {
  const name = path.join(".")
  const places = [
    () => Identity.lookup(row, [part, name]),
    () => Identity.lookup(row, [part, ...path]),
    () => row.get(`${part}.${name}`),
    () => row.get(name),
    () => Identity.lookup(row, path)
  ]
  for (const place of places) {
    const value = place()
    if (value !== undefined) return value
  }
  return undefined
}

/** Of a dict each value has a column of its own in a table: those that have something in a row, by their names in the dict. */
const partsOf = (row: PythonDict, path: ReadonlyArray<string>): ReadonlyMap<string, string> => {
  const name = path.join(".")
  for (const prefix of [`config.${name}.`, `${name}.`]) {
    const parts = [...row].flatMap(([column, cell]): ReadonlyArray<readonly [string, string]> =>
      column.startsWith(prefix) && typeof cell === "string" && cell !== "" ? [[column.slice(prefix.length), cell]] : []
    )
    if (parts.length > 0) return new Map(parts)
  }
  return none
}

const none: ReadonlyMap<string, string> = new Map()

/** Whether these are the parts of a dict; what has nothing in its column is null, or an empty text. */
const isSpread = (dict: PythonDict, parts: ReadonlyMap<string, string>): boolean => {
  const values = new Map(spread(dict, ""))
  return (
    [...parts.keys()].every((name) => values.has(name)) &&
    [...values].every(([name, value]) => {
      const text = parts.get(name)
      if (text === undefined) return value === null || value === ""
      return typeof value === "string" ? value === text : isWritten(value, text)
    })
  )
}

const spread = (dict: PythonDict, prefix: string): ReadonlyArray<readonly [string, PythonValue]> =>
  [...dict].flatMap(([name, value]) =>
    isDict(value) && value.size > 0 ? spread(value, `${prefix}${name}.`) : [[`${prefix}${name}`, value] as const]
  )

/** A text as the value that it stands for: a category that is written so, or a number. */
const reading = (parameter: Layout.Leaf["parameter"], text: string): PythonValue => {
  if (parameter.distribution === "categorical" || parameter.distribution === "categorical_w_probabilities") {
    const { values } = parameter
    return values.includes(text)
      ? text
      : (values.find((value) => isWritten(value, text)) ?? (text === "null" ? null : text))
  }
  return text.trim() === "" ? text : Number(text)
}

const isWritten = (value: PythonValue, text: string): boolean =>
  typeof value === "boolean"
    ? text.toLowerCase() === String(value)
    : typeof value === "number" || typeof value === "bigint"
      ? text.trim() !== "" && Number(text) === Number(value)
      : PythonJson.stringify(value).replaceAll(" ", "") === text.replaceAll(" ", "")

const digestOf = (row: PythonDict, name: string): MetricDigest | undefined => {
  const given = find(row, "summary", name.split("."))
  const value = typeof given === "string" && given.trim() !== "" ? Number(given) : given
  const number = typeof value === "bigint" ? Number(value) : value
  return typeof number === "number" ? RunMetrics.digested(undefined, number) : undefined
}

/** One that was stopped early counts with what it had; one that hadn't ended as if it had. */
const stateOf = (row: PythonDict): RunState.RunState => {
  const given = row.get("state")
  const state = typeof given === "string" ? Option.getOrUndefined(RunState.decodeOption(given)) : undefined
  const failed = state === "failed" || state === "crashed" || (state === "killed" && row.get("stop") !== "EarlyStopped")
  return failed ? state : "finished"
}
