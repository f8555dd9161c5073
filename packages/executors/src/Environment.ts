/** A process environment: name to value. */
export type Environment = Readonly<Record<string, string>>

/** The engine's own environment: without what isn't set, and with what every run is given. */
export const base = (given: Readonly<Record<string, string | undefined>>): Environment => {
  // Python buffers what goes to a file; without this, live metrics would come at the end.
  const made: Record<string, string> = { PYTHONUNBUFFERED: "1" }
  for (const [name, value] of Object.entries(given)) if (value !== undefined) made[name] = value
  return made
}

/** The environment of one job: the base with the job's own variables, of which `undefined` removes one. */
export const ofJob = (
  self: Environment,
  job: ReadonlyMap<string, string | undefined>,
  folders: { readonly run: string; readonly cwd: string }
): Environment => {
  const made: Record<string, string> = { ...self, PWD: folders.cwd, [runFolderVariable]: folders.run }
  for (const [name, value] of job) {
    if (value === undefined) delete made[name]
    else made[name] = value
  }
  return made
}

/** Tells a job its run's own folder, and us which processes are a run's. */
export const runFolderVariable = "SWEEPLINE_RUN_DIR"
