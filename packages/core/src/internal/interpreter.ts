import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as FiberHandle from "effect/FiberHandle"
import * as FiberMap from "effect/FiberMap"
import * as FiberRef from "effect/FiberRef"
import * as LogLevel from "effect/LogLevel"
import * as Mailbox from "effect/Mailbox"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import * as Command from "../Command.js"
import type { Event } from "../Event.js"
import type { Happening } from "../Happening.js"
import type { Journal, Snapshot } from "../Journal.js"
import type { JournalUnavailable } from "../JournalUnavailable.js"
import type { LeaseHeldError } from "../LeaseHeldError.js"
import * as SchedulerMetrics from "../SchedulerMetrics.js"
import * as SchedulerModel from "../SchedulerModel.js"
import * as SchedulerNarration from "../SchedulerNarration.js"
import * as Attention from "./attention.js"
import { meter } from "./metering.js"
import * as patientJournal from "./patientJournal.js"
import { died, perform, type World } from "./perform.js"
import * as Signal from "../Signal.js"
import { commandSpan } from "./commandSpan.js"
import { countEvent } from "./countEvent.js"
import { spans } from "./spans.js"
import * as snapshotting from "./snapshotting.js"

/** A scheduler at work: one fiber owns the model, everyone else sends events through the mailbox. */
export interface Interpreter {
  readonly model: () => SchedulerModel.SchedulerModel
  readonly send: (event: Event) => void
  /** What happens from now on, each event with the model that it led to; a slow reader misses the oldest. */
  readonly happenings: Stream.Stream<Happening>
  /** Works until the model has left. */
  readonly loop: Effect.Effect<void, JournalUnavailable | LeaseHeldError>
}

/** Forks a command under its id, unless one is at work under it. */
type Run = (
  id: string,
  command: Effect.Effect<Event>,
  options: { readonly onlyIfMissing: true }
) => Fiber.RuntimeFiber<Event>

/** Looks at everything again and again, as often as the config says; notifications come in between. */
export const pollSchedule = (world: Pick<World, "config">) => Schedule.spaced(world.config.pollInterval)

/** How many happenings a slow reader may be behind. */
const happeningsKept = 4096

/**
 * Builds the interpreter. In each pass it takes all waiting events, applies them, decides, and journals what
 * changed together with the intents, in one append, before any command is run (architecture, the protocol).
 * What changed without a new intent is journaled with the next one, or a moment later: a successor that
 * doesn't find it learns it again, from the backend.
 */
