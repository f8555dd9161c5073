/**
 * What a sweep is to come to when people interfere with it, told once more and as plainly as can be: no events, no
 * commands, no backend; only workers, runs and the time. Everything takes no time but the runs themselves.
 */

/** What a person does. `run` counts from 0, in order of suggestion. */
export type Action =
  | { readonly at: number; readonly does: "pause" | "resume" | "stop" | "cancel" }
  | { readonly at: number; readonly does: "kill"; readonly run: number }

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

interface Running {
  readonly run: number
  readonly attempt: number
  readonly from: number
  readonly to: number
}

/** How a sweep ends, and every attempt, by run and number. */
export const tell = (
  story: Story
): { readonly sweep: "FINISHED" | "CANCELED"; readonly attempts: ReadonlyArray<Attempt> } => {
  const attempts: Array<Attempt> = []
  /** By worker: what it runs, or which run it is to try again. */
  const running: Array<Running | undefined> = Array.from({ length: story.workers }, () => undefined)
  const again: Array<{ readonly run: number; readonly attempt: number } | undefined> = running.map(() => undefined)
  const now: { sweep: "RUNNING" | "PAUSED" | "FINISHED" | "CANCELED" } = { sweep: "RUNNING" }
  /** Whether a worker was told that there are no more runs: then a sweep also ends while it is paused. */
  let exhausted = false
  let suggested = 0

  const launch = (time: number) => {
    if (now.sweep === "PAUSED" || now.sweep === "CANCELED") return
    running.forEach((busy, worker) => {
      if (busy !== undefined) return
      const retry = again[worker]
      // A stopped sweep begins no more runs; one that waits to be tried again has begun.
      if (retry === undefined && now.sweep === "FINISHED") return
      if (retry === undefined && suggested === story.runs.length) {
        exhausted = true
        return
      }
      const next = retry ?? { run: suggested++, attempt: 1 }
      again[worker] = undefined
      running[worker] = { ...next, from: time, to: time + story.duration(next.run, next.attempt) }
    })
  }

  const end = (worker: number, time: number, killed: boolean) => {
    const it = running[worker]
    if (it === undefined) return
    running[worker] = undefined
    const fails = it.attempt <= (story.runs[it.run]?.fails ?? 0)
    const ended = killed ? "killed" : fails ? "failed" : "finished"
    attempts.push({ ...it, to: time, ended })
    if (ended === "failed" && it.attempt <= story.retries && now.sweep !== "FINISHED") {
      again[worker] = { run: it.run, attempt: it.attempt + 1 }
    }
  }

  const act = (action: Action) => {
    if (now.sweep === "FINISHED" || now.sweep === "CANCELED") {
      // Only what still runs can be killed.
      if (action.does === "kill") killRun(action.run, action.at)
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
        running.forEach((_, worker) => end(worker, action.at, true))
        return
      case "kill":
        killRun(action.run, action.at)
    }
  }

  const killRun = (run: number, time: number) => {
    const worker = running.findIndex((it) => it?.run === run)
    if (worker >= 0) end(worker, time, true)
  }

  const isOver = () => {
    if (running.some((it) => it !== undefined)) return false
    if (now.sweep === "CANCELED") return true
    const waits = again.some((it) => it !== undefined)
    return !waits && (now.sweep === "FINISHED" || exhausted)
  }

  const actions = [...story.actions]
  launch(0)
  while (!isOver()) {
    const next = running.reduce(
      (worker, it, index) => ((it?.to ?? Infinity) < (running[worker]?.to ?? Infinity) ? index : worker),
      0
    )
    const time = running[next]?.to ?? Infinity
    const action = actions[0]
    if (action !== undefined && action.at < time) {
      actions.shift()
      act(action)
      launch(action.at)
    } else if (time < Infinity) {
      end(next, time, false)
      launch(time)
    } else throw new Error("The story has no end: somebody must resume the sweep")
  }
  return {
    sweep: now.sweep === "CANCELED" ? "CANCELED" : "FINISHED",
    attempts: attempts.toSorted((a, b) => a.run - b.run || a.attempt - b.attempt)
  }
}
