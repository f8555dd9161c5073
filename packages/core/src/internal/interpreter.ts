import * as Chunk from "effect/Chunk"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Mailbox from "effect/Mailbox"
import * as Schedule from "effect/Schedule"
import type * as Stream from "effect/Stream"
import * as Command from "../Command.js"
import type { Event } from "../Event.js"
import type { Happening } from "../Happening.js"
import type { Journal, Snapshot } from "../Journal.js"
import type { JournalUnavailable } from "../JournalUnavailable.js"
import type { LeaseHeldError } from "../LeaseHeldError.js"
import * as SchedulerModel from "../SchedulerModel.js"
import * as Signal from "../Signal.js"
import * as Alarm from "./alarm.js"
import * as Attention from "./attention.js"
import * as Chronicle from "./chronicle.js"
import * as commandFibers from "./commandFibers.js"
import * as Journaling from "./journaling.js"
import * as Moment from "./moment.js"
import type { World } from "./world.js"

/** A scheduler at work: one fiber owns the model, everyone else sends events through the mailbox. */
export interface Interpreter {
  readonly model: () => SchedulerModel.SchedulerModel
  readonly send: (event: Event) => void
  /** What happens from now on, each event with the model that it led to; a slow reader misses the oldest. */
  readonly happenings: Stream.Stream<Happening>
  /** Works until the model has left. To be run once. */
  readonly loop: Effect.Effect<void, JournalUnavailable | LeaseHeldError>
}

/** Looks at everything again and again, as often as the config says; notifications come in between. */
export const pollSchedule = ({ pollInterval }: { readonly pollInterval: Duration.Duration }) =>
  Schedule.spaced(pollInterval)

/**
 * Builds the interpreter. In each pass it takes all waiting events, applies them, decides, and journals what
 * changed together with the intents, in one append, before any command is run (architecture, the protocol).
 */
export const make = Effect.fnUntraced(function* (options: {
  readonly journal: Journal["Type"]
  /** What the journal comes to: where the model begins. */
  readonly journaled: Snapshot
  readonly world: (model: () => SchedulerModel.SchedulerModel) => World
}): Effect.fn.Return<Interpreter> {
  let { model } = options.journaled
  const world = options.world(() => model)
  const clock = yield* Effect.clock
  const mailbox = yield* Mailbox.make<Event>()
  const journaling = Journaling.make(options.journal, options.journaled, world)
  const chronicle = yield* Chronicle.make
  const attention = Attention.make({ pollInterval: world.config.pollInterval, here: world.config.localProgram })

  const send = (event: Event) => {
    if (event._tag === "InterruptRequested") journaling.hurry()
    mailbox.unsafeOffer(event)
  }
  const sendNow = (_tag: "Notified" | "PollDue") => send({ _tag, at: clock.unsafeCurrentTimeMillis() })

  const polling = Effect.repeat(
    Effect.sync(() => sendNow("PollDue")),
    pollSchedule(world.config)
  )
  const listening = Effect.suspend(() => Signal.onEach(world.api.changes(world.sweep), () => sendNow("Notified")))

  const loop = Effect.gen(function* () {
    const run = yield* commandFibers.make(world, send)
    const alarm = yield* Alarm.make((at) => send({ _tag: "Woke", at }))
    yield* Effect.forkScoped(polling)
    yield* Effect.forkScoped(listening)
    // A replayed model may have left; the start that waits in the mailbox brings it back.
    do {
      const [events] = yield* mailbox.takeAll
      const moment = Moment.read(clock)
      const { now } = moment
      const before = model
      const heard = [...attention(before, moment), ...Chunk.toReadonlyArray(events)]
      const { after, commands, facts, happenings, wakeAt } = pass(before, heard, now)
      yield* journaling.take(facts, { now, atOnce: after.left || commands.some(Command.isEffect) })
      model = after
      yield* chronicle.tell(before, happenings)
      for (const command of commands) run(command)
      alarm.set(Math.min(wakeAt, journaling.dueAt()))
    } while (!model.left)
  }).pipe(
    Effect.scoped,
    Effect.annotateLogs({ package: "@sweepline/core", module: "Scheduler", fiber: "pass", sweepId: world.sweep }),
    Effect.withSpan("Scheduler.work", { attributes: { sweepId: world.sweep } })
  )

  return { model: () => model, send, happenings: chronicle.happenings, loop }
})

// internal

/** What a pass makes of the events that have come, and of what it decides after them. */
interface Pass extends SchedulerModel.Decision {
  readonly after: SchedulerModel.SchedulerModel
  /** What changed: to be journaled. */
  readonly facts: ReadonlyArray<Event>
  readonly happenings: ReadonlyArray<Happening>
}

const pass = (before: SchedulerModel.SchedulerModel, events: Iterable<Event>, now: number): Pass => {
  let after = before
  const facts: Array<Event> = []
  const happenings: Array<Happening> = []
  const apply = (event: Event) => {
    const essence = SchedulerModel.essence(after, event)
    if (essence !== undefined) facts.push(essence)
    after = SchedulerModel.apply(after, event)
    happenings.push({ event, model: after })
  }
  for (const event of events) apply(event)
  const { commands, wakeAt } = SchedulerModel.decide(after, now)
  for (const command of commands) apply({ _tag: "CommandIssued", at: now, command })
  return { after, commands, facts, happenings, wakeAt }
}
