import * as NearestName from "../NearestName.js"
import { isDict, type PythonDict, type PythonValue } from "../PythonValue.js"
import * as SamplerName from "../SamplerName.js"
import { isNull, Section, type Synonyms } from "./configSection.js"
import { pathTo } from "./configIssues.js"

/**
 * Reads the `sampler` of the `settings` of `scheduler` (search.md §8): what Optuna would refuse is refused, and what
 * has no effect here is a hint. Where a `job` is named, the settings are that program's, and aren't read.
 */
export const readSampler = (scheduler: Section): void => {
  if (scheduler.has("job")) return
  const settings = inner(scheduler, "settings")
  if (settings === undefined || !isThere(settings, "sampler")) return
  const sampler = settings.section("sampler", "sampler: {type: tpe}")
  sampler?.rejectUnknown("a sampler", ["type", "args"], synonyms)
  if (sampler === undefined) return
  const type = sampler.text("type")
  const name = searchedBy(type, (key) => valueOf(scheduler, key))
  const args = isThere(sampler, "args") ? sampler.section("args", "args: {n_startup_trials: 20}") : undefined
  // A sampler that isn't ours may have any args: whether it is one to go by is found out by who would search.
  if (args === undefined || name === undefined) return
  args.rejectUnknown(`the args of ${type ?? "a sampler"}`, argsOf(name))
  args.integer("n_startup_trials", 0)
  const candidates = args.integer("n_ei_candidates", 1)
  if (candidates !== undefined && candidates > mostCandidates) {
    args.reportValue(
      args.field("n_ei_candidates") ?? args,
      `n_ei_candidates must be at most ${mostCandidates}, not ${args.written("n_ei_candidates")}.`
    )
  }
}

/** What is given to Optuna in the `settings` of `scheduler` and has no effect here, as sentences. */
export const samplerHints = (scheduler: PythonDict | undefined): ReadonlyArray<string> => {
  if (scheduler === undefined || scheduler.has("job")) return []
  const settings = sectionOf(scheduler, "settings")
  const sampler = sectionOf(settings, "sampler")
  const name = searchedBy(sampler.get("type"), (key) => scheduler.get(key))
  return [
    ...[...settings.keys()].flatMap((key) => settingHint(key)),
    ...(name === undefined ? [] : [...sectionOf(sampler, "args").keys()].flatMap((key) => argHint(name, key)))
  ]
}

// internal

/** One that is left to choose is by Gaussian process or TPE. */
type Implied = SamplerName.SamplerName | "auto"

const mostCandidates = 1_000_000

const synonyms: Synonyms = new Map([
  ["name", "type"],
  ["class", "type"],
  ["kind", "type"],
  ["kwargs", "args"],
  ["arguments", "args"],
  ["options", "args"],
  ["params", "args"],
  ["parameters", "args"],
  ["settings", "args"]
])

const searchedBy = (
  type: PythonValue | undefined,
  schedulers: (key: "optimizer" | "engine") => PythonValue | undefined
): Implied | undefined => {
  const given = type ?? schedulers("optimizer")
  return given === undefined ? (SamplerName.ofEngine(schedulers("engine")) ?? "auto") : SamplerName.named(given)
}

const argsOf = (name: Implied): ReadonlyArray<string> =>
  name === "auto" ? [...new Set([...SamplerName.args("tpe"), ...SamplerName.args("gp")])] : SamplerName.args(name)

const settingHint = (key: string): ReadonlyArray<string> => {
  if (key === "sampler") return []
  const place = `scheduler.settings.${key}`
  const instead = elsewhere.get(key)
  if (instead !== undefined) return [`${place}: it has no effect here; write ${instead} beside method.`]
  const meant = NearestName.didYouMean(key, ["sampler"])
  return meant === "" ? [] : [`${place}: it has no effect here.${meant}`]
}

const elsewhere: ReadonlyMap<string, string> = new Map([
  ["pruner", "early_terminate"],
  ["metrics", "metrics"]
])

const argHint = (name: Implied, key: string): ReadonlyArray<string> => {
  if (SamplerName.heeded(name === "auto" ? "tpe" : name).includes(key)) return []
  const place = `scheduler.settings.sampler.args.${key}`
  if (key === "seed") return [`${place}: it has no effect here; the option --seed sets the seed of a sweep.`]
  return SamplerName.heeded("tpe").includes(key)
    ? [`${place}: it has no effect here; only TPE heeds it.`]
    : argsOf(name).includes(key)
      ? [`${place}: it has no effect here, as it has in Optuna.`]
      : []
}

/** A section that is one: what else may stand there was reported. */
const inner = (section: Section, key: string): Section | undefined => {
  const field = section.field(key)
  return field?.node.kind === "dict"
    ? new Section(section.issues, pathTo(section.path, key), field.keyOffset, field.node.entries)
    : undefined
}

const isThere = (section: Section, key: string): boolean => {
  const node = section.entries.get(key)?.node
  return node !== undefined && !isNull(node)
}

const valueOf = (section: Section, key: string): PythonValue | undefined => {
  const node = section.entries.get(key)?.node
  return node?.kind === "scalar" ? node.value : undefined
}

const sectionOf = (dict: PythonDict, key: string): PythonDict => {
  const section = dict.get(key)
  return isDict(section) ? section : new Map()
}
