import type { RunRecord } from "@sweepline/core/SweepApi"
import * as Format from "./Format.js"
import type { Json } from "./Json.js"
import type { SweepSettings } from "./SweepSettings.js"

/**
 * What a sweep was told to keep to, as phrases for a person; empty where it was told nothing. To one that has ended
 * before its deadline that says nothing any more.
 */
export const phrases = (settings: SweepSettings, now: number, hasEnded: boolean): ReadonlyArray<string> => {
  const { budget, deadline, retries, runTimeout } = settings
  return [
    ...(deadline === undefined || (hasEnded && deadline > now) ? [] : [deadlineText(deadline, now)]),
    ...(budget === undefined ? [] : [`at most ${Format.float(budget)} GPU ${budget === 1 ? "hour" : "hours"}`]),
    ...(runTimeout === undefined ? [] : [`a run may be silent for ${Format.clock(runTimeout)}`]),
    ...(retries === 0 ? [] : [`${retries} ${retries === 1 ? "retry" : "retries"} of a run that fails or crashes`])
  ]
}

/** Why a run that nobody has asked to stop stands where it does: how often it was tried. */
export const attempts = (settings: SweepSettings, { attempt, exitCode, state }: RunRecord): string | undefined => {
  if (state !== "failed" && state !== "crashed") return undefined
  const how =
    exitCode === undefined ? "went away without an exit code" : `ended with exit code ${Format.exitCode(exitCode)}`
  const of =
    settings.retries === 0
      ? "it isn't run again without --retries"
      : `${settings.retries} ${settings.retries === 1 ? "retry is" : "retries are"} allowed`
  return `Attempt ${attempt} ${how}; ${of}.`
}

/** The same for `--json`. */
export const json = ({ budget, deadline, retries, runTimeout }: SweepSettings): { readonly [key: string]: Json } => ({
  deadline: deadline === undefined ? null : new Date(deadline).toISOString(),
  gpuHours: budget ?? null,
  runTimeoutSeconds: runTimeout === undefined ? null : runTimeout / 1000,
  retries
})

// internal

const deadlineText = (deadline: number, now: number): string =>
  deadline > now
    ? `ends in ${Format.span(deadline - now)} at the latest`
    : `its deadline was ${Format.ago(now - deadline)}`
