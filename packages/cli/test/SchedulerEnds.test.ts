import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { SweepId } from "@sweepline/core/SweepId"
import type { SweepState } from "@sweepline/core/SweepState"
import type { Interceptor, World } from "./fixtures/wandb.js"
import * as Wandb from "./fixtures/wandb.js"

/** How a scheduler comes to its end, and what it leaves behind (B66 with RD2, RD15, RD36). */
interface End {
  readonly how: string
  readonly config?: string
  readonly environment?: Readonly<Record<string, string>>
  /** Before it starts. */
  readonly before?: (world: World, sweep: string) => Effect.Effect<unknown, unknown>
  /** Once its first run is in the queue, or what else `once` says is asked for. A launch agent ends every run well. */
  readonly then?: (around: Around) => Effect.Effect<unknown, unknown>
  readonly once?: string
  /** What the server answers instead. */
  readonly intercept?: Interceptor
  readonly reason: string
  readonly state: string
  readonly sweepState: SweepState
  readonly ownExit: number | null
  readonly exit: number
}

interface Around {
  readonly world: World
  readonly sweep: string
  readonly program: Effect.Effect.Success<ReturnType<World["start"]>>
}

const many = `method: grid\nparameters: {x: {values: [${Array.from({ length: 100 }, (_, n) => n).join(", ")}]}}\n`

const setState = (world: World, sweep: string, state: SweepState) => world.api.setSweepState(SweepId.make(sweep), state)

const commandLine = "scheduler --queue q --image_uri train:7 --num_workers 2 --polling_sleep 0 --json".split(" ")

/** Answers with another text. */
const instead =
  (operations: ReadonlyArray<string>, change: (text: string) => string, status = 200): Interceptor =>
  ({ answer, operation }) =>
    operations.includes(operation) ? Effect.map(answer, ({ text }) => ({ status, text: change(text) })) : undefined

/** Answers a read of a run (`r`) or a sweep (`s`), which is a part of a larger request, with something else. */
const reading =
  (kind: "r" | "s", name: string, value: string): Interceptor =>
  ({ answer, body, operation }) => {
    if (operation !== "Reads") return undefined
    const variables = Object.entries(Wandb.at(JSON.parse(body), "variables") ?? {})
    const alias = variables.find(([variable, id]) => variable.startsWith(kind) && id === name)?.[0] ?? "none"
    const part = new RegExp(`"${alias}":\\s*\\{[^{}]*\\}`)
    return Effect.map(answer, ({ status, text }) => ({ status, text: text.replace(part, `"${alias}":${value}`) }))
  }

