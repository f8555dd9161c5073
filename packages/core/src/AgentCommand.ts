import * as Data from "effect/Data"
import type { RunId } from "./RunId.js"
import type { TrialConfig } from "./TrialConfig.js"

/**
 * What a backend answers to a heartbeat (F.3), already translated: `Resume` hands out a
 * preempted run again, `Exit` says that there is nothing more to do for this sweep.
 */
export type AgentCommand = Data.TaggedEnum<{
  Run: { readonly run: RunId; readonly trial: TrialConfig }
  /** `attempt` is the one to begin, where the backend counts attempts. */
  Resume: { readonly run: RunId; readonly trial: TrialConfig; readonly attempt: number | undefined }
  StopRun: { readonly run: RunId }
  Exit: {}
  /** A type that we don't know, or a command without the id that it needs (B53). */
  Unknown: { readonly text: string }
}>

/** Constructors and matchers. */
export const AgentCommand = Data.taggedEnum<AgentCommand>()
