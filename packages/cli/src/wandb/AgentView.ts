import { Executor, type JobHandle } from "@sweepline/core/Executor"
import * as HeldHandle from "@sweepline/core/HeldHandle"
import * as RunKey from "@sweepline/core/RunKey"
import type { EndReason, Event, Outcome } from "@sweepline/core/SweepAgent"
import type { SweepId } from "@sweepline/core/SweepId"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as Mailbox from "effect/Mailbox"
import * as Option from "effect/Option"
import * as Format from "../Format.js"
import * as Json from "../Json.js"
import { Output } from "../Output.js"
import { nameOf, type Signal } from "../Signals.js"

/** Which sweep, and how it is shown. */
export interface Options {
  readonly entity: string
  readonly project: string
  readonly sweep: SweepId
  readonly json: boolean
}

const reasons = {
  Exit: "the sweep has no more runs",
  Count: "--count is reached",
  Asked: "it was asked to",
  Failing: "the runs fail every time",
  FailedInARow: "--max-consecutive-failed-runs is reached",
  SweepLost: "the sweep is gone"
} as const satisfies Record<EndReason, string>

/** What an agent shows: its runs, and what they print. */
export const make = Effect.fnUntraced(function* ({ entity, json, project, sweep }: Options) {
  const output = yield* Output
  const executor = yield* Executor
  const name = `${entity}/${project}/${sweep}`

  /** Prints what a run has printed since; answers up to where. */
  const print = Effect.fnUntraced(function* (handle: JobHandle, from: number) {
    let offset = from
    while (true) {
      const bytes = yield* Effect.orElseSucceed(executor.output(handle, offset, pageSize), () => new Uint8Array())
      if (bytes.length === 0) return offset
      offset += bytes.length
      if (!json) yield* output.write(bytes)
    }
  })

  const show = (event: Event) => {
    const id = RunKey.run(event.key)
    if (event._tag === "Started") {
      return json
        ? output.json({ type: "RunStarted", sweep, run: id, config: Json.dict(event.trial) })
        : output.print(`${output.colors.bold(id)} starts`)
    }
    const { exitCode, state } = event
    return json
      ? output.json({ type: "RunEnded", sweep, run: id, state, exitCode })
      : output.print(
          `${output.colors.bold(id)} ${state}${exitCode === undefined || exitCode === 0 ? "" : ` with exit code ${Format.exitCode(exitCode)}`}`
        )
  }

  return {
    begins: json
      ? output.json({ type: "AgentStarted", sweep, entity, project })
      : output.print(`Running the runs of sweep ${output.colors.bold(name)}.`),

    interrupted: (signal: Signal, stops: boolean) =>
      output.warn(
        stops
          ? `sweepline: ${nameOf(signal)}: stopping the run. Again: kill it.`
          : `sweepline: ${nameOf(signal)}: no new run starts; waiting for the one that runs. Again: stop it.`
      ),

    /** Shows what happens, and what runs print meanwhile, until there is no more. */
    follow: Effect.fnUntraced(function* (events: Mailbox.ReadonlyMailbox<Event>) {
      let following: { readonly handle: JobHandle; offset: number } | undefined
      // Not the take itself has a time limit, but the wait for it: a take that is given up may have its event already.
      let next = yield* Effect.fork(events.take)
      while (true) {
        const taken = yield* Effect.timeoutOption(Fiber.await(next), "250 millis")
        if (following !== undefined) following.offset = yield* print(following.handle, following.offset)
        if (Option.isNone(taken)) continue
        if (Exit.isFailure(taken.value)) return
        const event = taken.value.value
        next = yield* Effect.fork(events.take)
        yield* show(event)
        following =
          event._tag === "Started"
            ? { handle: { key: event.key, data: HeldHandle.decode(event.handle).data }, offset: 0 }
            : undefined
      }
    }),

    ends: ({ reason, runs }: Outcome) => {
      const counts = [...runs].map(([state, n]) => `${n} ${state}`).join(", ")
      return json
        ? output.json({ type: "AgentEnded", sweep, reason, runs: Object.fromEntries(runs) })
        : output.print(
            `The agent of sweep ${output.colors.bold(name)} ends: ${reasons[reason]}${counts === "" ? "" : ` (${counts})`}.`
          )
    }
  }
})

// internal

/** How many bytes of output are read at a time. */
const pageSize = 64 * 1024
