import type { Parameter } from "../Parameter.js"
import type { PythonValue } from "../PythonValue.js"
import type { Method } from "../Method.js"
import type { TrialConfig } from "../TrialConfig.js"
import type { ConfigDict } from "./configNode.js"
import type { ConfigIssues } from "./configIssues.js"
import { alternatives, isNull, Section, type Synonyms } from "./configSection.js"
import { readEarlyTerminate } from "./earlyTerminateReader.js"
import { readMetric, readMetrics } from "./metricReader.js"
import { looksLikeParameter, readParameters, varies } from "./parameterReader.js"
import { readRepeats } from "./repeatsReader.js"
import { readStart, type StartSpace } from "./startReader.js"
import { readCommand, readController, readLaunch, readRunCap, readScheduler } from "./sectionReaders.js"

/** Reads a whole sweep config (`SweepConfig`), reporting everything that is wrong; what can't be used is left out. */
export const readSweepConfig = (root: ConfigDict, source: string, issues: ConfigIssues) => {
  const section = new Section(issues, "", root.offset, root.entries)
  section.rejectUnknown("a sweep config", keys, synonyms, (key, node) =>
    looksLikeParameter(node) ? `If it is a parameter, it goes under parameters: parameters.${key}.` : undefined
  )
  const method = readMethod(section)
  const metric = section.section("metric", "metric: {name: loss, goal: minimize}")
  const earlyTerminate = section.section("early_terminate", "early_terminate: {type: hyperband, min_iter: 3}")
  const parameters = readAllParameters(section, method)
  const repeats = readRepeats(section, parameters)
  section.oneOf("kind", ["sweep"])
  section.text("apiVersion")
  const config = {
    source,
    method: method ?? "custom",
    name: section.text("name"),
    description: section.text("description"),
    program: section.text("program"),
    job: section.text("job"),
    imageUri: section.text("image_uri"),
    entity: section.text("entity"),
    project: section.text("project"),
    command: section.has("command") ? readCommand(section) : undefined,
    metric: metric && readMetric(metric),
    metrics: section.has("metrics") ? readMetrics(section) : [],
    runCap: readRunCap(section),
    earlyTerminate: earlyTerminate && readEarlyTerminate(earlyTerminate),
    repeats,
    start: readStartPoints(section, { method, parameters, over: repeats?.over }),
    parameters,
    launch: readLaunch(section),
    scheduler: readScheduler(section, method),
    controller: readController(section)
  }
  checkObjectives(section, method)
  checkScheduler(section, { engine: config.scheduler?.get("engine"), method, controller: config.controller })
  return config
}

// internal

const methods: ReadonlyArray<Method> = ["grid", "random", "bayes", "custom"]

const keys = [
  "method",
  "parameters",
  "metric",
  "metrics",
  "early_terminate",
  "run_cap",
  "repeats",
  "program",
  "command",
  "name",
  "description",
  "entity",
  "project",
  "job",
  "image_uri",
  "launch",
  "scheduler",
  "controller",
  "kind",
  "apiVersion",
  // Written by the option --settings of W&B's `sweep` (G.5), and read by nobody.
  "settings"
]

const synonyms: Synonyms = new Map([
  ["algorithm", "method"],
  ["strategy", "method"],
  ["search", "method"],
  ["searchspace", "parameters"],
  ["space", "parameters"],
  ["objective", "metric"],
  ["goal", "metric"],
  ["earlystopping", "early_terminate"],
  ["earlystop", "early_terminate"],
  ["pruner", "early_terminate"],
  ["maxruns", "run_cap"],
  ["numruns", "run_cap"],
  ["count", "run_cap"],
  ["budget", "run_cap"],
  ["trials", "run_cap"],
  ["ntrials", "run_cap"],
  ["repeat", "repeats"],
  ["replicates", "repeats"],
  ["script", "program"],
  ["image", "image_uri"],
  ["dockerimage", "image_uri"]
])

const methodSynonyms: Synonyms = new Map([
  ["gridsearch", "grid"],
  ["randomsearch", "random"],
  ["tpe", "bayes"],
  ["gp", "bayes"]
])

/** A launch sweep with a scheduler job needs no method: the job decides (G.1). */
const readMethod = (section: Section): Method | undefined => {
  if (section.has("method")) return section.oneOf("method", methods, methodSynonyms)
  const scheduler = section.entries.get("scheduler")?.node
  if (scheduler?.kind === "dict" && scheduler.entries.has("job")) return "custom"
  if (section.lacks("method")) section.report(`A sweep config needs a method: add method: ${alternatives(methods)}.`)
  return undefined
}

const readAllParameters = (section: Section, method: Method | undefined): ReadonlyMap<string, Parameter> => {
  const scheduler = section.entries.get("scheduler")?.node
  const space = scheduler?.kind === "dict" ? scheduler.entries.get("search_space")?.node : undefined
  if (!section.has("parameters")) {
    const elsewhere = space?.kind === "scalar" && !isNull(space)
    if (!elsewhere && section.lacks("parameters")) {
      section.report("A sweep config needs parameters: add parameters: {lr: {min: 0.001, max: 0.1}}.")
    }
    return new Map()
  }
  const inner = section.section("parameters", "parameters: {lr: {min: 0.001, max: 0.1}}")
  if (inner === undefined) return new Map()
  const before = section.issues.count
  const parameters = readParameters(inner, method)
  if (method === "bayes" && section.issues.count === before && ![...parameters.values()].some(varies)) {
    inner.report("Every parameter is constant, so that bayes has nothing to search: write values, or min and max.")
  }
  return parameters
}

const readStartPoints = (section: Section, space: StartSpace): ReadonlyArray<TrialConfig> => {
  const scheduler = section.entries.get("scheduler")
  if (scheduler?.node.kind !== "dict" || !scheduler.node.entries.has("start")) return []
  return readStart(new Section(section.issues, "scheduler", scheduler.offset, scheduler.node.entries), space)
}

const checkObjectives = (section: Section, method: Method | undefined): void => {
  const one = section.has("metric")
  const many = section.has("metrics")
  if (one && many) section.reportKey("metrics", "metric and metrics exclude each other: keep one of the two.")
  if (method === "bayes" && section.lacks("metric") && !many) {
    section.reportKey("method", "bayes needs to know what to optimise: add metric: {name: loss, goal: minimize}.")
  }
  if (section.has("early_terminate") && many && !one) {
    section.reportKey(
      "early_terminate",
      "early_terminate judges runs by one metric, and the config has several: leave it out."
    )
  }
  if (section.has("early_terminate") && section.lacks("metric") && !many) {
    section.reportKey(
      "early_terminate",
      "early_terminate needs to know what to judge runs by: add metric: {name: loss, goal: minimize}."
    )
  }
}

const checkScheduler = (
  section: Section,
  {
    controller,
    engine,
    method
  }: {
    readonly controller: "local" | "cloud"
    readonly engine: PythonValue | undefined
    readonly method: Method | undefined
  }
): void => {
  if (engine === undefined) return
  if (engine === "wandb" && method === "custom") {
    section.reportKey("scheduler", "The engine wandb can't run method custom: choose grid, random or bayes.")
  }
  if (controller === "local") {
    section.reportKey("scheduler", "A scheduler with an engine and a local controller exclude each other: remove one.")
  }
}
