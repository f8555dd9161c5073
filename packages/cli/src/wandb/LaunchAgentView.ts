import type { Event } from "@sweepline/api-client/LaunchAgentQueue"
import * as Effect from "effect/Effect"
import type * as Mailbox from "effect/Mailbox"
import * as Format from "../Format.js"
import { Output } from "../Output.js"
import { nameOf, type Signal } from "../Signals.js"

/** Which queues, and how it is shown. */
export interface Options {
  readonly entity: string
  readonly project: string
  readonly queues: ReadonlyArray<string>
  readonly json: boolean
}

/** What a launch agent shows: what it takes from its queues, and what becomes of it. */
export const make = Effect.fnUntraced(function* ({ entity, json, project, queues }: Options) {
  const output = yield* Output
  const { bold } = output.colors

  const show = (event: Event) => {
    if (event._tag === "Refused") {
      const { detail, run } = event
      return json
        ? output.json({ type: "ItemRefused", item: event.item, run, detail })
        : output.print(`${bold(run ?? event.item)} is refused: ${detail}`)
    }
    const { item, queue, run } = event.launch
    const what = item.isScheduler ? "scheduler" : "run"
    if (event._tag === "Started") {
      return json
        ? output.json({ type: "RunStarted", run, sweep: item.sweep, queue, scheduler: item.isScheduler })
        : output.print(
            `${bold(run)} starts: a ${what}${item.job === undefined ? "" : ` of ${item.job}`}, from queue ${queue}`
          )
    }
    const { exitCode, state } = event
    return json
      ? output.json({ type: "RunEnded", run, state, exitCode })
      : output.print(
          `${bold(run)} ${state}${exitCode === undefined || exitCode === 0 ? "" : ` with exit code ${Format.exitCode(exitCode)}`}`
        )
  }

  return {
    begins: json
      ? output.json({ type: "LaunchAgentStarted", entity, project, queues })
      : output.print(
          `Serving ${queues.map((name) => bold(name)).join(", ")} of ${entity}/${project}. Ctrl-C stops what runs, and leaves.`
        ),

    interrupted: (signal: Signal) => output.warn(`sweepline: ${nameOf(signal)}: stopping what runs. Again: kill it.`),

    follow: (events: Mailbox.ReadonlyMailbox<Event>) =>
      Effect.ignore(Effect.forever(Effect.flatMap(events.take, show))),

    ends: json
      ? output.json({ type: "LaunchAgentEnded", entity, project, queues })
      : output.print("The launch agent has left.")
  }
})