export const make = Effect.fnUntraced(function* (options: {
  readonly journal: Journal["Type"]
  /** What the journal comes to: where the model begins. */
  readonly journaled: Snapshot
  readonly world: (model: () => SchedulerModel.SchedulerModel) => World
}): Effect.fn.Return<Interpreter, never, Scope.Scope> {
  let { model } = options.journaled
  const world = options.world(() => model)
  const clock = yield* Clock.clockWith(Effect.succeed)
  const mailbox = yield* Mailbox.make<Event>()
  const fibers = yield* FiberMap.make<string, Event>()
  const alarm = yield* FiberHandle.make()
  const happenings = Signal.make<Happening>({ latest: happeningsKept })
  const { journalDelay } = world.config
  const waits = Duration.greaterThan(journalDelay, Duration.zero)
  const scope = yield* Effect.scope
  const count = yield* meter
  const { around, read: traced } = yield* spans
  let wakeAt = Number.POSITIVE_INFINITY
  /** What changed and isn't journaled yet. */
  let unwritten: Array<Event> = []
  const journal = patientJournal.make(options.journal, world.sweep)
  const snapshots = snapshotting.make(options.journal, world, options.journaled)
  const attention = Attention.make(world.config.pollInterval)
  const late = yield* Effect.makeLatch(false)
  let overdue = false

  const send = (event: Event) => {
    if (event._tag === "InterruptRequested") journal.hurry()
    mailbox.unsafeOffer(event)
  }

  const performed = traced
    ? (command: Command.Command) => commandSpan(around, command, perform(world, command))
    : (command: Command.Command) => perform(world, command)

  /** What a command ends in, also where it dies. */
  const outcome = (command: Command.Command): Effect.Effect<Event> =>
    Effect.catchAllCause(performed(command), (cause) => {
      if (Cause.isInterruptedOnly(cause)) return Effect.failCause(cause)
      return Effect.logError("A command died: this is a bug in sweepline", cause).pipe(
        Effect.annotateLogs({ command: Command.id(command) }),
        Effect.as(died(command, cause, clock.unsafeCurrentTimeMillis()))
      )
    })

  const onExit = (exit: Exit.Exit<Event>) => {
    if (Exit.isSuccess(exit)) send(exit.value)
  }

  const setAlarm = (time: number) => {
    if (time === wakeAt) return
    wakeAt = time
    if (time === Number.POSITIVE_INFINITY) return FiberHandle.clear(alarm)
    const wait = Math.max(0, Math.ceil(time) - clock.unsafeCurrentTimeMillis())
    return FiberHandle.run(
      alarm,
      Effect.sync(() => {
        wakeAt = Number.POSITIVE_INFINITY
        send({ _tag: "Woke", at: time })
      }).pipe(Effect.delay(wait))
    )
  }

  const record = (facts: ReadonlyArray<Event>, now: boolean) => {
    for (const fact of facts) unwritten.push(fact)
    if (unwritten.length === 0) return
    if (waits && !now && !overdue) {
      late.unsafeOpen()
      return
    }
    const texts = unwritten
    unwritten = []
    overdue = false
    late.unsafeClose()
    return Effect.tap(journal.append(texts), () => snapshots.journaled(texts))
  }

  const remind = Effect.gen(function* () {
    while (true) {
      yield* late.await
      yield* Effect.sleep(journalDelay)
      if (unwritten.length === 0) continue
      overdue = true
      send({ _tag: "Woke", at: clock.unsafeCurrentTimeMillis() })
    }
  })

  const pass = Effect.fnUntraced(function* (events: Iterable<Event>, run: Run, audible: LogLevel.LogLevel) {
    const now = clock.unsafeCurrentTimeMillis()
    const facts: Array<Event> = []
    const steps: Array<Happening> = []
    let next = model
    const take = (event: Event) => {
      const essence = SchedulerModel.essence(next, event)
      if (essence !== undefined) facts.push(essence)
      next = SchedulerModel.apply(next, event)
      steps.push({ event, model: next })
    }
    for (const event of events) take(event)
    for (const event of attention(next, now)) take(event)
    const decision = SchedulerModel.decide(next, now)
    for (const command of decision.commands) take({ _tag: "CommandIssued", at: now, command })
    const recorded = record(facts, next.left || decision.commands.some(Command.isEffect))
    if (recorded !== undefined) yield* recorded
    let before = model
    model = next
    for (const { event, model } of steps) {
      for (const line of SchedulerNarration.lines(before, event, model)) {
        if (LogLevel.greaterThanEqual(line.level, audible)) yield* SchedulerNarration.say(line)
      }
      countEvent(count, before, event, model)
      before = model
    }
    for (const step of steps) happenings.emit(step)
    // The observer runs after the map has let go of the fiber, so that the same id may be issued again at once.
    for (const command of decision.commands) {
      run(Command.id(command), outcome(command), { onlyIfMissing: true }).addObserver(onExit)
    }
    const alarmed = setAlarm(decision.wakeAt)
    if (alarmed !== undefined) yield* alarmed
    count(SchedulerMetrics.passes, 1)
  })

  const poll = Effect.sync(() => send({ _tag: "PollDue", at: clock.unsafeCurrentTimeMillis() })).pipe(
    Effect.repeat(pollSchedule(world))
  )
  const notices = Effect.suspend(() =>
    Signal.onEach(world.api.changes(world.sweep), () => send({ _tag: "Notified", at: clock.unsafeCurrentTimeMillis() }))
  )

  const loop = Effect.gen(function* () {
    yield* Effect.forkIn(poll, scope)
    yield* Effect.forkIn(notices, scope)
    yield* Effect.forkIn(remind, scope)
    // Made here, so that commands are logged with this fiber's annotations.
    const run = yield* FiberMap.runtime(fibers)<never>()
    const audible = yield* FiberRef.get(FiberRef.currentMinimumLogLevel)
    // A replayed model may have left; the start that waits in the mailbox brings it back.
    do {
      const [events] = yield* mailbox.takeAll
      yield* pass(Chunk.toReadonlyArray(events), run, audible)
    } while (!model.left)
  }).pipe(
    Effect.annotateLogs({ package: "@sweepline/core", module: "Scheduler", fiber: "pass", sweepId: world.sweep }),
    Effect.withSpan("Scheduler.work", { attributes: { sweepId: world.sweep } })
  )

  return { model: () => model, send, happenings: happenings.changes, loop }
})
