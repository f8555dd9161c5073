import type { Method } from "../Method.js"
import type { PythonDict, PythonValue } from "../PythonValue.js"
import { describe, dictOf, valueOf } from "./configNode.js"
import { isNull, type Section } from "./configSection.js"
import { readSampler } from "./samplerReader.js"

/** Reads `command`: a list of words (A.10). `${args_dict}` can't be part of a command line (RD26). */
export const readCommand = (section: Section): ReadonlyArray<PythonValue> | undefined => {
  const field = section.field("command")
  const words = field?.node.kind === "scalar" && typeof field.node.value === "string" ? field.node.value : ""
  const example =
    words === ""
      ? 'command: ["${env}", python, "${program}", "${args}"]'
      : `command: [${words.split(/\s+/).join(", ")}]`
  const items = section.list("command", example)
  for (const item of items ?? []) {
    if (item.node.kind !== "scalar" || item.node.value === null) {
      section.reportValue(item, `A word of the command must be text, not ${describe(item.node)}: put it in quotes.`)
    } else if (item.node.value === "${args_dict}") {
      section.reportValue(item, '"${args_dict}" is an object and no words: write "${args}" or "${args_json}" instead.')
    }
  }
  return items?.map(({ node }) => valueOf(node))
}

/** Reads `run_cap`; digits in quotes count as the number (RD20). */
export const readRunCap = (section: Section): number | undefined => {
  const field = section.field("run_cap")
  if (field === undefined || isNull(field.node)) return undefined
  const value = field.node.kind === "scalar" ? field.node.value : undefined
  if (typeof value === "string" && /^[1-9][0-9]{0,14}$/.test(value)) return Number(value)
  return section.integer("run_cap", 1, ": leave it out for no cap")
}

/** Reads `controller`. */
export const readController = (section: Section): "local" | "cloud" => {
  const controller = section.section("controller", "controller: {type: local}")
  controller?.rejectUnknown("controller", ["type"])
  if (controller?.lacks("type") === true) controller.report("controller needs a type: add type: local.")
  return controller?.oneOf("type", ["local", "cloud"]) ?? "cloud"
}

/** Reads `launch`, which may hold any key (G.1); an empty one is none (RD34). */
export const readLaunch = (section: Section): PythonDict | undefined => {
  const launch = optional(section, "launch", "launch: {queue: default}")
  if (launch === undefined) return undefined
  launch.text("queue")
  launch.text("resource")
  optional(launch, "resource_args", "resource_args: {kubernetes: { … }}")
  optional(launch, "template_variables", "template_variables: {name: value}")
  optional(launch, "registry", "registry: {url: …}")?.text("url")
  const priority = launch.field("priority")
  if (priority !== undefined && !isNull(priority.node)) launch.integer("priority", 0)
  return rawDict(section, "launch")
}

/** Reads `scheduler`: an engine (search.md §1.4), or the scheduler job of a launch sweep (G.1). */
export const readScheduler = (section: Section, method: Method | undefined): PythonDict | undefined => {
  const scheduler = optional(section, "scheduler", "scheduler: {engine: wandb}")
  if (scheduler === undefined) return undefined
  scheduler.rejectUnknown("scheduler", schedulerKeys)
  const engine = scheduler.oneOf("engine", ["wandb", "optuna", "ax"])
  for (const key of ["source", "optimizer", "search_space", "job", "docker_image", "resource"]) scheduler.text(key)
  for (const key of ["optimizer", "search_space"]) {
    if (!scheduler.has(key) || scheduler.has("source")) continue
    scheduler.reportKey(key, `${key} names something in a source file: add source: file.py.`)
  }
  for (const key of ["resource_args", "template_variables", "settings"])
    optional(scheduler, key, `${key}: {name: value}`)
  // A grid and chance have none: what another tool may keep there says nothing here.
  if (method !== "grid" && method !== "random") readSampler(scheduler)
  // Ours: a grid in an order that the seed decides.
  scheduler.boolean("shuffle")
  const workers = scheduler.field("num_workers")
  const text = workers?.node.kind === "scalar" && typeof workers.node.value === "string" ? workers.node.value : ""
  if (workers !== undefined && !isNull(workers.node) && !/^[0-9]+$/.test(text)) scheduler.integer("num_workers", 1)
  if (engine !== undefined && section.has("early_terminate")) {
    section.reportKey(
      "early_terminate",
      "early_terminate and a scheduler with an engine exclude each other: remove one."
    )
  }
  return rawDict(section, "scheduler")
}

// internal

const schedulerKeys = [
  "engine",
  "source",
  "optimizer",
  "search_space",
  "job",
  "num_workers",
  "resource",
  "resource_args",
  "template_variables",
  "docker_image",
  "settings",
  "shuffle",
  "start"
]

/** A section where null is absent (RD34). */
const optional = (section: Section, key: string, example: string): Section | undefined => {
  const node = section.entries.get(key)?.node
  return node === undefined || isNull(node) ? undefined : section.section(key, example)
}

const rawDict = (section: Section, key: string): PythonDict | undefined => {
  const node = section.entries.get(key)?.node
  return node?.kind === "dict" ? dictOf(node) : undefined
}
