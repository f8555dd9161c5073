import * as Arr from "effect/Array"
import * as Either from "effect/Either"
import { ConfigIssues, lineStartsOf, violationAt } from "./internal/configIssues.js"
import { type ConfigDict, type ConfigNode, describe, dictOf } from "./internal/configNode.js"
import { isNull } from "./internal/configSection.js"
import { readSweepConfig } from "./internal/sweepConfigReader.js"
import { configHints } from "./internal/sweepConfigHints.js"
import { readYaml } from "./internal/yamlReader.js"
import type { EarlyTerminate } from "./EarlyTerminate.js"
import type { Method } from "./Method.js"
import type { Metric } from "./Metric.js"
import type { Parameter } from "./Parameter.js"
import { isTruthy, type PythonDict, type PythonValue } from "./PythonValue.js"
import type { Repeats } from "./Repeats.js"
import { SweepConfigError, type Violation } from "./SweepConfigError.js"
import type { TrialConfig } from "./TrialConfig.js"

/**
 * A sweep config: the YAML that W&B Sweeps users write, checked and normalised.
 * Built by `SweepConfig.parse`; `source` keeps the text it came from.
 */
export interface SweepConfig {
  /** The YAML text that was parsed: what is stored, and what is sent to a backend. */
  readonly source: string
  readonly method: Method
  readonly name: string | undefined
  readonly description: string | undefined
  readonly program: string | undefined
  readonly job: string | undefined
  readonly imageUri: string | undefined
  readonly entity: string | undefined
  readonly project: string | undefined
  /** The command line with its macros, in the config's own element types (B73 searches non-strings too). */
  readonly command: ReadonlyArray<PythonValue> | undefined
  readonly metric: Metric | undefined
  /** Two or more objectives; empty unless the config has `metrics`. */
  readonly metrics: ReadonlyArray<Metric>
  /** The most distinct runs of the sweep; `undefined` is no cap (B25). */
  readonly runCap: number | undefined
  readonly earlyTerminate: EarlyTerminate | undefined
  /** `undefined`: each configuration is run once. */
  readonly repeats: Repeats | undefined
  /** Configurations to try first, from `scheduler.start`; what one leaves out is drawn. */
  readonly start: ReadonlyArray<TrialConfig>
  /** Parameters in the order of the source. */
  readonly parameters: ReadonlyMap<string, Parameter>
  readonly launch: PythonDict | undefined
  readonly scheduler: PythonDict | undefined
  readonly controller: "local" | "cloud"
}

/** A config's text, and the name of its file for messages. */
export interface Source {
  readonly file: string
  readonly text: string
}

/**
 * Reads a sweep config from YAML or JSON text. The error holds everything that is wrong,
 * in source order.
 *
 * YAML is read as W&B's clients read it: 1.1, with merge keys and aliases; an int is what is
 * written as one. Beyond W&B, `1e-4` is a number, `early_terminate` may be of type `asha` or
 * `median`, `metrics` goes with any method, `repeats` and `scheduler.start` are there, and `run_cap` may stand in
 * quotes. What W&B accepts and then fails on or silently drops is refused here: a method that needs a metric without
 * one, a distribution that a grid can't list, a bad definition inside a nested parameter, a scale of 0.
 *
 * @example
 * ```ts
 * import * as Either from "effect/Either"
 * import * as SweepConfig from "@sweepline/core/SweepConfig"
 *
 * const text = "method: grid\nparameters: {lr: {values: [0.1, 1e-4]}}"
 * const config = Either.getOrThrow(SweepConfig.parse({ file: "sweep.yaml", text }))
 * assert.deepStrictEqual(config.parameters.get("lr"), { distribution: "categorical", values: [0.1, 1e-4] })
 * ```
 */
export const parse = (source: Source): Either.Either<SweepConfig, SweepConfigError> =>
  Either.flatMap(read(source), ({ config, violations }) =>
    Arr.isNonEmptyReadonlyArray(violations) ? refuse(source, violations) : Either.right(config)
  )

/** A config that a server has accepted, and what is wrong with it all the same. */
export interface Accepted {
  readonly config: SweepConfig
  readonly violations: ReadonlyArray<Violation>
}

/**
 * Reads the config of a sweep that a server has accepted already: servers only warn, and they
 * learn new keys. What launching a run depends on must be right (`command`, `program`, `job`,
 * `image_uri`, `run_cap`); all else that is wrong is told beside the config, and left out of it.
 * So is a `run_cap` or a `command` of 0 or nothing, which W&B takes for none (B25, B72).
 */
export const parseAccepted = (source: Source): Either.Either<Accepted, SweepConfigError> =>
  Either.flatMap(read(source), (accepted) => {
    const isNothing = (key: string) =>
      (key === "run_cap" || key === "command") &&
      Either.match(parseDocument(source), {
        onLeft: () => false,
        onRight: (document) => !isTruthy(document.get(key))
      })
    const needed = /^(command|program|job|image_uri|run_cap)($|[.[])/
    const fatal = accepted.violations.filter(({ path }) => needed.test(path) && !isNothing(path))
    return Arr.isNonEmptyReadonlyArray(fatal) ? refuse(source, fatal) : Either.right(accepted)
  })

/** Reads a config's document as it stands, keys in order and ints and floats apart, checking only that it is a mapping. */
export const parseDocument = (source: Source): Either.Either<PythonDict, SweepConfigError> =>
  Either.map(readRoot(source, new ConfigIssues()), dictOf)

/** The document that a config was parsed from, for adapters that send it on. */
export const document = (self: SweepConfig): PythonDict =>
  // `parse` has read this text before: whoever made a config otherwise has made a mistake.
  Either.getOrThrowWith(parseDocument({ file: "sweep config", text: self.source }), (error) => error)

/** What is allowed but probably not meant, as sentences: deprecated distributions, settings of a sampler without effect here, and macros that nobody knows. */
export const hints = (self: SweepConfig): ReadonlyArray<string> => configHints(self)

// internal

const refuse = ({ file }: Source, violations: Arr.NonEmptyReadonlyArray<Violation>) =>
  Either.left(new SweepConfigError({ file, violations }))

/** The text that was read last: a sweep's is read several times in a row, and a plan's a hundred times. */
let latest: { readonly text: string; readonly accepted: Accepted } | undefined

const read = (source: Source): Either.Either<Accepted, SweepConfigError> => {
  if (latest?.text === source.text) return Either.right(latest.accepted)
  const issues = new ConfigIssues()
  return Either.map(readRoot(source, issues), (root) => {
    const accepted = {
      config: readSweepConfig(root, source.text, issues),
      violations: issues.violations(source.text)
    }
    latest = { text: source.text, accepted }
    return accepted
  })
}

/** Fails where there is no mapping to read at all. */
const readRoot = (source: Source, issues: ConfigIssues): Either.Either<ConfigDict, SweepConfigError> => {
  const root = readYaml(source.text, issues)
  if (root?.kind === "dict") return Either.right(root)
  const found = issues.violations(source.text)
  return refuse(source, Arr.isNonEmptyReadonlyArray(found) ? found : [notAMapping(source, root)])
}

const notAMapping = ({ text }: Source, root: ConfigNode | undefined): Violation =>
  violationAt(
    lineStartsOf(text),
    { path: "", offset: root?.offset ?? 0 },
    root === undefined || isNull(root)
      ? "The file is empty: write at least method and parameters."
      : `A sweep config is a mapping with keys such as method and parameters, not ${describe(root)}.`
  )
