import type { PythonDict, PythonValue } from "./PythonValue.js"
import type { RunId } from "./RunId.js"
import type { RunKey } from "./RunKey.js"
import type { SweepId } from "./SweepId.js"
import type { TrialConfig } from "./TrialConfig.js"

/** What a run executes: a job or an image of the backend, or the sweep's own program on this machine (B56). */
export type Executable =
  | { readonly kind: "job"; readonly name: string }
  | { readonly kind: "image"; readonly uri: string }
  | { readonly kind: "program" }

/** One attempt of one run, for a launch queue. Adapters build their spec from it. */
export interface LaunchRequest {
  readonly key: RunKey
  readonly sweep: SweepId
  readonly run: RunId
  readonly attempt: number
  readonly queue: string
  /** 0 is the most urgent; W&B's default is 2 (B4, B58). */
  readonly priority: number
  readonly executable: Executable
  readonly trial: TrialConfig
  /** Replaces the job's or image's own entry point; `undefined` keeps it (B57, B72). */
  readonly entryPoint: ReadonlyArray<PythonValue> | undefined
  /** The launch config: the own run's `launch` section with the overrides merged in (B76, B77). */
  readonly launch: PythonDict
  readonly author: string | undefined
}
