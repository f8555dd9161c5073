/** A process environment: name to value. */
export type Environment = Readonly<Record<string, string>>

/** The engine's own environment: without what isn't set, and with what every run is given. */
export const base = (given: Readonly<Record<string, string | undefined>>): Environment => {
  // Python buffers what goes to a file; without this, live metrics would come at the end.
  const made: Record<string, string> = { PYTHONUNBUFFERED: "1" }
  for (const [name, value] of Object.entries(given)) if (value !== undefined) made[name] = value
  return made
}

/** How a job's environment differs from the base. */
export interface Changes {
  readonly set: ReadonlyMap<string, string>
  readonly unset: ReadonlyArray<string>
}

/** The changes of one job: where it runs, and its own variables, of which `undefined` removes one. */
export const changes = (
  job: ReadonlyMap<string, string | undefined>,
  folders: { readonly run: string; readonly cwd: string }
): Changes => {
  const set = new Map([["PWD", folders.cwd]])
  const unset: Array<string> = []
  for (const [name, value] of job) {
    if (name === runFolderVariable) continue
    if (value !== undefined) set.set(name, value)
    else {
      set.delete(name)
      unset.push(name)
    }
  }
  // Last: we find a run's processes by it.
  set.set(runFolderVariable, folders.run)
  return { set, unset }
}

/** The base with a job's changes. */
export const apply = (self: Environment, { set, unset }: Changes): Environment => {
  const made: Record<string, string> = { ...self }
  for (const [name, value] of set) made[name] = value
  for (const name of unset) delete made[name]
  return made
}

/** A variable of the base with a job's changes. */
export const get = (self: Environment, { set, unset }: Changes, name: string): string | undefined =>
  unset.includes(name) ? undefined : (set.get(name) ?? self[name])

/** Tells a job its run's own folder, and us which processes are a run's. */
export const runFolderVariable = "SWEEPLINE_RUN_DIR"
