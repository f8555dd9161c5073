import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Random from "effect/Random"
import * as Runtime from "effect/Runtime"
import * as RuntimeFlags from "effect/RuntimeFlags"
import * as Scheduler from "effect/Scheduler"
import * as Fibers from "./internal/fibers.js"
import { SleeperQueue } from "./internal/SleeperQueue.js"

/** How a program runs in virtual time. */
export interface Options {
  /** Where time starts, in milliseconds since 1970; 0 if not given. */
  readonly start?: number | undefined
  /** Seeds Effect's `Random`, and so also jittered schedules; 0 if not given. */
  readonly seed?: number | string | undefined
  /** A program that runs more tasks than this without letting time pass is stopped; 10 million if not given. */
  readonly maxTasksPerInstant?: number | undefined
}

/** What became of a program. */
export interface Report<A, E> {
  readonly exit: Exit.Exit<A, E>
  /** The virtual time at its end, in milliseconds since 1970. */
  readonly at: number
  /** Sleeps that ended: how often time was looked for. */
  readonly wakeUps: number
  /** Tasks that the scheduler ran. */
  readonly tasks: number
}

const reasons = {
  NobodySleeps: "nobody sleeps, so time can't go on",
  TimeStands: "tasks keep running without letting time pass"
} as const

/**
 * The defect of a program that can't come to an end: its main fiber waits, and either no
 * fiber sleeps (a deadlock, or a wait for a promise, a socket or another runtime), or
 * fibers spin. `waiting` names each unfinished fiber by its id, span and log annotations.
 */
export class Standstill extends Data.TaggedError("Standstill")<{
  readonly reason: keyof typeof reasons
  readonly at: number
  readonly waiting: ReadonlyArray<string>
}> {
  override get message(): string {
    const shown = this.waiting.slice(0, 20).join("; ")
    const more = this.waiting.length > 20 ? `; and ${this.waiting.length - 20} more` : ""
    return `Virtual time stands at ${new Date(this.at).toISOString()}: ${reasons[this.reason]}. Unfinished: ${shown}${more}`
  }
}

/** The defect of a program that was ended by `halt`. */
export class Halted extends Data.TaggedError("Halted")<{ readonly at: number }> {
  override get message(): string {
    return `The program was halted at ${new Date(this.at).toISOString()}`
  }
}

/** No fiber is asked to yield before so many steps. Effect's own limit is looked up at each step, and mostly is higher. */
const OPS = 1024

/** Clock and scheduler in one: only so can it be known that nothing is left to do at this instant. */
class VirtualClock implements Clock.Clock, Scheduler.Scheduler {
  readonly [Clock.ClockTypeId]: Clock.ClockTypeId = Clock.ClockTypeId
  readonly shouldYield = (fiber: Fibers.AnyFiber) => fiber.currentOpCount > OPS && Scheduler.defaultShouldYield(fiber)
  readonly currentTimeMillis = Effect.sync(() => this.now)
  readonly currentTimeNanos = Effect.sync(() => this.unsafeCurrentTimeNanos())

  wakeUps = 0
  tasks = 0
  halted = false
  private readonly sleepers = new SleeperQueue()
  private queue = new Scheduler.PriorityBuckets()
  private instantFrom = 0
  private fibers = new Set<Fibers.AnyFiber>()
  private sweepAt = 256

  constructor(
    private now: number,
    private readonly maxTasksPerInstant: number
  ) {}

  unsafeCurrentTimeMillis(): number {
    return this.now
  }

  unsafeCurrentTimeNanos(): bigint {
    return BigInt(this.now) * 1_000_000n
  }

  /** A sleep takes whole milliseconds, rounded up; one without end is never woken. */
  sleep(duration: Duration.Duration): Effect.Effect<void> {
    const millis = Math.ceil(Duration.toMillis(duration))
    if (millis === Number.POSITIVE_INFINITY) return Effect.async<void>(() => {})
    return Effect.async<void>((resume) => {
      const sleeper = this.sleepers.push(this.now + millis, () => resume(Effect.void))
      return Effect.sync(() => this.sleepers.cancel(sleeper))
    })
  }

  scheduleTask(task: Scheduler.Task, priority: number, fiber?: Fibers.AnyFiber): void {
    if (fiber !== undefined && this.fibers.add(fiber).size >= this.sweepAt) this.forgetEnded()
    this.queue.scheduleTask(task, priority)
  }

  /**
   * Runs tasks, and lets time pass whenever there are none, until `ended` or for about as
   * many tasks as given. Answers why it can't go on, if so.
   */
  advance(ended: () => boolean, tasks: number): keyof typeof reasons | undefined {
    const until = this.tasks + tasks
    while (!ended() && !this.halted && this.tasks < until) {
      if (this.queue.buckets.length > 0) {
        this.runQueued(ended)
        if (this.tasks - this.instantFrom > this.maxTasksPerInstant) return "TimeStands"
        continue
      }
      // One sleeper at a time, as a timer: what it sets off comes before another that is due at the same time.
      const sleeper = this.sleepers.pop()
      if (sleeper === undefined) return "NobodySleeps"
      if (sleeper.at > this.now) {
        this.now = sleeper.at
        this.instantFrom = this.tasks
      }
      this.wakeUps += 1
      sleeper.wake()
    }
    return undefined
  }

