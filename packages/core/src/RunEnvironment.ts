/** What a run finds around it: its folder and its environment (E.1.3, D.5). */
import type { RunId } from "./RunId.js"
import type { SweepId } from "./SweepId.js"

/** Where a run's own files are; it keeps them over its attempts. */
export interface RunFolder {
  readonly path: string
  /** The parameters for the W&B SDK (D.5.2). */
  readonly configFile: string
  /** The parameters for `${args_json_file}`. */
  readonly argsFile: string
}

/** The names of the files in a run's folder. */
export const fileNames = { config: "config.yaml", args: "args.json" } as const

/** The folder of a run under the folder of all runs. */
export const folder = (runsDirectory: string, run: RunId): RunFolder => {
  const path = `${runsDirectory}/${run}`
  return { path, configFile: `${path}/${fileNames.config}`, argsFile: `${path}/${fileNames.args}` }
}

/**
 * The variables that a run gets besides those of sweepline itself; `undefined` removes one. What the W&B
 * SDK reads is as `wandb agent` sets it. Its output goes to a file, into which Python writes late unless
 * `PYTHONUNBUFFERED` is set: so it is, where the person hasn't said otherwise.
 */
export const make = (options: {
  readonly sweep: SweepId
  readonly run: RunId
  readonly attempt: number
  readonly folder: RunFolder
  readonly entity: string | undefined
  readonly project: string | undefined
  /** What the run's slot adds. */
  readonly slot: ReadonlyMap<string, string>
  /** The environment of sweepline itself. */
  readonly parent: ReadonlyMap<string, string>
}): ReadonlyMap<string, string | undefined> => {
  const { entity, folder, parent, project, run, slot, sweep } = options
  const env = new Map<string, string | undefined>([
    ["WANDB_RUN_ID", run],
    ["WANDB_SWEEP_ID", sweep],
    ["WANDB_SWEEP_PARAM_PATH", folder.configFile],
    ["WANDB_DIR", folder.path]
  ])
  if (entity !== undefined) env.set("WANDB_ENTITY", entity)
  if (project !== undefined) env.set("WANDB_PROJECT", project)
  env.set("WANDB_SERVICE", undefined)
  env.set("SWEEPLINE_RUN_DIR", folder.path)
  env.set("SWEEPLINE_RUN_ID", run)
  env.set("SWEEPLINE_SWEEP_ID", sweep)
  env.set("SWEEPLINE_ATTEMPT", String(options.attempt))
  if (!parent.has("PYTHONUNBUFFERED")) env.set("PYTHONUNBUFFERED", "1")
  for (const [name, value] of slot) env.set(name, value)
  return env
}
