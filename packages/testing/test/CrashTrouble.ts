/** What goes wrong in a life. */
import { Data, Effect } from "effect"
import { CommError } from "@sweepline/core/CommError"
import { ExecutorError } from "@sweepline/core/ExecutorError"
import { JournalUnavailable } from "@sweepline/core/JournalUnavailable"
import type * as Faults from "../src/Faults.js"

/** What goes wrong in a life: a crash at a call, or a call that fails, or that happens twice. */
export type Trouble = Data.TaggedEnum<{
  None: {}
  Crash: Faults.CrashPoint
  Fault: { readonly call: number; readonly when: "before" | "after" | "twice" }
}>

/** Constructors and matchers. */
export const Trouble = Data.taggedEnum<Trouble>()

/** Has the call of a fault go wrong; `struck` is told which one it was. */
export const faulting = (trouble: Trouble, struck: (call: string) => void): Faults.Interceptor => {
  if (trouble._tag !== "Fault") return (_, effect) => effect
  let calls = 0
  return (call, effect) => {
    calls += 1
    const name = `${call.port}.${call.name}`
    if (calls !== trouble.call) return effect
    if (trouble.when === "twice" ? single.has(name) : infallible.has(name) || final.has(name)) return effect
    struck(name)
    switch (trouble.when) {
      case "before":
        return Effect.fail(errorOf(call))
      case "after":
        return Effect.zipRight(effect, Effect.fail(errorOf(call)))
      case "twice":
        return Effect.zipRight(effect, effect)
    }
  }
}

// internal

/** Calls that have no errors to fail with. */
const infallible: ReadonlySet<string> = new Set(["SweepApi.runStates", "LaunchQueue.itemStates"])

/** W&B's rules: the own run's end is told once, heard or not. */
const final: ReadonlySet<string> = new Set(["SchedulerRun.finish"])

/** Taking the lease twice is refused, as it should be. */
const single: ReadonlySet<string> = new Set(["SchedulerRun.start"])

const errorOf = ({ name, port }: Faults.Call): CommError | ExecutorError | JournalUnavailable => {
  switch (port) {
    case "Executor":
      return new ExecutorError({ reason: "Unavailable", subject: name, detail: "out of order" })
    case "Journal":
      return new JournalUnavailable({ sweep: "this one", detail: "out of order" })
    default:
      return new CommError({ reason: "Unreachable", operation: name, detail: "out of order", retryable: true })
  }
}