const ends: ReadonlyArray<End> = [
  {
    how: "run_cap is reached",
    config: "method: random\nrun_cap: 2\nparameters: {x: {min: 0.0, max: 1.0}}\n",
    reason: "RunCapReached",
    state: "COMPLETED",
    sweepState: "FINISHED",
    ownExit: 0,
    exit: 0
  },
  {
    how: "search has nothing more",
    config: "method: grid\nparameters: {x: {values: [1, 2, 3]}}\n",
    reason: "SearchExhausted",
    state: "COMPLETED",
    sweepState: "FINISHED",
    ownExit: 0,
    exit: 0
  },
  {
    how: "somebody stops the sweep",
    then: ({ sweep, world }) => setState(world, sweep, "FINISHED"),
    reason: "SweepFinished",
    state: "COMPLETED",
    sweepState: "FINISHED",
    ownExit: 0,
    exit: 0
  },
  {
    how: "somebody pauses the sweep",
    then: ({ sweep, world }) => setState(world, sweep, "PAUSED"),
    reason: "Paused",
    state: "PAUSED",
    sweepState: "PAUSED",
    ownExit: 0,
    exit: 0
  },
  {
    how: "somebody cancels the sweep",
    then: ({ sweep, world }) => setState(world, sweep, "CANCELED"),
    reason: "SweepCancelled",
    state: "CANCELLED",
    sweepState: "CANCELED",
    ownExit: 5,
    exit: 5
  },
  {
    how: "Ctrl-C",
    then: ({ program }) => program.signal("SIGINT"),
    reason: "Interrupted",
    state: "CANCELLED",
    sweepState: "CANCELED",
    ownExit: 0,
    exit: 130
  },
  {
    how: "SIGTERM",
    then: ({ program }) => program.signal("SIGTERM"),
    reason: "Interrupted",
    state: "CANCELLED",
    sweepState: "CANCELED",
    ownExit: 0,
    exit: 143
  },
  {
    how: "the sweep had finished before",
    before: (world, sweep) => setState(world, sweep, "FINISHED"),
    reason: "AlreadyFinished",
    state: "COMPLETED",
    sweepState: "FINISHED",
    ownExit: 0,
    exit: 0
  },
  {
    how: "the sweep had been cancelled before",
    before: (world, sweep) => setState(world, sweep, "CANCELED"),
    reason: "AlreadyCancelled",
    state: "CANCELLED",
    sweepState: "CANCELED",
    ownExit: 5,
    exit: 5
  },
  {
    how: "somebody stops the scheduler's own run",
    // The server says so where it is asked for the run; the run's own stream, which is told first, is slower.
    then: ({ sweep, world }) => Effect.sync(() => world.intercept(reading("r", sweep, '{"state":"killed"}'))),
    reason: "OwnRunKilled",
    state: "CANCELLED",
    sweepState: "CANCELED",
    ownExit: 5,
    exit: 5
  },
  {
    how: "somebody ends the scheduler's own run as failed",
    then: ({ sweep, world }) => world.stream(sweep, { complete: true, exitcode: 1 }),
    reason: "OwnRunFailed",
    state: "FAILED",
    sweepState: "CANCELED",
    ownExit: 1,
    exit: 1
  },
  {
    how: "the sweep is deleted",
    then: ({ sweep, world }) => Effect.sync(() => world.intercept(reading("s", sweep, "null"))),
    reason: "SweepLost",
    state: "FAILED",
    sweepState: "RUNNING",
    ownExit: 4,
    exit: 4
  },
  {
    how: "a worker can't be registered",
    intercept: instead(["CreateAgents", "CreateAgent"], () => '{"errors":[{"message":"Sweep is not running"}]}', 400),
    reason: "RegistrationRefused",
    state: "FAILED",
    sweepState: "CANCELED",
    ownExit: 1,
    exit: 1
  },
  {
    how: "somebody cancels the sweep while no worker can be registered",
    intercept: instead(["CreateAgents", "CreateAgent"], () => "overloaded", 503),
    once: "CreateAgents",
    then: ({ sweep, world }) => setState(world, sweep, "CANCELED"),
    reason: "SweepCancelled",
    state: "CANCELLED",
    sweepState: "CANCELED",
    ownExit: 5,
    exit: 5
  },
  {
    how: "no run can be launched",
    environment: { WANDB_LAUNCH: "True", WANDB_CONFIG: '{"launch": {"priority": "soon"}}' },
    reason: "LaunchRefused",
    state: "FAILED",
    sweepState: "CANCELED",
    ownExit: 7,
    exit: 7
  },
  {
    how: "the server sends a command that nobody knows",
    intercept: instead(["Heartbeat", "Heartbeats"], (text) =>
      text.replaceAll(/"commands":\s*"(?:[^"\\]|\\.)*"/g, '"commands":"[{\\"type\\":\\"dance\\"}]"')
    ),
    reason: "StrategyFailed",
    state: "FAILED",
    sweepState: "CANCELED",
    ownExit: 1,
    exit: 1
  }
]

describe("how a scheduler ends", () => {
  for (const end of ends) {
    it.scopedLive(`${end.how}: ${end.state}, sweep ${end.sweepState}, exit code ${end.exit}`, () =>
      Effect.gen(function* () {
        const world = yield* Wandb.make
        yield* Wandb.createQueue(world, "q")
        const sweep = yield* Wandb.createSweep(world, end.config ?? many)
        yield* end.before?.(world, sweep) ?? Effect.void
        world.intercept(end.intercept)
        yield* Effect.forkScoped(Wandb.launchAgent(world, "q"))
        const program = yield* world.start([...commandLine, sweep], end.environment)
        if (end.then !== undefined) {
          yield* Effect.repeat(Effect.sleep("20 millis"), {
            until: () => world.operations.includes(end.once ?? "pushToRunQueueByName")
          })
          yield* end.then({ world, sweep, program })
        }
        const { code, stderr, stdout } = yield* program.ended
        const last: unknown = JSON.parse(stdout.split("\n").at(-1) ?? "")
        assert.deepStrictEqual(
          { reason: Wandb.at(last, "reason"), state: Wandb.at(last, "state"), exit: code },
          { reason: end.reason, state: end.state, exit: end.exit },
          stderr
        )
        assert.strictEqual(yield* Wandb.sweepState(world, sweep), end.sweepState)
        const own = yield* Wandb.runEnd(world, sweep)
        assert.strictEqual(Wandb.at(own, "exitcode"), end.ownExit)
      })
    )
  }
})
