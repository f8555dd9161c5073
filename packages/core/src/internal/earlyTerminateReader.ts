import type { EarlyTerminate } from "../SweepConfig.js"
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
const checkBands = (section: Section, { eta, maxIter, s }: EarlyTerminate): void => {
  if (section.has("max_iter") !== section.has("s") && (section.has("max_iter") || !section.has("min_iter"))) {
    const [given, missing, value] = section.has("max_iter") ? ["max_iter", "s", 2] : ["s", "max_iter", 27]
    section.reportKey(
      given,
      `${given} counts only together with ${missing}: add ${missing}: ${value}, or write min_iter alone.`
    )
  } else if (section.lacks("max_iter") && section.lacks("min_iter")) {
    section.report("hyperband needs min_iter, or max_iter with s: add min_iter: 3.")
  } else if (maxIter !== undefined && s !== undefined && maxIter / eta < 1) {
    section.reportKey("max_iter", `max_iter must be at least eta, ${eta}, or no run is ever judged: make it greater.`)
  }
}
