/** What is known of a run's config and summary. */
import * as PythonJson from "@sweepline/core/PythonJson"
import type { PythonDict } from "@sweepline/core/PythonValue"
import * as TrialConfig from "@sweepline/core/TrialConfig"
import type { WireRun } from "./WireRun.js"
import * as WireText from "./WireText.js"

/** The config as its client sent it; before, what the sweep gave it. JSON text of `{name: {value}}`. */
export const configText = ({ document, sweep }: WireRun): string =>
  document.config ?? (sweep === undefined ? "{}" : PythonJson.stringify(TrialConfig.toAgentArgs(sweep.record.trial)))

/** The same, read. */
export const configOf = (run: WireRun): PythonDict => WireText.dict(configText(run)) ?? new Map()

/** The summary: what its client said last, which is all of it; without a client, what the ports know. */
export const summaryOf = ({ document, sweep }: WireRun): PythonDict => {
  const own = document.summary === undefined ? undefined : WireText.dict(document.summary)
  return own ?? sweep?.record.summary ?? new Map()
}
