/**
 * What a sweep is to come to when people interfere with it, told once more and as plainly as can be: no events, no
 * commands, no backend; only workers, runs and the time. Everything takes no time but the runs themselves.
 */

/** What a person does. `run` counts from 0, in order of suggestion. */
export type Action =
  | { readonly at: number; readonly does: "pause" | "resume" | "stop" | "cancel" }
  | { readonly at: number; readonly does: "kill"; readonly run: number }
  | { readonly at: number; readonly does: "edit"; readonly workers?: number; readonly retries?: number }

/** A sweep, with the fate of its runs: how long each attempt takes, and how many of its first ones fail. */
export interface Story {
  readonly workers: number
  readonly retries: number
  readonly runs: ReadonlyArray<{ readonly fails: number }>
  readonly duration: (run: number, attempt: number) => number
  /** In order of time, none at the time at which a run ends. */
  readonly actions: ReadonlyArray<Action>
}

/** An attempt that was launched. */
export interface Attempt {
  readonly run: number
  readonly attempt: number
  readonly from: number
  readonly to: number
  readonly ended: "finished" | "failed" | "killed"
}

/** A run that somebody has begun and that isn't over: it waits for its worker, or its worker runs it. */
interface Begun {
  readonly run: number
  readonly attempt: number
  readonly worker: number
  readonly runs: { readonly from: number; readonly to: number } | undefined
}

/** How a sweep ends, and every attempt, by run and number. */
export const tell = (
  story: Story
): { readonly sweep: "FINISHED" | "CANCELED"; readonly attempts: ReadonlyArray<Attempt> } => {
  const attempts: Array<Attempt> = []
  /** In order of suggestion. */
  let begun: ReadonlyArray<Begun> = []
  const now: { sweep: "RUNNING" | "PAUSED" | "FINISHED" | "CANCELED"; workers: number; retries: number } = {
    sweep: "RUNNING",
    workers: story.workers,
    retries: story.retries
  }
  /** Whether a worker was told that there are no more runs: then a sweep also ends while it is paused. */
  let exhausted = false
  let suggested = 0

  const replace = (old: Begun, ...by: ReadonlyArray<Begun>) => {
    begun = begun.flatMap((it) => (it === old ? by : [it]))
  }

  /** Each idle worker takes the next run. While workers that were taken away still run theirs, others make up for it. */
  const suggest = () => {
    const stranded = begun.some(({ worker }) => worker >= now.workers)
    let room = stranded ? now.workers - begun.length : Infinity
    for (let worker = 0; worker < now.workers && room > 0; worker++) {
      if (begun.some((it) => it.worker === worker)) continue
      if (suggested === story.runs.length) {
        exhausted = true
        return
      }
      begun = [...begun, { run: suggested++, attempt: 1, worker, runs: undefined }]
      room -= 1
    }
  }

  const launch = (time: number) => {
    if (now.sweep === "PAUSED" || now.sweep === "CANCELED") return
    // A stopped sweep begins no more runs; one that waits to be tried again has begun.
    if (now.sweep === "RUNNING") suggest()
    for (const it of begun) {
      if (begun.some(({ runs, worker }) => runs !== undefined && worker === it.worker)) continue
      replace(it, { ...it, runs: { from: time, to: time + story.duration(it.run, it.attempt) } })
    }
  }

  const end = (it: Begun, time: number, killed: boolean) => {
    if (it.runs === undefined) return
    const fails = it.attempt <= (story.runs[it.run]?.fails ?? 0)
    const ended = killed ? "killed" : fails ? "failed" : "finished"
    attempts.push({ run: it.run, attempt: it.attempt, from: it.runs.from, to: time, ended })
    if (ended === "failed" && it.attempt <= now.retries && now.sweep !== "FINISHED") {
      replace(it, { ...it, attempt: it.attempt + 1, worker: it.worker % now.workers, runs: undefined })
    } else replace(it)
  }

  const act = (action: Action) => {
    if (now.sweep === "FINISHED" || now.sweep === "CANCELED") {
      // Only what still runs can be killed.
      if (action.does === "kill") killRun(action.run, action.at)
      if (action.does === "edit") edit(action)
      return
    }
    switch (action.does) {
      case "pause":
        now.sweep = "PAUSED"
        return
      case "resume":
        now.sweep = "RUNNING"
        return
      case "stop":
        now.sweep = "FINISHED"
        return
      case "cancel":
        now.sweep = "CANCELED"
        for (const it of begun) end(it, action.at, true)
        return
      case "edit":
        edit(action)
        return
      case "kill":
        killRun(action.run, action.at)
    }
  }

  const edit = ({ retries = now.retries, workers = now.workers }: Extract<Action, { does: "edit" }>) => {
    now.retries = retries
    now.workers = workers
    begun = begun.map((it) => (it.runs === undefined ? { ...it, worker: it.worker % workers } : it))
  }

  const killRun = (run: number, time: number) => {
    const it = begun.find((one) => one.run === run)
    if (it !== undefined) end(it, time, true)
  }

  const isOver = () => {
    if (begun.some(({ runs }) => runs !== undefined)) return false
    return now.sweep === "CANCELED" || (begun.length === 0 && (now.sweep === "FINISHED" || exhausted))
  }

  const actions = [...story.actions]
  launch(0)
  while (!isOver()) {
    const next = begun.reduce<Begun | undefined>(
      (first, it) => ((it.runs?.to ?? Infinity) < (first?.runs?.to ?? Infinity) ? it : first),
      undefined
    )
    const time = next?.runs?.to ?? Infinity
    const action = actions[0]
    if (action !== undefined && action.at < time) {
      actions.shift()
      act(action)
      launch(action.at)
    } else if (next !== undefined) {
      end(next, time, false)
      launch(time)
    } else throw new Error("The story has no end: somebody must resume the sweep")
  }
  return {
    sweep: now.sweep === "CANCELED" ? "CANCELED" : "FINISHED",
    attempts: attempts.toSorted((a, b) => a.run - b.run || a.attempt - b.attempt)
  }
}
