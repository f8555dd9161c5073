import type { EarlyTerminate } from "../EarlyTerminate.js"
import type { Section, Synonyms } from "./configSection.js"

/**
 * Reads `early_terminate` (search.md §1.3). `hyperband` is W&B's and needs `min_iter`, or
 * `max_iter` with `s`; `asha` and `median` are sweepline's own and have defaults for all.
 */
export const readEarlyTerminate = (section: Section): EarlyTerminate => {
  section.rejectUnknown("early_terminate", ["type", "min_iter", "max_iter", "s", "eta", "strict"], synonyms)
  if (section.lacks("type")) section.report("early_terminate needs a type: add type: hyperband.")
  const type = section.oneOf("type", ["hyperband", "asha", "median"]) ?? "hyperband"
  const rule: EarlyTerminate = {
    type,
    minIter: section.integer("min_iter", 1),
    maxIter: section.integer("max_iter", 1),
    s: section.integer("s", 1),
    eta: section.numberAbove("eta", 1) ?? 3,
    strict: section.boolean("strict") ?? true
  }
  if (type === "hyperband") checkBands(section, rule)
  else checkRungs(section, rule)
  return rule
}

// internal

const synonyms: Synonyms = new Map([
  ["grace", "min_iter"],
  ["graceperiod", "min_iter"],
  ["maxt", "max_iter"],
  ["reductionfactor", "eta"],
  ["brackets", "s"]
])

/** Hyperband judges at bands: from `min_iter` upwards, or downwards from `max_iter`, `s` of them. */
const checkBands = (section: Section, rule: EarlyTerminate): void => {
  if (section.has("max_iter") && !section.has("s")) reportLone(section, "max_iter", "s", 2)
  else if (isLoneS(section)) reportLone(section, "s", "max_iter", 27)
  else if (section.lacks("max_iter") && section.lacks("min_iter")) {
    section.report("hyperband needs min_iter, or max_iter with s: add min_iter: 3.")
  } else checkLowestBand(section, rule)
}

/** `asha` and `median` judge from `min_iter` upwards to below `max_iter`; or, given `max_iter` and `s`, at hyperband's bands. */
const checkRungs = (section: Section, rule: EarlyTerminate): void => {
  const { maxIter, minIter = 1, s } = rule
  if (isLoneS(section)) reportLone(section, "s", "max_iter", 27)
  else if (s !== undefined) checkLowestBand(section, rule)
  else if (maxIter !== undefined && maxIter <= minIter) {
    section.reportKey(
      "max_iter",
      `max_iter must be above min_iter, ${minIter}, or no run is ever judged: make it greater.`
    )
  }
}

const isLoneS = (section: Section): boolean => section.has("s") && !section.has("max_iter") && !section.has("min_iter")

const reportLone = (section: Section, given: "max_iter" | "s", missing: "max_iter" | "s", usual: number): void =>
  section.reportKey(
    given,
    `${given} counts only together with ${missing}: add ${missing}: ${usual}, or write min_iter alone.`
  )

const checkLowestBand = (section: Section, { eta, maxIter, s }: EarlyTerminate): void => {
  if (maxIter !== undefined && s !== undefined && maxIter / eta < 1) {
    section.reportKey("max_iter", `max_iter must be at least eta, ${eta}, or no run is ever judged: make it greater.`)
  }
}