  standstill(reason: keyof typeof reasons, main: Fibers.AnyFiber): Standstill {
    this.forgetEnded()
    const fibers = [main, ...Array.from(this.fibers).filter((fiber) => fiber !== main)]
    // Asking the fibers of a program that spins would make them spin on.
    const never = () => false
    const waiting = Fibers.describe(fibers, main, this, () => {
      if (reason === "NobodySleeps") while (this.queue.buckets.length > 0) this.runQueued(never)
    })
    return new Standstill({ reason, at: this.now, waiting })
  }

  /** Drops whatever is left: no task of this program will run again. */
  abandon(): void {
    this.halted = true
    Fibers.release(this)
    this.fibers.clear()
    this.queue = new Scheduler.PriorityBuckets()
  }

  /** By priority, then in order of scheduling; what a task schedules comes after all of these. */
  private runQueued(ended: () => boolean): void {
    const buckets = this.queue.buckets
    this.queue.buckets = []
    for (const [, tasks] of buckets) {
      for (const task of tasks) {
        this.tasks += 1
        task()
        if (this.halted || ended()) return
      }
    }
  }

  private forgetEnded(): void {
    for (const fiber of this.fibers) if (fiber.unsafePoll() !== null) this.fibers.delete(fiber)
    this.sweepAt = Math.max(256, this.fibers.size * 2)
  }
}

const start = <A, E, R>(effect: Effect.Effect<A, E, R>, runtime: Runtime.Runtime<R>, options: Options | undefined) => {
  const clock = new VirtualClock(Math.ceil(options?.start ?? 0), options?.maxTasksPerInstant ?? 10_000_000)
  const program = effect.pipe(Effect.withClock(clock), Effect.withRandom(Random.make(options?.seed ?? 0)))
  // Effect's own metrics of fibers would measure real time here, and cost more than many a fiber does.
  const quiet = Runtime.disableRuntimeFlag(runtime, RuntimeFlags.RuntimeMetrics)
  const main = Runtime.runFork(quiet)(program, { scheduler: clock, immediate: false })
  let exit: Exit.Exit<A, E> | undefined
  main.addObserver((ended) => {
    exit = ended
  })
  const ended = () => exit !== undefined
  const report = (): Report<A, E> => ({
    exit: exit ?? Fibers.die(new Halted({ at: clock.unsafeCurrentTimeMillis() })),
    at: clock.unsafeCurrentTimeMillis(),
    wakeUps: clock.wakeUps,
    tasks: clock.tasks
  })
  return {
    /** The report once the program has ended; `undefined` while it has more to do. */
    advance: (tasks: number): Report<A, E> | undefined => {
      const reason = clock.advance(ended, tasks)
      if (reason !== undefined) exit = Fibers.die(clock.standstill(reason, main))
      if (!ended() && !clock.halted) return undefined
      clock.abandon()
      return report()
    },
    abandon: () => clock.abandon()
  }
}

/**
 * Runs a program to its end in virtual time, at once: whenever nothing is left to do at
 * an instant, time jumps to the earliest sleeper. The same program takes the same steps
 * each time; only fiber ids differ.
 *
 * Sleeps, schedules, timeouts, forks, scopes, `FiberMap`, `Mailbox`, `PubSub` and
 * `Stream` all work. What lies outside doesn't: a promise or a socket is never waited
 * for, and a bare `Effect.runFork` or `ManagedRuntime` inside the program runs on the
 * real clock (use `Effect.runtime`, whose runtime keeps this one). When the main fiber
 * ends, whatever it left running is dropped without its finalizers, as by a process's
 * exit.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import * as Exit from "effect/Exit"
 * import * as VirtualClock from "@sweepline/simulation/VirtualClock"
 *
 * const exit = VirtualClock.run(Effect.as(Effect.sleep("30 days"), "rested"))
 * console.log(Exit.isSuccess(exit) && exit.value) // rested, at once
 * ```
 */
export const run = <A, E>(effect: Effect.Effect<A, E>, options?: Options): Exit.Exit<A, E> =>
  runReport(effect, options).exit

/** Like `run`, and tells how much there was to do. */
export const runReport = <A, E>(effect: Effect.Effect<A, E>, options?: Options): Report<A, E> => {
  const program = start(effect, Runtime.defaultRuntime, options)
  for (;;) {
    const report = program.advance(Number.MAX_SAFE_INTEGER)
    if (report !== undefined) return report
  }
}

/** Between slices of this many tasks, `simulate` lets the outside have a turn: some tens of milliseconds. */
const SLICE = 5_000

/**
 * Runs a program to its end in virtual time from within another Effect program, with that
 * one's services, loggers and other fiber refs. Interruption is heeded between slices of
 * some tens of milliseconds, and then drops the program without its finalizers.
 */
export const simulate = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  options?: Options
): Effect.Effect<Report<A, E>, never, R> =>
  Effect.gen(function* () {
    const program = start(effect, yield* Effect.runtime<R>(), options)
    return yield* Effect.gen(function* () {
      for (;;) {
        const report = program.advance(SLICE)
        if (report !== undefined) return report
        yield* Effect.sleep(Duration.zero)
      }
    }).pipe(Effect.onInterrupt(() => Effect.sync(program.abandon)))
  })

/**
 * Ends the program at this very step, as a crash of its process would: no further step of
 * any fiber, no finalizer. Its exit is the defect `Halted`. Run the next incarnation with
 * `start` at the report's `at`.
 */
export const halt: Effect.Effect<never> = Effect.clockWith((clock) =>
  clock instanceof VirtualClock
    ? Effect.async<never>(() => {
        clock.halted = true
      })
    : Effect.dieMessage("VirtualClock.halt was used outside VirtualClock.run")
)
